// The files of /proc in which programs read about CPUs, as the simulated machine would show them:
// with a line or a column for each online CPU.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "model/machine.hpp"

namespace cpuhp {

inline constexpr std::array<std::string_view, 3> kProcFiles{"cpuinfo", "interrupts", "stat"};
bool is_proc_file(std::string_view name);

/// Returns the content of a file. `samples` counts the reads of time counters: each read adds a
/// second to them, because programs show differences and simulated time may stand still.
std::string proc_file(std::string_view name, const Machine& machine, const MachineConfig& config,
                      Ns now, std::uint64_t& samples);

}  // namespace cpuhp
