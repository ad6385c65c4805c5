// Manual pages (man(7)), from the same descriptions as --help.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace cpuhp::cli {

/// Returns the name of a page, without its section: "cpuhp-sim", or "cpuhp-sim-run".
std::string man_name(const CLI::App& command);

/// Returns the page of a command, or of the program when `command` has no parent.
std::string man_page(const CLI::App& command);

}  // namespace cpuhp::cli
