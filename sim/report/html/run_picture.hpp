// One run or trace for the report's page: lanes, stages, ledgers, marks, critical chains, as JSON
// with packed columns. report/src/run.js reads it.
//
//   const OrderedJson picture = run_picture("parallel", scenario.config, result);
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "model/config.hpp"
#include "sim/analysis/span.hpp"
#include "sim/analysis/trace_subject.hpp"
#include "sim/run/run.hpp"

namespace cpuhp {

/// `result` with its events.
nlohmann::ordered_json run_picture(const std::string& label, const MachineConfig& config,
                                   const RunResult& result);
/// A trace, from where its CPUs are on their way.
nlohmann::ordered_json trace_picture(const std::string& label, const TraceSubject& trace);

}  // namespace cpuhp
