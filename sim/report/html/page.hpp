// Writes the page of `--report FILE.html`, which needs no other files. The page itself (page/,
// bundled when this program is built) is the same for every command; its data differs.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace cpuhp {

/// Runs that the page draws one above the other.
struct PictureGroup {
  std::string key;  ///< with this key, a cell of a table links to the group; may be empty
  std::string label;
  std::vector<nlohmann::ordered_json> runs;  ///< made by run_picture()
};

struct HtmlReport {
  std::string command;   ///< name of the subcommand
  std::string title;     ///< name of the scenario
  std::string subtitle;  ///< the machine or the result in words
  std::string repeat;    ///< the command to make this report again
  std::string program;   ///< version of the program
  std::string document;  ///< output of --format json; the page shows its numbers
  std::vector<PictureGroup> groups;
};

/// Returns false when this program was built without the page (CPUHP_REPORT=OFF).
bool has_report_page();

std::string html_page(const HtmlReport& report);

/// The parts of the page before and after its data; page/build.cjs makes them.
struct PageParts {
  std::string_view before, after;
};
PageParts page_parts();

}  // namespace cpuhp
