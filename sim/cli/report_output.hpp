// The option `--report FILE.html`, which writes a page with pictures.
#pragma once

#include <string>
#include <vector>

#include "sim/cli/command.hpp"
#include "sim/report/html/page.hpp"
#include "sim/report/run_report.hpp"
#include "sim/scenario/scenario_json.hpp"

namespace cpuhp::cli {

/// Adds `--report`. Its value is stored in `path`, which stays empty without the option.
void add_report(CLI::App& command, std::string& path);
/// Has to be called before any run. Throws BadInput when the file cannot be written or has no HTML
/// ending, or when this program was built without HTML reports.
void require_report(const std::string& path, const std::vector<std::string>& inputs);
/// Throws BadInput when the file cannot be written.
void write_report(const std::string& path, HtmlReport report);

/// Makes a page of one run.
HtmlReport run_page(const RunReport& report);

/// Returns the JSON document without critical chains, because the page's pictures contain them.
std::string without_chains(const std::string& document);

}  // namespace cpuhp::cli
