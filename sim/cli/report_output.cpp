#include "sim/cli/report_output.hpp"

#include <filesystem>
#include <system_error>
#include <utility>

#include "sim/error.hpp"
#include "sim/host.hpp"
#include "sim/report/html/run_picture.hpp"
#include "sim/version.hpp"

namespace cpuhp::cli {

namespace {

/// False for a device or a pipe, whose name need not have a certain ending.
bool is_for_a_file(const std::string& path) {
  std::error_code error;
  const std::filesystem::file_status there = std::filesystem::status(path, error);
  return !std::filesystem::exists(there) || std::filesystem::is_regular_file(there);
}

}  // namespace

void add_report(CLI::App& command, std::string& path) {
  command.add_option("--report", path, "Write pictures and tables as one HTML page for a browser")
      ->type_name("FILE.html");
}

void require_report(const std::string& path, const std::vector<std::string>& inputs) {
  if (path.empty()) return;
  if (!has_report_page())
    throw BadInput{"--report " + path +
                   ": this program was built without reports; build it with CPUHP_REPORT=ON"};
  if (is_for_a_file(path) && !path.ends_with(".html") && !path.ends_with(".htm"))
    throw BadInput{"--report " + path +
                   ": the report is an HTML page; expected a file name that ends in .html"};
  require_output(path, inputs);
}

void write_report(const std::string& path, HtmlReport report) {
  report.program = std::string("cpuhp-sim ") + version();
  write_file_atomically(path, html_page(report));
}

HtmlReport run_page(const RunReport& report) {
  const Scenario& s = report.scenario;
  PictureGroup group;
  group.runs.push_back(
      run_picture(std::string(to_string(s.config.design)), s.config, report.result));
  return {.command = "run",
          .title = s.name,
          .subtitle = s.description,
          .repeat = report.repeat,
          .document = run_json(report),
          .groups = {std::move(group)}};
}

std::string without_chains(const std::string& document) {
  OrderedJson json = OrderedJson::parse(document);
  json.erase("chain");
  for (const char* const side : {"a", "b"})
    if (json.contains(side) && json[side].is_object()) json[side].erase("chain");
  return json.dump();
}

}  // namespace cpuhp::cli
