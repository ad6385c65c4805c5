// Returns a fault in words: "error (-ENOMEM) in workqueue:online of CPU 3, up, only the 2nd time".
#pragma once

#include <string>
#include <vector>

#include "model/config.hpp"
#include "sim/run/run.hpp"

namespace cpuhp {

std::string fault_text(const Fault& fault, const MachineConfig& config);

/// Returns the faults that have hit in a run.
std::vector<Fault> struck_faults(const RunResult& result, const MachineConfig& config);

}  // namespace cpuhp
