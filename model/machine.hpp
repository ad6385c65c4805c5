// The simulated machine: the record of every CPU, the masks, and the state of each part of
// kernel/cpu.c. What the machine does are functions with the kernel's own names, in hotplug/ (the
// state machine), designs/ (which CPU does what) and sysfs/ (its files).
//
//   std::function begin = [](const MachineConfig& config, Runtime& runtime) {
//     const auto blueprint = std::make_shared<const Blueprint>(config);
//     return std::make_unique<Machine>(config, blueprint, runtime);   // then: power_on() (boot.hpp)
//   };
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "model/blueprint.hpp"
#include "model/core.hpp"
#include "model/cpu_record.hpp"
#include "model/designs/async.hpp"
#include "model/hotplug/cpus_lock.hpp"
#include "model/hotplug/domains.hpp"
#include "model/hotplug/operations.hpp"
#include "model/hotplug/readers.hpp"
#include "model/hotplug/setup_remove.hpp"
#include "model/hotplug/smt.hpp"
#include "model/hotplug/suspend.hpp"

namespace cpuhp {

/// What a run changes, together with CoreState and what the faults have counted (FaultPlan). Where
/// nobody waits, as between two operations, it refers to nothing in the run. So a copy of it can be
/// kept, compared and put back: `MachineState rest = m;`, `static_cast<MachineState&>(m) = rest;`.
struct MachineState {
  std::vector<CpuRecord> cpus;
  CpuMask present;
  CpuMask standby;           ///< CPUs that s390's firmware does not let run: cpuN/configure is 0
  bool dispatching = false;  ///< s390's firmware distributes its CPUs vertically
  CpuMask active;
  CpuMask dying;
  CpuMask cpusets;  ///< CPUs that the cpusets allow
  Registered registered;
  RunnerState operations;
  Smt smt;
  Suspend suspend;
  AsyncState async;
  bool domains_stale = false;  ///< domains_change()
  SeriesHolds series_holds = SeriesHolds::Nothing;
  Readers readers;
  BootStatusWord shared_boot_status;            ///< all APs', with the defect shared-boot-status
  Drivers drivers;                              ///< the C++ code of declared states
  std::vector<std::vector<CpuId>> tsc_waiters;  ///< by socket: CPUs that wait for its first CPU
  bool operator==(const MachineState&) const = default;
};

/// The state, and what it shares with the other machines of its configuration.
struct Machine : MachineState {
  /// `blueprint` must be made from `config`.
  Machine(const MachineConfig& config, const std::shared_ptr<const Blueprint>& blueprint,
          Runtime& runtime);
  /// Makes a machine that is at rest, and needs no power_on(). `fault_counts`: by fault, how often
  /// it could have struck by then. No task is started.
  Machine(const MachineConfig& config, const std::shared_ptr<const Blueprint>& blueprint,
          Runtime& runtime, const MachineState& state, const CoreState& core,
          const std::vector<std::uint32_t>& fault_counts);

  const StateTable& table() const { return registered.states->table; }
  const State& step(StateId id) const { return table().at(id); }
  const StateSlot& slot(StateId id) const {
    return registered.states->slots[static_cast<std::size_t>(id)];
  }
  bool defect(Defect d) const { return config.defects.test(static_cast<std::size_t>(d)); }
  /// Returns the name of a kind of work that is queued on a CPU.
  NameId owned_name(Owned what) const { return name.owned[static_cast<std::size_t>(what)]; }
  /// Returns the state's instances, in list order.
  const std::vector<InstanceId>& instances(StateId id) const {
    return registered.states->instances[static_cast<std::size_t>(id)];
  }

  Core core;
  Runtime& rt;
  const MachineConfig& config;
  std::shared_ptr<const Blueprint> blueprint;
  const Rules& rules;
  const Anchors& at;
  const FixedNames& name;
  Runner runner;
  std::unique_ptr<DesignPort> design;

 private:
  Machine(const MachineConfig& config, const std::shared_ptr<const Blueprint>& blueprint,
          Runtime& runtime, MachineState state, CoreState core);
};

/// Returns why the machine is not at rest, or nullptr when it is: no reader lives, no lock is held, and
/// what drivers remember can be copied.
/// (Whoever waits for something is a task, of which the engine knows.)
const char* unrest(const Machine& m);
/// Has the kernel panic when a task has to run while no CPU is active, where this kernel does.
void panic_without_active_cpu(Machine& m);

/// Takes or releases a lock for a task that works for `cpu`.
inline void lock(Machine& m, LockId id, CpuId cpu) { m.core.lock(id).lock(m.core, cpu); }
inline void unlock(Machine& m, LockId id, CpuId cpu) { m.core.lock(id).unlock(m.core, cpu); }
/// Calls `body` under the lock, and returns its result.
template <typename Body>
int with_lock(Machine& m, LockId id, CpuId cpu, Body body) {
  lock(m, id, cpu);
  const int ret = body();
  unlock(m, id, cpu);
  return ret;
}
/// Logs a warning of the kernel.
inline void warn(Machine& m, CpuId cpu, std::string_view text) {
  m.core.event(EventKind::Warn, cpu, {.name = m.core.name(text)});
}
/// Sets the CPU's sync state. Other CPUs may read the new value from now() on.
void set_sync_state(Machine& m, CpuId cpu, SyncState value);
/// Returns the fault that hits this handshake of the CPU, or nullptr. Logs an Injected event for
/// the fault.
const Fault* fault(Machine& m, FaultKind kind, CpuId cpu, Sleeper sleeper = Sleeper::Any);

}  // namespace cpuhp
