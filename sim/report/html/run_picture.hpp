// One run or trace for the report's page: lanes, stages, ledgers, marks and critical chains, as
// JSON with packed columns. report/src/run.js reads it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "model/config.hpp"
#include "sim/analysis/span.hpp"
#include "sim/analysis/trace_subject.hpp"
#include "sim/run/run.hpp"

namespace cpuhp {

/// Pictures a run; `result` has to have its events.
nlohmann::ordered_json run_picture(const std::string& label, const MachineConfig& config,
                                   const RunResult& result);
/// Pictures a trace, from the date at which its CPUs are on their way.
nlohmann::ordered_json trace_picture(const std::string& label, const TraceSubject& trace);

}  // namespace cpuhp
