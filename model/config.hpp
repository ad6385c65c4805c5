// The configuration of a Machine, made and validated from a scenario.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "model/costs.hpp"
#include "model/cpumask.hpp"
#include "model/declared_state.hpp"
#include "model/designs/design.hpp"
#include "model/fault.hpp"
#include "model/faults/defects.hpp"
#include "model/hold.hpp"
#include "model/limits.hpp"
#include "model/lock_reader.hpp"
#include "model/machine_files.hpp"
#include "model/ns.hpp"
#include "model/operation.hpp"
#include "model/rcu.hpp"
#include "model/state_table.hpp"
#include "model/topology.hpp"

namespace cpuhp {

struct MachineConfig {
  Topology topology;     ///< socket, core, thread and node of every possible CPU
  CpuMask present;       ///< when the machine is switched on
  CpuMask housekeeping;  ///< CPUs that are not isolated; empty: all
  CpuId boot_cpu = 0;
  CpuId max_cpus = kMaxCpus;  ///< kernel's maxcpus=
  bool nosmt = false;
  bool nosmt_force = false;              ///< kernel's nosmt=force: smt/control is forceoff
  bool cpuhp_parallel = true;            ///< kernel's cpuhp.parallel=
  bool tsc_reliable = false;             ///< kernel's tsc=reliable: no TSC synchronisation
  bool cpu0_hotplug = false;             ///< kernel's cpu0_hotplug: x86 up to 6.4, Intel only
  std::optional<bool> cpu0_online_file;  ///< the boot CPU has an `online` file, as on arm64
  bool crash_kernel = false;             ///< a crash kernel is loaded
  std::uint32_t interrupts = 0;          ///< interrupts that are routed to each CPU
  RcuConfig rcu;
  bool trace_functions = false;  ///< the function tracer is on: EventKind::Call
  bool state_control = true;     ///< CONFIG_CPU_HOTPLUG_STATE_CONTROL
  bool smt_control = true;       ///< the architecture has SMT control
  /// CONFIG_SMT_NUM_THREADS_DYNAMIC, as on powerpc: smt/control takes every number of threads.
  bool smt_any_number = false;
  /// kernel's smt-enabled= of powerpc: threads of a core that the boot starts; 0: only one.
  std::optional<CpuId> smt_enabled;
  /// Every possible CPU has a directory cpuN, as on powerpc; else every present one has.
  bool possible_have_files = false;
  MachineFiles files;  ///< files that only some machines have
  StateTable table;
  /// states that are not in the table; an operation OpKind::Setup may install them
  std::vector<DeclaredState> declared;
  std::vector<StateId> uninstalled;  ///< states of the table that only a Setup installs
  /// States of `uninstalled` that the boot sets up at its end, in this order (State::since).
  std::vector<StateId> late;
  CostProfile costs;
  Design design = Design::Symmetric;
  std::uint64_t seed = 1;
  /// CPU time of the boot's own task after smp_init(), for the initcalls and what else it does. The
  /// asynchronous design begins it after the last kick.
  Ns boot_work{};
  /// Work of other tasks on the boot CPU, from time 0 on. They run whenever no other task runs
  /// there, so the work fills the sleep of the boot's task.
  Ns background{};
  /// Factor by which a duration may be longer or shorter at random. The average stays the same.
  std::uint32_t jitter = 1;
  Limits limits;
  std::vector<Fault> faults;
  Defects defects;  ///< historical bugs that this kernel has
  std::vector<Operation> operations;
  /// The order of the events, where it is not that of the dates. Grace periods take no time then.
  std::vector<Hold> order;
  std::vector<LockReader> readers;  ///< tasks that take a lock beside the operations
  /// A mutant for tests: no writer of cpu_hotplug_lock waits for the readers inside.
  bool writers_pass_readers = false;

  bool has_cpu0_online_file() const { return cpu0_online_file.value_or(cpu0_hotplug); }
};

/// With Rules::absent_cpus_ignored (kernel: topo_register_apic()), removes the absent CPUs of every
/// socket that has a present CPU. Does nothing when an absent CPU has a lower number than a present
/// one.
void ignore_absent_cpus(MachineConfig& config);

}  // namespace cpuhp
