// Finds socket, core and thread of each CPU of a recorded machine. sysfs does not show them for an
// offline CPU, so such a CPU gets a place that fits the recording.
#pragma once

#include <map>

#include "model/topology.hpp"
#include "sim/trace/recording.hpp"

namespace cpuhp {

/// Returns the place of each possible CPU. The recording must have a #MACHINE line. Throws BadInput
/// when it matters which CPUs are siblings, and the recording does not show it.
std::map<CpuId, CpuPlace> places_of(const Recording& recording);

}  // namespace cpuhp
