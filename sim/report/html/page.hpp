// `--report FILE.html`: one page that needs nothing else. The page itself (report/, bundled when
// this program is built) is the same for every command; what differs is the data in it.
//
//   HtmlReport report{.command = "compare", .title = "boot-8-cpus", ...};
//   report.groups.push_back({"", {run_picture(...), run_picture(...)}});
//   write_file_atomically("report.html", html_page(report));
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace cpuhp {

/// Runs that are drawn together, one above the other.
struct PictureGroup {
  std::string key;  ///< what a table's cell leads here by; may be empty
  std::string label;
  std::vector<nlohmann::ordered_json> runs;  ///< run_picture()
};

struct HtmlReport {
  std::string command;   ///< run, compare, faults, ...
  std::string title;     ///< name of the scenario
  std::string subtitle;  ///< in words
  std::string repeat;    ///< the command that makes this report again
  std::string program;   ///< its version
  std::string document;  ///< what --format json prints: the page shows these numbers
  std::vector<PictureGroup> groups;
};

/// False: this program was built without the page (CPUHP_REPORT=OFF).
bool has_report_page();

std::string html_page(const HtmlReport& report);

/// The page before and after its data; report/build.mjs makes them.
struct PageParts {
  std::string_view before, after;
};
PageParts page_parts();

}  // namespace cpuhp
