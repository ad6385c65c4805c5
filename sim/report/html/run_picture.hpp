// One run for the report's page: lanes, stages, ledgers, marks, the critical chain, as JSON with
// packed columns. report/src/run.js reads it.
//
//   const OrderedJson picture = run_picture({.label = "parallel", .config = c, .result = r});
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "model/config.hpp"
#include "sim/run/run.hpp"

namespace cpuhp {

struct PicturedRun {
  std::string label;
  const MachineConfig& config;
  const RunResult& result;  ///< with its events
};

nlohmann::ordered_json run_picture(const PicturedRun& run);

}  // namespace cpuhp
