#include "model/machine.hpp"

#include "model/designs/async.hpp"

namespace cpuhp {
namespace {

constexpr std::size_t kFirstOpNames = 5;

/// The kernel that runs: with the historical bugs that the scenario gives back to it.
Rules with_defects(Rules r, const Defects& defects) {
  const auto has = [&](Defect d) { return defects.test(static_cast<std::size_t>(d)); };
  if (has(Defect::StateOverwritten)) r.taken_slot_busy = false;
  if (has(Defect::FailOnDeadState)) r.fail_limits = false;
  if (has(Defect::AtomicErrorAborts)) r.atomic_errors_ignored = false;
  if (has(Defect::EqualTargetGoesDown)) r.equal_target_noop = false;
  if (has(Defect::DynamicPrepareSkipped)) r.prepare_dynamic_skipped = true;
  if (has(Defect::InstanceErrorLost)) r.instance_error_lost = true;
  if (has(Defect::DownInCallersContext)) r.down_via_kworker = false;
  if (has(Defect::LastHousekeepingGoes)) r.last_housekeeping_busy = false;
  return r;
}

}  // namespace

Machine::Machine(const MachineConfig& config, Runtime& rt)
    : core(config, rt),
      config_(config),
      table_(effective_table(config)),
      rules_(with_defects(effective_rules(config), config.defects)),
      at_(table_.anchors()),
      topology_from_(table_.find("base/topology:prepare")),
      caches_from_(table_.find("base/cacheinfo:online")),
      records_(config.topology.nr_cpus()),
      active_(config.topology.nr_cpus()),
      dying_(config.topology.nr_cpus()),
      cpusets_(config.topology.nr_cpus()),
      asked_from_(config.boot_cpu),
      tsc_waiters_(config.topology.sockets()) {
  for (const State& s : table_.all()) {
    symbols_.push_back({core.name(s.startup), core.name(s.teardown)});
    auto& nodes = instances_.emplace_back();
    for (InstanceId i = s.instances; i-- > 0;) nodes.push_back(i);
    keys_.push_back(s.id);
  }
  const NameId done_up = core.name("done_up"), done_down = core.name("done_down"),
               alive = core.name("alive"), callin = core.name("callin"),
               came_up = core.name("came_up"), dead = core.name("dead"),
               no_general = core.name("sched_cpu_wait_empty");
  for (CpuId cpu = 0; cpu < records_.size(); ++cpu) {
    CpuRecord& st = records_[cpu];
    st.no_general = Completion(no_general, cpu);
    st.done_up = Completion(done_up, cpu);
    st.done_down = Completion(done_down, cpu);
    st.alive = Completion(alive, cpu);
    st.callin = Completion(callin, cpu);
    st.came_up = Completion(came_up, cpu);
    st.dead = Completion(dead, cpu);
  }
  name_kick_ap_work_ = core.name("cpuhp_kick_ap_work");
  name_active_ = core.name("active");
  name_dying_ = core.name("dying");
  name_cpuhp_ = core.name("cpuhp");
  name_stopper_ = core.name("stopper");
  name_idle_dead_ = core.name("cpuhp_complete_idle_dead");
  name_tsc_ = core.name("tsc_sync");
  name_smpboot_ = core.name("smpboot");
  name_rcu_ = core.name("rcu");
  name_cpusets_ = core.name("cpusets");
  name_idle_mm_ = core.name("idle mm");
  name_fail_ = core.name("fail");
  for (std::size_t i = 0; i < kOwned; ++i) name_owned_[i] = core.name(kOwnedNames[i]);
  for (const StateId state : config.uninstalled) {
    core.event(EventKind::Unregister, config.boot_cpu,
               {.step = state, .name = core.name(step(state).name)});
    free_number(state);
  }
  const auto name_ops = [&](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i) op_names_[i] = core.name(kOpNames[i]);
  };
  name_ops(0, kFirstOpNames);
  init_smt();
  if (config.design == Design::Async) async_ = std::make_unique<AsyncDesign>(*this);
  name_ops(kFirstOpNames, kOpKinds);  // last, so that older names keep their numbers
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

void Machine::set_sync(CpuId cpu, SyncState value) {
  core.event(EventKind::Sync, cpu, {.value = static_cast<int>(value)});
  core.rt.publish([this, cpu, value] { rec(cpu).sync = value; });
}

void Machine::warn(CpuId cpu, std::string_view text) {
  core.event(EventKind::Warn, cpu, {.name = core.name(text)});
}

void Machine::lock(LockId id, CpuId cpu) { core.lock(id).lock(core, cpu); }
void Machine::unlock(LockId id, CpuId cpu) { core.lock(id).unlock(core, cpu); }

}  // namespace cpuhp
