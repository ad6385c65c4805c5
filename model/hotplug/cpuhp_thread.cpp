// The hotplug thread of each CPU, cpuhp/N, and the requests of the control CPU to it
// (docs/kernel.md 4.4).
#include <algorithm>
#include <utility>

#include "model/machine.hpp"
#include "model/panics.hpp"

namespace cpuhp {

/// kernel: complete_ap_thread(). In v4.6 there is one completion for both directions.
void Machine::complete_ap_thread(CpuId cpu, bool bringup) {
  CpuRecord& st = rec(cpu);
  Completion& done = bringup || rules_.ap_kicks_itself ? st.done_up : st.done_down;
  const bool lost = fault(FaultKind::LostWakeup, cpu, Sleeper::Control) != nullptr;
  // A second wake-up has no effect, because the waiter checks its condition again.
  fault(FaultKind::DoubledWakeup, cpu, Sleeper::Control);
  done.complete(core, lost);
}

void Machine::wait_for_ap_thread(CpuRecord& st, bool bringup) {
  (bringup || rules_.ap_kicks_itself ? st.done_up : st.done_down).wait(core, WaitMode::Asleep);
}

/// Starts the work of the hotplug thread. An idle cpuhp thread has no task in the simulator, so a
/// wake-up starts a task on its CPU.
void Machine::start_thread(CpuId cpu, const Action& work) {
  core.event(EventKind::Wake, cpu, {.name = name_.cpuhp});
  const Action body = [this, cpu, work] {
    if (std::exchange(rec(cpu).thread_busy, true)) return;
    work();
    rec(cpu).thread_busy = false;
  };
  if (fault(FaultKind::LostWakeup, cpu, Sleeper::Thread) != nullptr) return;
  Ns latency = core.wake_latency(WaitMode::Asleep, cpu);
  if (const Fault* f = fault(FaultKind::Starved, cpu)) latency += f->delay;
  if (fault(FaultKind::DoubledWakeup, cpu, Sleeper::Thread) != nullptr)
    core.rt.start(cpu, Role::CpuhpThread, latency, body);
  core.rt.start(cpu, Role::CpuhpThread, latency, body);
}

/// Wakes cpuhp/N. A parked thread is not woken: it checks should_run when it is unparked.
void Machine::wake_cpuhp_thread(CpuId cpu) {
  if (!rec(cpu).thread_parked) start_thread(cpu, [this, cpu] { cpuhp_thread_fun(cpu); });
}

/// kernel: __cpuhp_kick_ap().
void Machine::kick_ap_thread(CpuId cpu, CpuRecord& st) {
  if (!st.single && st.state == st.target) return;
  st.result = 0;
  st.should_run = true;
  wake_cpuhp_thread(cpu);
  wait_for_ap_thread(st, st.bringup);
  // The task that drives the operation can't stay on a CPU that is not active.
  if (!active_.test(cpu)) leave_cpu(cpu);
}

/// kernel: cpuhp_kick_ap(): the AP's thread runs the callbacks on the way to the target, and undoes
/// them when one fails.
int Machine::kick_ap(CpuId cpu, CpuRecord& st, StateId target) {
  core.call("cpuhp_kick_ap", cpu);
  const StateId prev_state = set_state(cpu, st, target);
  kick_ap_thread(cpu, st);
  const int ret = st.result;
  if (ret != 0 && rules_.decrement_first) {
    reset_state(cpu, st, prev_state);
    kick_ap_thread(cpu, st);
  }
  return ret;
}

/// kernel: cpuhp_kick_ap_work(): lets the AP's thread run ONLINE callbacks. In the trace, an Enter
/// and an Exit enclose the events of these callbacks.
int Machine::kick_ap_work(CpuId cpu) {
  assert_held(kCpuHotplugLock);
  CpuRecord& st = rec(cpu);
  const StateId prev_state = st.state;
  core.call("cpuhp_kick_ap_work", cpu);
  core.event(EventKind::Enter, cpu,
             {.step = prev_state, .value = st.target, .name = name_.kick_ap_work});
  const int ret = kick_ap(cpu, st, st.target);
  core.event(EventKind::Exit, cpu, {.step = prev_state, .value = st.state, .ret = ret});
  return ret;
}

/// kernel: all iterations of cpuhp_thread_fun(). Each iteration runs one callback. The last one has
/// no next state, or its callback failed.
int Machine::thread_walk(CpuId cpu) {
  CpuRecord& st = rec(cpu);
  const bool bringup = st.bringup;
  while (st.should_run) {
    // With the defect "stale-node" the whole walk calls `st.node` only.
    const bool plain = !st.single && st.node == kNoInstance;
    if (plain && walk_plain(bringup, cpu, st, st.target)) st.result = 0;
    core.call("cpuhp_thread_fun", cpu);
    StateId state = st.cb_state;
    if (st.single) {
      st.should_run = false;
    } else if (!next_state(bringup, &state, st, st.target)) {
      st.should_run = false;
      break;
    } else if (rules_.empty_states_called) {
      // Up to 5.12 the thread checks before the callback whether it has reached its target.
      st.should_run = st.state != st.target;
    }
    const bool atomic = st.single && table_->is_atomic(state);
    if (atomic) core.set_interrupts_off(cpu, true);
    st.result = invoke_callback(cpu, state, bringup, st.node, &st.last);
    if (atomic) core.set_interrupts_off(cpu, false);
    if (atomic && st.result != 0) warn(cpu, "a STARTING or DYING callback failed");
    if (st.result == 0) continue;
    if (st.rollback) warn(cpu, "a callback failed during a rollback: no way forward, no way back");
    st.should_run = false;
  }
  return st.result;
}

/// What cpuhp/N does after a wake-up: it runs the callbacks on the way to its target, and then
/// signals the waiting task.
void Machine::cpuhp_thread_fun(CpuId cpu) {
  CpuRecord& st = rec(cpu);
  // The thread has nothing to do.
  if (!st.should_run && !defect(Defect::StrayCompletion)) return;
  const bool bringup = st.bringup;
  if (rules_.decrement_first || st.single) {
    thread_walk(cpu);
  } else if (st.rollback) {  // after a refused takedown
    late_undo_down(cpu, st, Table::Ap);
    st.should_run = false;
  } else {
    st.result = bringup ? late_walk_up(cpu, st, st.target, Table::Ap)
                        : late_walk_down(cpu, st, std::max(st.target, at_.teardown), Table::Ap);
    st.should_run = false;
  }
  complete_ap_thread(cpu, bringup);
}

/// kernel: kthread_park(). Returns when the thread no longer runs on its CPU.
void Machine::park_cpuhp_thread(CpuId cpu) {
  core.call("kthread_park", cpu);
  rec(cpu).thread_parked = true;
  const auto left = [this, cpu] { core.event(EventKind::Park, cpu, {.name = name_.cpuhp}); };
  if (defect(Defect::ParkReportedEarly)) {
    constexpr Ns kLeaves = 1_ms;
    core.rt.start(cpu, Role::CpuhpThread, kLeaves, left);
    return;
  }
  core.spend(Phase::ParkThread, cpu);
  left();
}

/// kernel: smpboot_park_threads(): parks all per-CPU threads except those that park themselves.
void Machine::park_smpboot_threads(CpuId cpu) {
  if (at_.smpboot_threads < 0 || rec(cpu).smpboot_parked) return;
  rec(cpu).smpboot_parked = true;
  core.event(EventKind::Park, cpu, {.name = name_.smpboot});
}

void Machine::unpark_smpboot_threads(CpuId cpu) {
  if (at_.smpboot_threads < 0 || !rec(cpu).smpboot_parked) return;
  rec(cpu).smpboot_parked = false;
  core.event(EventKind::Unpark, cpu, {.name = name_.smpboot});
}

void Machine::unpark_cpuhp_thread(CpuId cpu) {
  core.call("kthread_unpark", cpu);
  core.spend(Phase::ParkThread, cpu);
  rec(cpu).thread_parked = false;
  rec(cpu).has_thread = true;
  core.event(EventKind::Unpark, cpu, {.name = name_.cpuhp});
  if (rec(cpu).should_run) wake_cpuhp_thread(cpu);  // The thread was kicked while it was parked.
}

/// Sets or clears `active`: general work may run on an active CPU only.
void Machine::set_active(CpuId cpu, bool on) {
  core.rt.settle();
  if (active_.test(cpu) == on) return;
  active_.assign(cpu, on);
  core.rt.set_active(cpu, on);
  core.event(on ? EventKind::MaskSet : EventKind::MaskClear, cpu, {.name = name_.active});
  // The cpusets get the new value after a delay. The task that brought the CPU up waits for that.
  const auto follow = [this, cpu, on] {
    core.event(on ? EventKind::MaskSet : EventKind::MaskClear, cpu, {.name = name_.cpusets});
    cpusets_.assign(cpu, on);
  };
  constexpr Ns kFollows = 1_ms;
  if (defect(Defect::CpusetsAsynchronous))
    core.rt.start(config_.boot_cpu, Role::Worker, kFollows, follow);
  else
    follow();
}

/// Moves the running task away from a CPU that goes down, to the first other active CPU if there is
/// one.
void Machine::leave_cpu(CpuId cpu) {
  if (core.rt.cpu() != cpu) return;
  core.rt.settle();
  const auto other = [cpu](const CpuMask& mask) {
    return mask.first() == cpu ? mask.next(cpu + 1) : mask.first();
  };
  CpuId to = other(active_);
  if (to == kNoCpu && !active_.test(cpu) && core.rt.role() == Role::Control &&
      !rules_.ap_kicks_itself)
    panic(cpu, kNoActiveCpu);
  if (to == kNoCpu) to = other(core.online);
  if (to == kNoCpu) return;
  core.event(EventKind::Move, cpu, {.ret = static_cast<int>(to)});
  core.rt.migrate(to, 1_ns);
}

/// Waits for an RCU grace period, which ends when the RCU callbacks queued before have run. The
/// CPU's ksoftirqd runs these, so the wait never ends when the defect parks ksoftirqd before it.
/// On a CPU whose threads are still parked since its start, no RCU callback is queued.
void Machine::synchronize_rcu(CpuId cpu) {
  const bool parks =
      defect(Defect::SmpbootParkedEarly) && at_.smpboot_threads >= 0 && !rec(cpu).smpboot_parked;
  if (parks) park_smpboot_threads(cpu);
  core.spend(Phase::RcuSync, cpu);
  if (!parks) return;
  Completion grace_period(core.name("RCU grace period"), cpu);
  grace_period.wait(core, WaitMode::Asleep);
}

}  // namespace cpuhp
