// `--trace FILE`: the ending picks the format.
#pragma once

#include <string>

#include "sim/run/run.hpp"
#include "sim/scenario/scenario.hpp"

namespace cpuhp::cli {

enum class TraceFormat { FtraceText, TraceDat, Chrome, JsonLines, Csv, KernelLog };

/// Throws BadInput for an unknown ending.
TraceFormat trace_format(const std::string& path);

/// Throws BadInput when the file cannot be written.
void write_trace(const std::string& path, const Scenario& scenario, const RunResult& result);

}  // namespace cpuhp::cli
