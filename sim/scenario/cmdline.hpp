// The kernel's command line, as far as it concerns CPU hotplug. Scenarios and recordings share it.
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

/// The values of the words. Absent: the word was not there.
struct Cmdline {
  std::optional<CpuId> max_cpus;       ///< maxcpus=N, nosmp is 0
  std::optional<CpuId> possible_cpus;  ///< nr_cpus=N, possible_cpus=N: the smaller one
  bool nosmt = false;
  bool nosmt_force = false;  ///< nosmt=force
  std::string isolcpus;      ///< CPU list without its flags
  std::optional<bool> cpuhp_parallel;
  bool cpu0_hotplug = false;
  bool tsc_reliable = false;
  std::optional<Ns> init_delay;      ///< cpu_init_udelay=N, which is in us there
  std::vector<std::string> ignored;  ///< words without a meaning here
};

/// Parses a command line. Throws BadInput without a place; callers that know one add it.
Cmdline parse_cmdline(std::string_view text, CmdlineMode mode);

/// Sets the topology's size, masks, flags and the kick's cost. `topology` and `present` must be set
/// (present: as without a command line). Throws BadInput without a place for a CPU that the machine
/// does not have.
void apply_cmdline(const Cmdline& line, MachineConfig& config);

/// Removes CPUs numbered `possible` or higher, from `present`, too.
void limit_possible(MachineConfig& config, CpuId possible);

/// Returns the words with a meaning, and those known to have none: for messages and docs.
std::vector<std::string> cmdline_words();
std::vector<std::string> harmless_cmdline_words();

}  // namespace cpuhp
