// Scripts with which a shell completes lines of cpuhp-sim. They are made from the same descriptions as
// --help.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace cpuhp::cli {

/// Returns a script for bash 4 or later. It needs nothing else, bash-completion loads it on demand.
std::string bash_completion(const CLI::App& program);

/// Returns a script for zsh's completion system, to be named _cpuhp-sim.
std::string zsh_completion(const CLI::App& program);

}  // namespace cpuhp::cli
