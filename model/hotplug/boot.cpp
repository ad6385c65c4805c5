// From power-on through smp_init() to the operations of a scenario.
#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>

#include "model/machine.hpp"
#include "model/panics.hpp"

namespace cpuhp {

void Machine::start() {
  const CpuId boot = config_.boot_cpu;
  CpuRecord& st = rec(boot);
  st.state = at_.online;
  st.target = rules_.boot_cpu_target_online ? at_.online : at_.offline;
  st.booted_once = st.starting_walk_done = true;
  // smp_init() makes the hotplug threads. Before that, registrations call callbacks directly
  // (docs/kernel.md 4.7).
  st.has_thread = std::none_of(config_.operations.begin(), config_.operations.end(),
                               [](const Operation& op) { return op.kind == OpKind::Boot; });
  st.thread_parked = st.smpboot_parked = st.dev_offline = false;
  st.threads_made = st.hrtimer_base = true;
  st.sync_state = SyncState::Online;
  core.set_online(boot, true);
  active_.set(boot);
  core.rt.set_active(boot, true);
  cpusets_.set(boot);
  for (const NameId mask : {name_.active, name_.rcu, name_.cpusets})
    core.event(EventKind::MaskSet, boot, {.name = mask});
  for (const Owned what : {Owned::Hrtimers, Owned::Timers, Owned::FunctionCalls}) own(boot, what);
  if (!rules_.ap_kicks_itself)
    core.rt.when_nowhere([this](CpuId cpu) { core.die(cpu, kNoActiveCpu); });
  core.rt.start(boot, Role::Control, 1_ns, [this] { run_operations(0); });
}

/// Returns the CPU that SMT control keeps online: the first online primary thread, or the last
/// online CPU when there is none.
CpuId Machine::last_sibling_standing() const {
  CpuId last = kNoCpu;
  for (CpuId cpu = core.online.first(); cpu != kNoCpu; cpu = core.online.next(cpu + 1)) {
    if (config_.topology.is_primary(cpu)) return cpu;
    last = cpu;
  }
  return last;
}

/// Returns the CPU on which the task that asks for the operation runs. The kernel moves a task away
/// from a CPU that goes down (sched:wait_empty). Here the task moves before it asks for the
/// operation.
CpuId Machine::cpu_to_ask_from(const Operation& op, CpuId here) const {
  if (op.kind == OpKind::Suspend || op.kind == OpKind::Shutdown) return primary_cpu(op.cpu);
  if (op.on != kNoCpu && active_.test(op.on)) return op.on;
  const bool about_here = op.cpu == here || op.path.starts_with("cpu" + std::to_string(here) + "/");
  const bool may_stay = op.kind != OpKind::Down && op.kind != OpKind::Write;
  const bool sibling_asks = op.path == "smt/control" && !config_.topology.is_primary(here);
  if (active_.test(here) && (may_stay || (!about_here && !sibling_asks))) return here;
  if (sibling_asks) return last_sibling_standing();
  const CpuId other = active_.first() == here ? active_.next(here + 1) : active_.first();
  return other == kNoCpu ? here : other;
}

/// Carries out the operations one after the other. begin_companions() starts those that begin
/// together with another operation (Operation::with).
void Machine::run_operations(std::size_t from) {
  for (std::size_t i = from; i < config_.operations.size(); ++i) {
    if (config_.operations[i].with) continue;
    if (!carry_out(i, [this, i] { run_operations(i); })) return;
  }
}

/// Carries out one operation. When the asking task must run on another CPU, starts `again` there
/// and returns false.
bool Machine::carry_out(std::size_t index, Action again) {
  const Operation& op = config_.operations[index];
  core.rt.settle();
  // The asking task can't run on a CPU that is not active.
  if (const CpuId other = cpu_to_ask_from(op, core.rt.cpu());
      other != core.rt.cpu() && active_.test(other)) {
    core.rt.start(other, Role::Control, core.wake_latency(WaitMode::Asleep, other),
                  std::move(again));
    return false;
  }
  if (op.at && *op.at > core.rt.now()) core.rt.sleep(*op.at - core.rt.now());
  if (!op.with) core.operation = static_cast<std::uint32_t>(index);
  begin_companions(index);
  if (results_.size() <= index) results_.resize(index + 1);
  results_[index] = {.begin = core.rt.now()};
  results_[index] = perform(op, index);
  if (!op.with) asked_from_ = core.rt.cpu();
  return true;
}

OpResult Machine::perform(const Operation& op, std::size_t index) {
  OpResult result{.begin = core.rt.now()};
  ++operations_running_;
  result.ret = run_operation(op, index, &result.text);
  core.rt.settle();
  result.end = core.rt.now();
  result.returned = true;
  if (--operations_running_ == 0) report_rest();
  return result;
}

void Machine::ask(const Operation& op, std::size_t place, Ns delay, Answer answer) {
  const CpuId from = cpu_to_ask_from(op, asked_from_);
  core.rt.start(from, Role::Control, delay, [this, op, place, answer = std::move(answer)] {
    core.operation = static_cast<std::uint32_t>(place);
    const OpResult result = perform(op, place);
    asked_from_ = core.rt.cpu();
    answer(result);
  });
}

/// Starts the operations that name this one in Operation::with. If possible, each of them is asked
/// for on a CPU of its own.
void Machine::begin_companions(std::size_t index) {
  CpuId on = core.rt.cpu();
  const auto [first, last] = companions_.equal_range(index);
  for (auto companion = first; companion != last; ++companion) {
    const std::size_t i = companion->second;
    const Operation& op = config_.operations[i];
    on = active_.next(on + 1) == kNoCpu ? active_.first() : active_.next(on + 1);
    if (on == kNoCpu) on = core.rt.cpu();
    const CpuId from = op.on != kNoCpu && active_.test(op.on) ? op.on : on;
    core.rt.start(from, Role::Control, op.delay, [this, i] { run_companion(i); });
  }
}

void Machine::run_companion(std::size_t index) {
  carry_out(index, [this, index] { run_companion(index); });
}

void Machine::touch(CpuId cpu) {
  if (rec(cpu).touched) return;
  rec(cpu).touched = true;
  touched_.push_back(cpu);
}

/// When no operation is under way any more, reports the state in which the CPUs were left.
void Machine::report_rest() {
  std::sort(touched_.begin(), touched_.end());
  for (const CpuId cpu : touched_) {
    CpuRecord& st = rec(cpu);
    st.touched = false;
    core.event(EventKind::Rest, cpu, {.step = st.state, .value = st.target, .ret = st.fail});
  }
  touched_.clear();
}

int Machine::run_operation(const Operation& op, std::size_t index, std::string* text) {
  const NameId kind = name_.operations[static_cast<std::size_t>(op.kind)];
  const CpuId cpu = op.cpu == kNoCpu ? config_.boot_cpu : op.cpu;
  const bool up = op.kind == OpKind::Up || op.kind == OpKind::Boot;
  StateId target = op.target.value_or(up ? at_.online : at_.offline);
  if (is_declared(target)) target = installed(target);  // -1: the state is not set up
  if (op.kind == OpKind::Setup) target = definition(op.state).number;
  const auto place = static_cast<std::uint16_t>(index);
  const bool of_instance = op.kind == OpKind::AddInstance || op.kind == OpKind::RemoveInstance;
  const bool series = op.kind == OpKind::Write && op.path == "smt/control";
  core.event(EventKind::OpBegin, cpu,
             {.step = of_instance ? installed(op.state) : -1,
              .value = target,
              .ret = of_instance ? op.instance
                     : series    ? 1
                                 : 0,
              .name = kind,
              .instance = place});
  int ret = 0;
  switch (op.kind) {
    case OpKind::Boot:
      bringup_nonboot_cpus();
      break;
    case OpKind::Shutdown:
      ret = shutdown_nonboot_cpus(op);
      break;
    case OpKind::Up:
      ret = target < 0 ? -EINVAL : design_->cpu_up(cpu, target);
      if (ret == 0 && target == at_.online) rec(cpu).dev_offline = false;
      break;
    case OpKind::Down:
      ret = target < 0 ? -EINVAL : design_->cpu_down(cpu, target);
      if (ret == 0 && target == at_.offline) rec(cpu).dev_offline = true;
      break;
    case OpKind::Write:
      ret = write(op.path, op.text);
      break;
    case OpKind::Read:
      ret = read(op.path, text);
      break;
    case OpKind::Setup:
    case OpKind::Remove:
    case OpKind::AddInstance:
    case OpKind::RemoveInstance:
      ret = registration(op);
      break;
    case OpKind::Suspend:
      ret = freeze_secondary_cpus(op);
      break;
    case OpKind::Resume:
      thaw_secondary_cpus();
      break;
    case OpKind::Run:
      ret = run_on(cpu, op.work);
      break;
  }
  core.event(EventKind::OpEnd, cpu, {.value = target, .ret = ret, .name = kind, .instance = place});
  return ret;
}

/// kernel: smp_init() and bringup_nonboot_cpus(). The boot goes on when a CPU fails to come up.
void Machine::bringup_nonboot_cpus() {
  // After a reboot a new kernel boots, so hotplug is enabled again.
  if (hotplug_disabled_ != 0) disable_hotplug(-hotplug_disabled_);
  frozen_ = CpuMask(config_.topology.nr_cpus());
  rec(config_.boot_cpu).has_thread = true;  // cpuhp_threads_init()
  if (boot_limit() > 0) design_->boot();
  core.rt.settle();
  // register_cpu() comes after smp_init(), so cpuN/online begins with the online bit as it is now.
  devices_follow();
  core.rt.boot_done();
  core.event(EventKind::BootDone, config_.boot_cpu,
             {.value = static_cast<int>(core.online.weight() & 0x7fff)});
}

/// kernel: setup_max_cpus. With the defect, the kernel decrements it before it tests for 0, so 0
/// becomes a huge number (6ef8eb512572).
CpuId Machine::boot_limit() const {
  const bool wraps = config_.max_cpus == 0 && defect(Defect::MaxcpusZeroStartsAll);
  return wraps ? kMaxCpus : config_.max_cpus;
}

/// kernel: sched_setaffinity(). Refused when the scheduler or the cpusets exclude the CPU. Later
/// the work moves to another CPU whenever its CPU is taken down.
int Machine::run_on(CpuId cpu, Ns work) {
  core.rt.settle();
  if (cpu >= records_.size() || !active_.test(cpu) || !cpusets_.test(cpu)) return -EINVAL;
  Completion done(core.name("general work"), cpu);
  general_work(cpu, cpu, work, &done);
  done.wait(core, WaitMode::Asleep);
  return 0;
}

/// Runs general work in slices, so that it can leave a CPU that goes down.
void Machine::general_work(CpuId asked, CpuId on, Ns left, Completion* done) {
  constexpr Ns kSlice = 1_ms;
  ++rec(on).general;
  core.rt.start(on, Role::Other, core.wake_latency(WaitMode::Asleep, on), [=, this, rest = left] {
    core.event(EventKind::Run, asked, {});
    Ns work_left = rest;
    core.rt.settle();
    while (work_left > Ns{} && active_.test(on)) {
      const Ns slice = std::min(work_left, kSlice);
      core.rt.work(slice);
      work_left -= slice;
      core.rt.sleep(1_ns);
    }
    CpuRecord& st = rec(on);
    if (--st.general == 0) st.no_general.signal(core);
    if (work_left > Ns{}) {
      if (active_.first() == kNoCpu) panic(on, kNoActiveCpu);
      general_work(asked, active_.first(), work_left, done);
    } else {
      done->complete(core);
    }
  });
}

/// kernel: sched_cpu_wait_empty(): waits until only the CPU's kernel threads are left on it.
void Machine::wait_empty(CpuId cpu) {
  core.rt.settle();
  CpuRecord& st = rec(cpu);
  st.no_general.reset();
  if (st.general > 0) st.no_general.wait(core, WaitMode::Asleep);
}

void Machine::devices_follow() {
  for (CpuId cpu = 0; cpu < records_.size(); ++cpu) rec(cpu).dev_offline = !core.online.test(cpu);
}

}  // namespace cpuhp
