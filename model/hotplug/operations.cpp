#include "model/hotplug/operations.hpp"

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>

#include "model/hotplug/boot.hpp"
#include "model/hotplug/sched.hpp"
#include "model/machine.hpp"
#include "model/sysfs/presence.hpp"
#include "model/sysfs/sysfs.hpp"

namespace cpuhp {
namespace {

/// Returns the CPU that SMT control keeps online: the first online primary thread, or the last
/// online CPU when there is none.
CpuId last_sibling_standing(const Machine& m) {
  CpuId last = kNoCpu;
  for (CpuId cpu = m.core.online.first(); cpu != kNoCpu; cpu = m.core.online.next(cpu + 1)) {
    if (m.config.topology.is_primary(cpu)) return cpu;
    last = cpu;
  }
  return last;
}

/// Returns the CPU on which the task that asks for the operation runs. The kernel moves a task away
/// from a CPU that goes down (sched:wait_empty). Here the task moves before it asks for the
/// operation.
CpuId cpu_to_ask_from(const Machine& m, const Operation& op, CpuId here) {
  if (op.kind == OpKind::Suspend || op.kind == OpKind::Shutdown) return primary_cpu(m, op.cpu);
  if (op.on != kNoCpu && m.active.test(op.on)) return op.on;
  const bool about_here = op.cpu == here || op.path.starts_with("cpu" + std::to_string(here) + "/");
  const bool may_stay =
      op.kind != OpKind::Down && op.kind != OpKind::Write && op.kind != OpKind::Unplug;
  const bool sibling_asks = op.path == "smt/control" && !m.config.topology.is_primary(here);
  if (m.active.test(here) && (may_stay || (!about_here && !sibling_asks))) return here;
  if (sibling_asks) return last_sibling_standing(m);
  const CpuId other = m.active.first() == here ? m.active.next(here + 1) : m.active.first();
  return other == kNoCpu ? here : other;
}

/// When no operation is under way any more, reports the state in which the CPUs were left.
void report_rest(Machine& m) {
  std::sort(m.operations.touched.begin(), m.operations.touched.end());
  for (const CpuId cpu : m.operations.touched) {
    CpuRecord& st = m.cpus[cpu];
    st.touched = false;
    m.core.event(EventKind::Rest, cpu, {.step = st.state, .value = st.target, .ret = st.fail});
  }
  m.operations.touched.clear();
}

int run_operation(Machine& m, const Operation& op, std::size_t index, std::string* text);

/// Sets up the states of MachineConfig::late with their instances, as the initcalls after
/// smp_init() do. Each is an operation within the boot. A boot after a reboot finds them set up.
void set_up_late_states(Machine& m) {
  const auto within_boot = [&m](const Operation& op) {
    run_operation(m, op, m.core.operation, nullptr);
  };
  for (const StateId state : m.config.late) {
    if (installed(m, state) >= 0) continue;
    within_boot({.kind = OpKind::Setup, .state = state});
    for (InstanceId i = 0; i < m.config.table.at(state).instances; ++i)
      within_boot({.kind = OpKind::AddInstance, .state = state, .instance = i});
  }
}

/// Does what the operation is for. Returns its result.
int execute(Machine& m, const Operation& op, CpuId cpu, StateId target, std::string* text) {
  int ret = 0;
  switch (op.kind) {
    case OpKind::Boot:
      bringup_nonboot_cpus(m);
      set_up_late_states(m);
      return 0;
    case OpKind::Shutdown:
      return shutdown_nonboot_cpus(m, op);
    case OpKind::Up:
      ret = target < 0 ? -EINVAL : m.design->cpu_up(cpu, target);
      if (ret == 0 && target == m.at.online) m.cpus[cpu].dev_offline = false;
      return ret;
    case OpKind::Down:
      ret = target < 0 ? -EINVAL : m.design->cpu_down(cpu, target);
      if (ret == 0 && target == m.at.offline) m.cpus[cpu].dev_offline = true;
      return ret;
    case OpKind::Write:
      return write_file(m, op.path, op.text, op.firmware);
    case OpKind::Read:
      return read_file(m, op.path, text);
    case OpKind::Setup:
    case OpKind::Remove:
    case OpKind::AddInstance:
    case OpKind::RemoveInstance:
      return registration(m, op);
    case OpKind::Suspend:
      return freeze_secondary_cpus(m, op);
    case OpKind::Resume:
      thaw_secondary_cpus(m);
      return 0;
    case OpKind::Run:
      return run_on(m, cpu, op.work);
    case OpKind::Plug:
      return plug(m, cpu);
    case OpKind::Unplug:
      return unplug(m, cpu);
  }
  return ret;
}

/// True when the run goes on from a state within the boot that the runner is about to begin.
bool boot_goes_on(const Machine& m) { return m.operations.boot_cpus > m.runner.boot_cpus; }

/// Carries out one operation, between the events of its begin and its end.
int run_operation(Machine& m, const Operation& op, std::size_t index, std::string* text) {
  const NameId fixed = m.name.operations[static_cast<std::size_t>(op.kind)];
  const NameId kind = fixed != 0 ? fixed : m.core.name(to_string(op.kind));
  const CpuId cpu = op.cpu == kNoCpu ? m.config.boot_cpu : op.cpu;
  const bool up = op.kind == OpKind::Up || op.kind == OpKind::Boot;
  StateId target = op.target.value_or(up ? m.at.online : m.at.offline);
  if (is_declared(target)) target = installed(m, target);  // -1: the state is not set up
  if (op.kind == OpKind::Setup) target = request_of(m, op).state.id;
  const auto place = static_cast<std::uint16_t>(index);
  const bool of_instance = op.kind == OpKind::AddInstance || op.kind == OpKind::RemoveInstance;
  const bool series = op.kind == OpKind::Write && op.path == "smt/control";
  const bool own_error =
      op.kind == OpKind::Unplug || (op.kind == OpKind::Write && op.path == "/sys/kernel/dlpar");
  const bool wakes = op.kind == OpKind::Shutdown && wakes_offline_cpus(m, op);
  if (!boot_goes_on(m))
    m.core.event(EventKind::OpBegin, cpu,
                 {.step = of_instance ? installed(m, op.state) : -1,
                  .value = target,
                  .ret = of_instance ? op.instance
                         : series    ? 1
                         : own_error ? kOwnError
                         : wakes     ? 1
                                     : 0,
                  .name = kind,
                  .instance = place});
  const int ret = execute(m, op, cpu, target, text);
  m.core.event(EventKind::OpEnd, cpu,
               {.value = target, .ret = ret, .name = kind, .instance = place});
  return ret;
}

OpResult perform(Machine& m, const Operation& op, std::size_t index) {
  OpResult result{.begin = m.rt.now()};
  if (boot_goes_on(m))
    result.begin = m.operations.results[index].begin;
  else
    ++m.operations.running;
  result.ret = run_operation(m, op, index, &result.text);
  m.rt.settle(writes(Object::Operations));
  result.end = m.rt.now();
  result.returned = true;
  if (--m.operations.running == 0) report_rest(m);
  if (op.kind == OpKind::Boot) finish_boot(m);
  return result;
}

/// A function that begins an operation.
using Begins = void (*)(Machine& m, std::size_t index);

bool carry_out(Machine& m, std::size_t index, Begins again);

void run_companion(Machine& m, std::size_t index) { carry_out(m, index, run_companion); }

/// Starts the operations that name this one in Operation::with. If possible, each of them is asked
/// for on a CPU of its own.
void begin_companions(Machine& m, std::size_t index) {
  CpuId on = m.rt.cpu();
  const auto [first, last] = m.runner.companions.equal_range(index);
  for (auto companion = first; companion != last; ++companion) {
    const std::size_t i = companion->second;
    const Operation& op = m.config.operations[i];
    on = m.active.next(on + 1) == kNoCpu ? m.active.first() : m.active.next(on + 1);
    if (on == kNoCpu) on = m.rt.cpu();
    const CpuId from = op.on != kNoCpu && m.active.test(op.on) ? op.on : on;
    m.rt.start(from, Role::Control, op.delay, [&m, i] { run_companion(m, i); });
  }
}

/// Carries out one operation. When the asking task must run on another CPU, starts `again` there
/// and returns false.
bool carry_out(Machine& m, std::size_t index, Begins again) {
  const Operation& op = m.config.operations[index];
  if (!boot_goes_on(m)) {
    m.rt.settle(reads(Object::Active));
    // The asking task can't run on a CPU that is not active.
    if (const CpuId other = cpu_to_ask_from(m, op, m.rt.cpu());
        other != m.rt.cpu() && m.active.test(other)) {
      m.rt.start(other, Role::Control, m.core.wake_latency(WaitMode::Asleep, other),
                 [&m, index, again] { again(m, index); });
      return false;
    }
    if (op.at && *op.at > m.rt.now()) m.rt.sleep(*op.at - m.rt.now());
    if (!op.with) m.core.operation = static_cast<std::uint32_t>(index);
    begin_companions(m, index);
    if (m.operations.results.size() <= index) m.operations.results.resize(index + 1);
    m.operations.results[index] = {.begin = m.rt.now()};
  }
  m.operations.results[index] = perform(m, op, index);
  ++m.operations.returned;
  // A reboot ends every task, and the tasks of the new kernel begin with its boot.
  if (op.kind == OpKind::Shutdown || m.operations.returned == m.config.operations.size())
    end_readers(m);
  if (op.kind == OpKind::Boot) begin_readers(m, true);
  if (!op.with) m.operations.asked_from = m.rt.cpu();
  return true;
}

}  // namespace

void run_operations(Machine& m, std::size_t from) {
  const std::vector<Operation>& all = m.config.operations;
  const auto next = [&](std::size_t i) {
    while (i < all.size() && all[i].with) ++i;  // begin_companions() starts this one
    return i;
  };
  // Nothing but `i` is on the task's stack between two operations, so a new task can go on from
  // there. settle_then() would not return before the last operation: there is nothing to wait for.
  for (std::size_t i = next(from); i < all.size();) {
    if (!carry_out(m, i, run_operations)) return;
    i = next(i + 1);
    if (m.runner.between) m.runner.between(m, i);
  }
}

bool next_in_boot(Machine& m) {
  if (boot_goes_on(m)) return ++m.runner.boot_cpus == m.operations.boot_cpus;
  m.rt.settle(writes(Object::Operations));
  m.runner.boot_cpus = ++m.operations.boot_cpus;
  // With this defect, CPUs leave the present mask, by which a run that goes on counts them again.
  const bool can_go_on = !m.defect(Defect::EarlyDeathUnlogged);
  if (m.operations.boot_cpus > 1 && can_go_on && m.runner.between)
    m.runner.between(m, m.core.operation);
  return true;
}

void ask(Machine& m, const Operation& op, std::size_t place, Ns delay,
         std::function<void(const OpResult&)> answer) {
  const CpuId from = cpu_to_ask_from(m, op, m.operations.asked_from);
  m.rt.start(from, Role::Control, delay, [&m, op, place, answer = std::move(answer)] {
    m.core.operation = static_cast<std::uint32_t>(place);
    const OpResult result = perform(m, op, place);
    m.operations.asked_from = m.rt.cpu();
    answer(result);
  });
}

void touch(Machine& m, CpuId cpu) {
  if (m.cpus[cpu].touched) return;
  m.cpus[cpu].touched = true;
  m.operations.touched.push_back(cpu);
}

}  // namespace cpuhp
