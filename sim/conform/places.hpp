// Where the CPUs of a recorded machine are. sysfs shows no place of a CPU that is offline: for
// those that nobody named, one is found that fits what the recording shows.
//
//   places_of(read_recording("nosmt.txt")).at(1);   // {.socket = 0, .core = 0, .thread = 1}
#pragma once

#include <map>

#include "model/topology.hpp"
#include "sim/trace/recording.hpp"

namespace cpuhp {

/// A place for each possible CPU. The recording has a #MACHINE line. Throws BadInput when it
/// matters which CPUs are siblings, and nothing tells.
std::map<CpuId, CpuPlace> places_of(const Recording& recording);

}  // namespace cpuhp
