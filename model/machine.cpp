#include "model/machine.hpp"

#include <algorithm>
#include <utility>

#include "model/panics.hpp"

namespace cpuhp {

Machine::Machine(const MachineConfig& c, const std::shared_ptr<const Blueprint>& common,
                 Runtime& runtime, MachineState state, CoreState core_state)
    : MachineState(std::move(state)),
      core(c, *common, runtime, std::move(core_state)),
      rt(runtime),
      config(c),
      blueprint(common),
      rules(common->rules),
      at(common->table.anchors()),
      name(common->name) {
  for (std::size_t i = 0; i < c.operations.size(); ++i)
    if (c.operations[i].with) runner.companions.emplace(*c.operations[i].with, i);
}

Machine::Machine(const MachineConfig& c, const std::shared_ptr<const Blueprint>& common,
                 Runtime& runtime)
    : Machine(c, common, runtime, MachineState{}, new_core(c, *common)) {
  const CpuId nr_cpus = c.topology.nr_cpus();
  cpus.resize(nr_cpus);
  for (CpuId cpu = 0; cpu < nr_cpus; ++cpu) {
    CpuRecord& st = cpus[cpu];
    st.no_general = Completion(name.wait_empty, cpu);
    st.done_up = Completion(name.done_up, cpu);
    st.done_down = Completion(name.done_down, cpu);
    st.alive = Completion(name.alive, cpu);
    st.callin = Completion(name.callin, cpu);
    st.came_up = Completion(name.came_up, cpu);
    st.dead = Completion(name.dead, cpu);
  }
  active = dying = cpusets = standby = CpuMask(nr_cpus);
  present = c.present;
  tsc_waiters.resize(c.topology.sockets());
  init_registered(*this);
  operations.asked_from = c.boot_cpu;
  init_smt(*this);
  design = make_design(*this);
  // The numbers of names follow the order of first use.
  for (const DeclaredState& d : c.declared)
    for (const StateResource& r : d.resources) core.name(r.name);
  for (const DeclaredState& d : c.declared) drivers.add(d.driver ? d.driver() : nullptr);
}

Machine::Machine(const MachineConfig& c, const std::shared_ptr<const Blueprint>& common,
                 Runtime& runtime, const MachineState& state, const CoreState& core_state,
                 const std::vector<std::uint32_t>& fault_counts)
    : Machine(c, common, runtime, MachineState(state), CoreState(core_state)) {
  design = make_design(*this);
  async = state.async;  // the design has begun it anew
  core.plan.go_on_from(fault_counts);
  panic_without_active_cpu(*this);
}

const char* unrest(const Machine& m) {
  if (m.readers.living > 0) return "a reader lives";
  if (!m.drivers.copyable()) return "a driver's C++ callbacks remember what cannot be copied";
  const bool idle =
      std::ranges::all_of(m.core.locks, &Mutex::idle) &&
      std::ranges::all_of(m.core.driver_locks, [](const auto& lock) { return lock.second.idle(); });
  return idle ? nullptr : "a lock is held";
}

void panic_without_active_cpu(Machine& m) {
  if (!m.rules.ap_kicks_itself)
    m.rt.when_nowhere([&m](CpuId cpu) { m.core.die(cpu, kNoActiveCpu); });
}

const Fault* fault(Machine& m, FaultKind kind, CpuId cpu, Sleeper sleeper) {
  const FaultPlace place{.cpu = cpu, .rollback = m.cpus[cpu].rollback, .sleeper = sleeper};
  const Fault* const hit = m.core.fault(kind, place);
  if (hit != nullptr) m.core.injected(kind, place);
  return hit;
}

void set_sync_state(Machine& m, CpuId cpu, SyncState value) {
  m.core.event(EventKind::SyncState, cpu, {.value = static_cast<int>(value)});
  m.rt.publish(writes(Object::CpuRecord, cpu),
               [&m, cpu, value] { m.cpus[cpu].sync_state = value; });
}

}  // namespace cpuhp
