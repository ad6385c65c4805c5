#include "sim/cli/report_output.hpp"

#include "sim/error.hpp"
#include "sim/host.hpp"

namespace cpuhp::cli {

void add_report(CLI::App& command, std::string& path) {
  command
      .add_option("--report", path,
                  "Write the pictures and tables as one HTML page, to open in a browser")
      ->type_name("FILE.html");
}

void require_report(const std::string& path, const std::vector<std::string>& inputs) {
  if (path.empty()) return;
  if (!has_report_page())
    throw BadInput{"--report " + path + ": this program was built without it (CPUHP_REPORT=OFF)"};
  require_output(path, inputs);
}

void write_report(const std::string& path, HtmlReport report) {
  report.program = "cpuhp-sim " CPUHP_VERSION;
  write_file_atomically(path, html_page(report));
}

std::string without_chains(const std::string& document) {
  OrderedJson json = OrderedJson::parse(document);
  json.erase("chain");
  for (const char* const side : {"a", "b"})
    if (json.contains(side) && json[side].is_object()) json[side].erase("chain");
  return json.dump();
}

}  // namespace cpuhp::cli
