// Parses the kernel command line of a scenario or a recording, as far as it concerns CPU hotplug.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/config.hpp"

namespace cpuhp {

enum class CmdlineMode : std::uint8_t {
  Strict,   ///< for scenarios: an unknown word is an error, unless it is known to be harmless
  Lenient,  ///< for recordings: an unknown word is ignored, as in the kernel
};

/// The values of the command line's words. An absent word has no value.
struct Cmdline {
  std::optional<CpuId> max_cpus;       ///< maxcpus=N; nosmp means 0
  std::optional<CpuId> possible_cpus;  ///< nr_cpus=N, possible_cpus=N: the smaller one
  bool nosmt = false;
  bool nosmt_force = false;  ///< nosmt=force
  std::string isolcpus;      ///< CPU list, without the flags
  std::optional<bool> cpuhp_parallel;
  bool cpu0_hotplug = false;
  bool tsc_reliable = false;
  std::optional<CpuId> smt_enabled;  ///< smt-enabled=N; on: no limit; off: 0
  std::optional<Ns> init_delay;      ///< cpu_init_udelay=N, N in us
  std::vector<std::string> ignored;  ///< words that the simulation ignores
};

/// Parses a command line. Throws BadInput without file and line, which the caller adds if known.
Cmdline parse_cmdline(std::string_view text, CmdlineMode mode);

/// Applies the command line to the configuration: number of CPUs, masks, flags, cost of a kick.
/// `config` must have the `topology` and `present` of the machine, not yet limited by a command
/// line. Throws BadInput for a CPU that the machine does not have; the caller adds file and line.
void apply_cmdline(const Cmdline& line, MachineConfig& config);

/// Removes the CPUs numbered `possible` and above from the topology and from `present`.
void limit_possible(MachineConfig& config, CpuId possible);

/// The first function returns the words that change the simulation, the second those that are
/// accepted and change nothing. Both are for messages and documentation.
std::vector<std::string> cmdline_words();
std::vector<std::string> harmless_cmdline_words();

}  // namespace cpuhp
