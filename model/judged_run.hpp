// The facts about a simulated run that its checks need.
#pragma once

#include "model/checks/judged.hpp"

namespace cpuhp {

struct MachineConfig;

/// Returns what the checks must know about the machine to judge the events of a run. `complete`:
/// the run ended normally.
Judged judged_by(const MachineConfig& config, bool complete);

}  // namespace cpuhp
