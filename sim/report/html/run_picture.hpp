// Converts a run or trace for the report's page to JSON with packed columns: lanes, stages,
// ledgers, marks and critical chains. page/src/run.js reads it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "model/config.hpp"
#include "sim/analysis/span.hpp"
#include "sim/analysis/trace_subject.hpp"
#include "sim/run/run.hpp"

namespace cpuhp {

/// Returns the picture of a run. `result` must have its events.
nlohmann::ordered_json run_picture(const std::string& label, const MachineConfig& config,
                                   const RunResult& result);
/// Returns the picture of a trace. It begins when the first CPU goes up or down.
nlohmann::ordered_json trace_picture(const std::string& label, const TraceSubject& trace);

}  // namespace cpuhp
