// Finds the place (socket, core, thread) of each CPU of a recorded machine. sysfs shows no place of
// an offline CPU: such a CPU gets a place that fits the recording.
#pragma once

#include <map>

#include "model/topology.hpp"
#include "sim/trace/recording.hpp"

namespace cpuhp {

/// Returns a place for each possible CPU. Needs a recording with a #MACHINE line. Throws BadInput
/// when it matters which CPUs are siblings, and the recording does not show it.
std::map<CpuId, CpuPlace> places_of(const Recording& recording);

}  // namespace cpuhp
