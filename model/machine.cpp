#include "model/machine.hpp"

#include "model/designs/async.hpp"

namespace cpuhp {
namespace {

constexpr std::size_t kFirstOpNames = 5;

}  // namespace

Machine::Machine(const MachineConfig& config, Runtime& rt)
    : core(config, rt),
      config_(config),
      table_(effective_table(config)),
      rules_(effective_rules(config)),
      at_(table_.anchors()),
      records_(config.topology.nr_cpus()),
      active_(config.topology.nr_cpus()),
      dying_(config.topology.nr_cpus()),
      fault_counts_(config.faults.size()),
      tsc_waiters_(config.topology.sockets()) {
  for (const State& s : table_.all()) {
    symbols_.push_back({core.name(s.startup), core.name(s.teardown)});
    auto& nodes = instances_.emplace_back();
    for (InstanceId i = s.instances; i-- > 0;) nodes.push_back(i);
    keys_.push_back(s.id);
  }
  for (const StateId state : config.uninstalled) clear_callbacks(state);
  const NameId done_up = core.name("done_up"), done_down = core.name("done_down"),
               alive = core.name("alive"), callin = core.name("callin"),
               came_up = core.name("came_up"), dead = core.name("dead");
  for (CpuId cpu = 0; cpu < records_.size(); ++cpu) {
    CpuRecord& st = records_[cpu];
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
  const auto name_ops = [&](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i) op_names_[i] = core.name(kOpNames[i]);
  };
  name_ops(0, kFirstOpNames);
  init_smt();
  if (config.design == Design::Async) async_ = std::make_unique<AsyncDesign>(*this);
  name_ops(kFirstOpNames, kOpKinds);  // last, so that older names keep their numbers
  for (const DeclaredState& d : config.declared) {
    auto& resources = resources_.emplace_back();
    for (const std::string& resource : d.resources) resources.push_back(core.name(resource));
  }
}

Machine::~Machine() = default;

const Fault* Machine::fault(FaultKind kind, CpuId cpu, StateId state, bool bringup,
                            InstanceId instance) {
  const Fault* hit = nullptr;
  for (std::size_t i = 0; i < config_.faults.size(); ++i) {
    const Fault& f = config_.faults[i];
    if (f.kind != kind || (f.cpu != kNoCpu && f.cpu != cpu)) continue;
    if (f.state >= 0 && (f.state != state || (f.direction == Direction::Up) != bringup)) continue;
    if (f.instance != kNoInstance && f.instance != instance) continue;
    if (f.during && *f.during != operation_) continue;
    if (f.cpu == kNoCpu && f.nth != 0) core.rt.sync(Settle::Fault);  // the n-th of all CPUs
    const std::uint32_t count = ++fault_counts_[i];
    if (hit == nullptr && (f.nth == 0 || f.nth == count)) hit = &f;
  }
  return hit;
}

void Machine::warn(CpuId cpu, std::string_view text) {
  core.event(EventKind::Warn, cpu, {.name = core.name(text)});
}

void Machine::panic(CpuId cpu, std::string_view text) {
  core.rt.arrive();  // nothing happens after it: everybody has to be there
  core.event(EventKind::Panic, cpu, {.name = core.name(text)});
  throw SimulatedPanic{std::string(text)};
}

void Machine::lock(LockId id, CpuId cpu) { core.lock(id).lock(core, cpu); }
void Machine::unlock(LockId id, CpuId cpu) { core.lock(id).unlock(core, cpu); }

}  // namespace cpuhp
