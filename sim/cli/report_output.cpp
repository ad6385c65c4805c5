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

}  // namespace cpuhp::cli
