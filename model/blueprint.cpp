#include "model/blueprint.hpp"

#include <algorithm>

#include "model/designs/notifier.hpp"

namespace cpuhp {
namespace {

constexpr std::size_t kFirstOpNames = 5;
constexpr std::size_t kNamedOpKinds = 13;  // the others are named when an operation uses them
constexpr std::size_t kFirstPhaseNames = 24;

/// Returns `r`, changed by the historical bugs that the scenario switches on.
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
  if (has(Defect::SmtStartsWholeCores)) r.smt_skips_offline_cores = false;
  return r;
}

/// True when the phase has a cost or a fault in this configuration.
bool uses_phase(const MachineConfig& config, Phase phase) {
  return !config.costs.phase(phase).parts.empty() ||
         std::ranges::any_of(config.faults, [&](const Fault& f) { return f.phase == phase; });
}

/// Numbers all names. The order must not change, because the digest of a run includes the numbers.
std::shared_ptr<const Names> name_everything(const MachineConfig& config, Blueprint& b) {
  auto names = std::make_shared<Names>();
  FixedNames& n = b.name;
  for (std::size_t p = 0; p < kFirstPhaseNames; ++p) n.phases[p] = names->intern(kPhaseNames[p]);
  for (const std::string& lock : config.costs.lock_names) n.locks.push_back(names->intern(lock));
  n.online = names->intern("online");
  for (const State& s : b.table.all()) {
    StateSlot& slot = b.slots.emplace_back();
    slot.startup = names->intern(s.startup);
    slot.teardown = names->intern(s.teardown);
    slot.key = s.id;
    slot.multi = s.multi;
  }
  n.done_up = names->intern("done_up");
  n.done_down = names->intern("done_down");
  n.alive = names->intern("alive");
  n.callin = names->intern("callin");
  n.came_up = names->intern("came_up");
  n.dead = names->intern("dead");
  n.wait_empty = names->intern("sched_cpu_wait_empty");
  n.kick_ap_work = names->intern("cpuhp_kick_ap_work");
  n.active = names->intern("active");
  n.dying = names->intern("dying");
  n.cpuhp = names->intern("cpuhp");
  n.stopper = names->intern("stopper");
  n.idle_dead = names->intern("cpuhp_complete_idle_dead");
  n.tsc = names->intern("tsc_sync");
  n.smpboot = names->intern("smpboot");
  n.rcu = names->intern("rcu");
  n.cpusets = names->intern("cpusets");
  n.idle_mm = names->intern("idle mm");
  n.fail = names->intern("fail");
  for (std::size_t i = 0; i < kOwned; ++i) n.owned[i] = names->intern(kOwnedNames[i]);
  for (const StateId state : config.uninstalled) names->intern(b.table.at(state).name);
  for (std::size_t i = 0; i < kNamedOpKinds; ++i) {
    if (i == kFirstOpNames)
      for (const std::string_view own : names_of_design(config.design)) names->intern(own);
    n.operations[i] = names->intern(kOperations[i].name);
  }
  n.all_finished = names->find("all_finished");
  n.finished = names->find("finished");
  for (const DeclaredState& d : config.declared)
    for (const StateResource& r : d.resources) names->intern(r.name);
  for (std::size_t p = kFirstPhaseNames; p < kPhases; ++p)
    if (uses_phase(config, static_cast<Phase>(p))) n.phases[p] = names->intern(kPhaseNames[p]);
  return names;
}

/// Returns a cost that is one part of fixed or uniformly distributed CPU work. For any other cost,
/// `range` is -1.
PlainWork plain_work(const Cost& cost) {
  if (cost.parts.empty()) return {.range = 0};
  const CostPart& part = cost.parts.front();
  const std::vector<Ns>& quantiles = part.work.quantiles;
  const bool drawn = quantiles.size() > 2 || part.work.measured != nullptr;
  if (cost.parts.size() > 1 || !part.is_plain() || drawn) return {};
  if (quantiles.empty()) return {.range = 0};
  return {.least = quantiles.front(), .range = (quantiles.back() - quantiles.front()).v};
}

void find_cores(const Topology& t, Blueprint& b) {
  for (CpuId cpu = 0; cpu < t.nr_cpus(); ++cpu) {
    const CpuPlace& p = t.place(cpu);
    const std::size_t core = std::size_t{p.core} * t.sockets() + p.socket;
    if (core >= b.cores.size()) b.cores.resize(core + 1);
    b.cores[core].push_back(cpu);
    b.core_of.push_back(static_cast<std::uint32_t>(core));
  }
}

}  // namespace

void link_slots(std::vector<StateSlot>& slots) {
  StateId next = static_cast<StateId>(slots.size());
  for (std::size_t i = slots.size(); i-- > 0;) {
    if (slots[i].startup != 0) next = static_cast<StateId>(i);
    slots[i].next_up = next;
  }
  next = -1;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    if (slots[i].teardown != 0) next = static_cast<StateId>(i);
    slots[i].next_down = next;
  }
}

Blueprint::Blueprint(const MachineConfig& config)
    : States{.table = effective_table(config), .slots = {}, .instances = {}},
      rules(with_defects(effective_rules(config), config.defects)),
      names(name_everything(config, *this)) {
  topology_from = table.find("base/topology:prepare");
  caches_from = table.find("base/cacheinfo:online");
  const auto has = [&](Defect d) { return config.defects.test(static_cast<std::size_t>(d)); };
  if (has(Defect::PerfOnlineEarly)) marks_perf = table.find("perf:prepare");
  if (has(Defect::StaticKeyTakesLock)) takes_hotplug_lock = table.find("acpi/cpu-drv:online");
  const Anchors& at = table.anchors();
  for (const StateId user :
       {at.kick_ap, at.bringup, at.teardown, at.sched_active, at.threads_prepare,
        at.smpboot_threads, at.sched_wait_empty, at.hrtimers_prepare, at.hrtimers_dying,
        at.timers_prepare, at.smpcfd_dying, at.cachectrl, marks_perf, takes_hotplug_lock})
    if (user >= 0) slots[static_cast<std::size_t>(user)].core_user = true;
  link_slots(slots);
  for (const State& s : table.all()) {
    auto& nodes = instances.emplace_back();
    for (InstanceId i = s.multi ? s.instances : InstanceId{0}; i-- > 0;) nodes.push_back(i);
  }
  for (const Direction d : {Direction::Up, Direction::Down})
    for (const StateSlot& slot : slots)
      plain_work[static_cast<std::size_t>(d)].push_back(
          cpuhp::plain_work(config.costs.step(slot.key, d)));
  for (const LockReader& r : config.readers)
    if (r.flushed_by && table.valid(r.flushed_by->state))
      plain_work[static_cast<std::size_t>(r.flushed_by->direction)]
                [static_cast<std::size_t>(r.flushed_by->state)] = {};
  if (takes_hotplug_lock >= 0)
    plain_work[static_cast<std::size_t>(Direction::Up)]
              [static_cast<std::size_t>(takes_hotplug_lock)] = {};
  find_cores(config.topology, *this);
  if (!has_state_machine(config.design)) add_chains(*this, config.uninstalled);
}

}  // namespace cpuhp
