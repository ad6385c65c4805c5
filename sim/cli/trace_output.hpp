// The option `--trace FILE`. The ending of the file's name selects the format.
#pragma once

#include <string>
#include <vector>

#include "sim/cli/command.hpp"
#include "sim/run/run.hpp"
#include "sim/scenario/scenario.hpp"

namespace cpuhp::cli {

/// Adds `--trace`, which may be repeated.
void add_trace(CLI::App& command, std::vector<std::string>& paths);
/// Has to be called before any run. Throws BadInput for an unknown ending, a path given twice, and
/// a path that cannot be written.
void require_traces(const std::vector<std::string>& paths, const std::vector<std::string>& inputs);
/// Throws BadInput when the file cannot be written.
void write_trace(const std::string& path, const Scenario& scenario, const RunResult& result);

}  // namespace cpuhp::cli
