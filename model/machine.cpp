#include "model/machine.hpp"

namespace cpuhp {

Machine::Machine(const MachineConfig& config, const std::shared_ptr<const Blueprint>& blueprint,
                 Runtime& rt)
    : core(config, *blueprint, rt),
      config_(config),
      blueprint_(blueprint),
      table_(&blueprint->table),
      rules_(blueprint->rules),
      at_(blueprint->table.anchors()),
      records_(config.topology.nr_cpus()),
      active_(config.topology.nr_cpus()),
      dying_(config.topology.nr_cpus()),
      cpusets_(config.topology.nr_cpus()),
      asked_from_(config.boot_cpu),
      slots_(blueprint->slots),
      instances_(blueprint->instances),
      tsc_waiters_(config.topology.sockets()),
      name_(blueprint->name) {
  for (CpuId cpu = 0; cpu < records_.size(); ++cpu) {
    CpuRecord& st = records_[cpu];
    st.no_general = Completion(name_.wait_empty, cpu);
    st.done_up = Completion(name_.done_up, cpu);
    st.done_down = Completion(name_.done_down, cpu);
    st.alive = Completion(name_.alive, cpu);
    st.callin = Completion(name_.callin, cpu);
    st.came_up = Completion(name_.came_up, cpu);
    st.dead = Completion(name_.dead, cpu);
  }
  for (const StateId state : config.uninstalled) {
    core.event(EventKind::Unregister, config.boot_cpu,
               {.step = state, .name = core.name(step(state).name)});
    free_number(state);
  }
  for (std::size_t i = 0; i < config.operations.size(); ++i)
    if (config.operations[i].with) companions_.emplace(*config.operations[i].with, i);
  init_smt();
  design_ = make_design(*this);
  for (const DeclaredState& d : config.declared) {
    auto& resources = resources_.emplace_back();
    for (const StateResource& r : d.resources)
      resources.push_back({core.name(r.name), r.kept_on_error});
  }
}

Machine::~Machine() = default;

const Fault* Machine::fault(FaultKind kind, CpuId cpu, Sleeper sleeper) {
  const FaultPlace place{.cpu = cpu, .rollback = records_[cpu].rollback, .sleeper = sleeper};
  const Fault* const hit = core.fault(kind, place);
  if (hit != nullptr) core.injected(kind, place);
  return hit;
}

void Machine::set_sync_state(CpuId cpu, SyncState value) {
  core.event(EventKind::SyncState, cpu, {.value = static_cast<int>(value)});
  core.rt.publish([this, cpu, value] { rec(cpu).sync_state = value; });
}

void Machine::warn(CpuId cpu, std::string_view text) {
  core.event(EventKind::Warn, cpu, {.name = core.name(text)});
}

void Machine::lock(LockId id, CpuId cpu) { core.lock(id).lock(core, cpu); }
void Machine::unlock(LockId id, CpuId cpu) { core.lock(id).unlock(core, cpu); }

}  // namespace cpuhp
