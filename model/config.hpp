// Everything a Machine is made of: one validated value, from a scenario.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "model/checks/judged.hpp"
#include "model/costs.hpp"
#include "model/cpumask.hpp"
#include "model/declared_state.hpp"
#include "model/fault.hpp"
#include "model/faults/defects.hpp"
#include "model/ns.hpp"
#include "model/operation.hpp"
#include "model/state_table.hpp"
#include "model/topology.hpp"

namespace cpuhp {

/// Who drives a bring-up, and what the control CPU does while it waits (docs/concepts.md "Four
/// designs on one machine").
enum class Design : std::uint8_t { Notifier, Symmetric, Parallel, Async };
inline constexpr std::array<std::string_view, 4> kDesignNames{"notifier", "symmetric", "parallel",
                                                              "async"};
inline std::string_view to_string(Design d) { return kDesignNames[static_cast<std::size_t>(d)]; }

struct MachineConfig {
  Topology topology;  ///< one place for every possible CPU
  CpuMask present;
  CpuMask housekeeping;  ///< not isolated; empty: all
  CpuId boot_cpu = 0;
  CpuId max_cpus = kMaxCpus;  ///< kernel's maxcpus=
  bool nosmt = false;
  bool nosmt_force = false;              ///< kernel's nosmt=force: smt/control is forceoff
  bool cpuhp_parallel = true;            ///< kernel's cpuhp.parallel=
  bool tsc_reliable = false;             ///< kernel's tsc=reliable: no TSC synchronisation
  bool cpu0_hotplug = false;             ///< kernel's cpu0_hotplug: x86 up to 6.4, Intel only
  std::optional<bool> cpu0_online_file;  ///< the boot CPU has an `online` file, as on arm64
  bool trace_functions = false;          ///< the function tracer is on: EventKind::Call
  bool state_control = true;             ///< CONFIG_CPU_HOTPLUG_STATE_CONTROL
  bool smt_control = true;               ///< the architecture has SMT control
  StateTable table;
  std::vector<DeclaredState> declared;  ///< what Setup may install beside the table's own states
  std::vector<StateId> uninstalled;     ///< of the table: not there before they are set up
  CostProfile costs;
  Design design = Design::Symmetric;
  std::uint64_t seed = 1;
  Ns boot_work{};  ///< CPU work of the control CPU's own, from date 0, whenever nothing else runs
                   ///< there
  std::uint32_t jitter = 1;  ///< every duration up to that many times as long or as short,
                             ///< on average as it is
  std::vector<Fault> faults;
  Defects defects;  ///< historical bugs that this kernel has
  std::vector<Operation> operations;

  bool has_cpu0_online_file() const { return cpu0_online_file.value_or(cpu0_hotplug); }
};

/// The table and the rules of a run: the table's, as far as the design leaves them.
StateTable effective_table(const MachineConfig& config);
Rules effective_rules(const MachineConfig& config);
/// What its runs are judged by; `complete`: it came to its end.
Judged judged_by(const MachineConfig& config, bool complete);

/// Rules::absent_cpus_ignored: takes those CPUs out of the machine; the others keep their order,
/// those that are present first. Kernel: topo_register_apic().
void ignore_absent_cpus(MachineConfig& config);

}  // namespace cpuhp
