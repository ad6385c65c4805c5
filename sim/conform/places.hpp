// The places of a recorded machine's CPUs. sysfs shows no place of a CPU that is offline: a place
// is then found that fits the recording.
#pragma once

#include <map>

#include "model/topology.hpp"
#include "sim/trace/recording.hpp"

namespace cpuhp {

/// Returns a place for each possible CPU. The recording has a #MACHINE line. Throws BadInput when
/// it matters which CPUs are siblings, and nothing tells.
std::map<CpuId, CpuPlace> places_of(const Recording& recording);

}  // namespace cpuhp
