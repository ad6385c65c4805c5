// What programs that look at CPUs read of /proc, of the simulated machine: a line or a column for
// each CPU that is online.
//
//   proc_file("stat", machine, config, session.now(), samples);   // "cpu  0 0 0 ...\ncpu0 ..."
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "model/machine.hpp"

namespace cpuhp {

inline constexpr std::array<std::string_view, 3> kProcFiles{"cpuinfo", "interrupts", "stat"};
bool is_proc_file(std::string_view name);

/// `samples`: how often counters were read. Programs show differences: each time a second more has
/// gone by, since simulated time may stand still.
std::string proc_file(std::string_view name, const Machine& machine, const MachineConfig& config,
                      Ns now, std::uint64_t& samples);

}  // namespace cpuhp
