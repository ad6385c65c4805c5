// Parses a kernel command line, as far as it concerns CPU hotplug, of a scenario or a recording.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/config.hpp"

namespace cpuhp {

enum class CmdlineMode : std::uint8_t {
  Strict,   ///< scenarios: an unknown word is an error, unless it is known to be harmless
  Lenient,  ///< recordings: an unknown word is ignored, as the kernel does
};

/// The values of the command line's words; none: the word is not in the command line.
struct Cmdline {
  std::optional<CpuId> max_cpus;       ///< maxcpus=N, nosmp is 0
  std::optional<CpuId> possible_cpus;  ///< nr_cpus=N, possible_cpus=N: the smaller one
  bool nosmt = false;
  bool nosmt_force = false;  ///< nosmt=force
  std::string isolcpus;      ///< CPU list without its flags
  std::optional<bool> cpuhp_parallel;
  bool cpu0_hotplug = false;
  bool tsc_reliable = false;
  std::optional<Ns> init_delay;      ///< cpu_init_udelay=N, N in us
  std::vector<std::string> ignored;  ///< words that the simulation ignores
};

/// Parses a command line. Throws BadInput without file and line; callers that know them add them.
Cmdline parse_cmdline(std::string_view text, CmdlineMode mode);

/// Sets the topology's size, masks, flags and the kick's cost. Needs `topology` and `present` as
/// they are without a command line. Throws BadInput without file and line for a CPU that the
/// machine does not have.
void apply_cmdline(const Cmdline& line, MachineConfig& config);

/// Removes CPUs numbered `possible` or higher, from `present`, too.
void limit_possible(MachineConfig& config, CpuId possible);

/// Return the words with a meaning, and the words known to have none, for messages and docs.
std::vector<std::string> cmdline_words();
std::vector<std::string> harmless_cmdline_words();

}  // namespace cpuhp
