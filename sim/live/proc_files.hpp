// The files of /proc about CPUs, for the simulated machine. They have a line or a column for each
// online CPU.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "model/machine.hpp"

namespace cpuhp {

inline constexpr std::array<std::string_view, 3> kProcFiles{"cpuinfo", "interrupts", "stat"};
bool is_proc_file(std::string_view name);

/// Returns the contents of a file. `samples` counts the reads of time counters. Each read adds one
/// second, because programs show differences and simulated time may stand still.
std::string proc_file(std::string_view name, const Machine& machine, const MachineConfig& config,
                      Ns now, std::uint64_t& samples);

}  // namespace cpuhp
