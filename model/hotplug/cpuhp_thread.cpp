#include "model/hotplug/cpuhp_thread.hpp"

#include <algorithm>
#include <utility>

#include "model/hotplug/callbacks.hpp"
#include "model/hotplug/sched.hpp"
#include "model/hotplug/walk.hpp"
#include "model/machine.hpp"

namespace cpuhp {
namespace {

/// Disables interrupts for a STARTING or DYING callback that a registration calls.
void disable_interrupts(Machine& m, CpuId cpu) {
  // A kernel for one CPU has no hotplug thread, and called the callback as it was (c94291914b20).
  const bool stay_on =
      m.config.topology.nr_cpus() == 1 && m.defect(Defect::AtomicCallbacksInterruptible);
  if (stay_on)
    m.rt.interrupt(cpu, {.why = m.core.name("tick")}, [] {});
  else
    m.core.interrupts_off.set(cpu);
}

/// What cpuhp/N does after a wake-up: it runs the callbacks on the way to its target, and then
/// signals the waiting task.
void cpuhp_thread_fun(Machine& m, CpuId cpu) {
  CpuRecord& st = m.cpus[cpu];
  // The thread has nothing to do.
  if (!st.should_run && !m.defect(Defect::StrayCompletion)) return;
  const bool bringup = st.bringup;
  if (m.rules.decrement_first || st.single)
    thread_walk(m, cpu);
  else if (st.rollback)  // after a refused takedown
    late_undo_down(m, cpu, st, WalkTable::Ap);
  else
    st.result = bringup
                    ? late_walk_up(m, cpu, st, st.target, WalkTable::Ap)
                    : late_walk_down(m, cpu, st, std::max(st.target, m.at.teardown), WalkTable::Ap);
  st.should_run = false;
  complete_ap_thread(m, cpu, bringup);
}

/// True when the thread walks up, and only a callback can make it wait.
bool walks_freely(const Machine& m, CpuId cpu) {
  const CpuRecord& st = m.cpus[cpu];
  return m.rules.decrement_first && m.config.defects.none() && m.core.plan.counts_alone() &&
         st.should_run && st.bringup && !st.single && !st.rollback;
}

}  // namespace

void complete_ap_thread(Machine& m, CpuId cpu, bool bringup) {
  CpuRecord& st = m.cpus[cpu];
  Completion& done = bringup || m.rules.ap_kicks_itself ? st.done_up : st.done_down;
  const bool lost = fault(m, FaultKind::LostWakeup, cpu, Sleeper::Control) != nullptr;
  // A second wake-up has no effect, because the waiter checks its condition again.
  fault(m, FaultKind::DoubledWakeup, cpu, Sleeper::Control);
  done.complete(m.core, lost);
}

void wait_for_ap_thread(Machine& m, CpuRecord& st, bool bringup) {
  (bringup || m.rules.ap_kicks_itself ? st.done_up : st.done_down).wait(m.core, WaitMode::Asleep);
}

void start_thread(Machine& m, CpuId cpu, ThreadWork work) {
  m.core.event(EventKind::Wake, cpu, {.name = m.name.cpuhp});
  Action body = [&m, cpu, work] {
    if (std::exchange(m.cpus[cpu].thread_busy, true)) return;
    const auto rest = [&m, cpu, work] {
      work(m, cpu);
      m.cpus[cpu].thread_busy = false;
    };
    if (walks_freely(m, cpu) && m.core.online.test(cpu) && smt_allowed(m, cpu))
      walk_up_then(m, cpu, m.cpus[cpu], rest);
    else
      m.rt.may_wait_then(rest);
  };
  const Waits waits = walks_freely(m, cpu) ? Waits::Never : Waits::Perhaps;
  if (fault(m, FaultKind::LostWakeup, cpu, Sleeper::Thread) != nullptr) return;
  Ns latency = m.core.wake_latency(WaitMode::Asleep, cpu);
  if (const Fault* f = fault(m, FaultKind::Starved, cpu)) latency += f->delay;
  if (fault(m, FaultKind::DoubledWakeup, cpu, Sleeper::Thread) != nullptr)
    m.rt.start(cpu, Role::CpuhpThread, latency, body, waits);
  m.rt.start(cpu, Role::CpuhpThread, latency, std::move(body), waits);
}

void wake_cpuhp_thread(Machine& m, CpuId cpu) {
  if (!m.cpus[cpu].thread_parked) start_thread(m, cpu, cpuhp_thread_fun);
}

void kick_ap_thread(Machine& m, CpuId cpu, CpuRecord& st) {
  if (!st.single && st.state == st.target) return;
  st.result = 0;
  st.should_run = true;
  wake_cpuhp_thread(m, cpu);
  wait_for_ap_thread(m, st, st.bringup);
  // The task that drives the operation can't stay on a CPU that is not active.
  if (!m.active.test(cpu)) leave_cpu(m, cpu);
}

int kick_ap(Machine& m, CpuId cpu, CpuRecord& st, StateId target) {
  m.core.call("cpuhp_kick_ap", cpu);
  const StateId prev_state = set_state(m, cpu, st, target);
  kick_ap_thread(m, cpu, st);
  const int ret = st.result;
  if (ret != 0 && m.rules.decrement_first) {
    reset_state(m, cpu, st, prev_state);
    kick_ap_thread(m, cpu, st);
  }
  return ret;
}

int kick_ap_work(Machine& m, CpuId cpu) {
  m.core.lock(kCpuHotplugLock).assert_held();
  CpuRecord& st = m.cpus[cpu];
  const StateId prev_state = st.state;
  m.core.call("cpuhp_kick_ap_work", cpu);
  m.core.event(EventKind::Enter, cpu,
               {.step = prev_state, .value = st.target, .name = m.name.kick_ap_work});
  const int ret = kick_ap(m, cpu, st, st.target);
  m.core.event(EventKind::Exit, cpu, {.step = prev_state, .value = st.state, .ret = ret});
  return ret;
}

int thread_walk(Machine& m, CpuId cpu) {
  CpuRecord& st = m.cpus[cpu];
  const bool bringup = st.bringup;
  while (st.should_run) {
    // With the defect "stale-node" the whole walk calls `st.node` only.
    const bool plain = !st.single && st.node == kNoInstance;
    if (plain && walk_plain(m, bringup, cpu, st, st.target)) st.result = 0;
    m.core.call("cpuhp_thread_fun", cpu);
    StateId state = st.cb_state;
    if (st.single) {
      st.should_run = false;
    } else if (!next_state(m, bringup, &state, st, st.target)) {
      st.should_run = false;
      break;
    } else if (m.rules.empty_states_called) {
      // Up to 5.12 the thread checks before the callback whether it has reached its target.
      st.should_run = st.state != st.target;
    }
    const bool atomic = st.single && m.table().is_atomic(state);
    if (atomic) disable_interrupts(m, cpu);
    st.result = invoke_callback(m, cpu, state, bringup, st.node, &st.last);
    if (atomic) m.core.interrupts_off.clear(cpu);
    if (atomic && st.result != 0) warn(m, cpu, "a STARTING or DYING callback failed");
    if (st.result == 0) continue;
    if (st.rollback)
      warn(m, cpu, "a callback failed during a rollback: no way forward, no way back");
    st.should_run = false;
  }
  return st.result;
}

void park_cpuhp_thread(Machine& m, CpuId cpu) {
  m.core.call("kthread_park", cpu);
  m.cpus[cpu].thread_parked = true;
  const auto left = [&m, cpu] { m.core.event(EventKind::Park, cpu, {.name = m.name.cpuhp}); };
  if (m.defect(Defect::ParkReportedEarly)) {
    constexpr Ns kLeaves = 1_ms;
    m.rt.start(cpu, Role::CpuhpThread, kLeaves, left);
    return;
  }
  m.core.spend(Phase::ParkThread, cpu);
  left();
}

void park_smpboot_threads(Machine& m, CpuId cpu) {
  if (m.at.smpboot_threads < 0 || m.cpus[cpu].smpboot_parked) return;
  m.cpus[cpu].smpboot_parked = true;
  m.core.event(EventKind::Park, cpu, {.name = m.name.smpboot});
}

void unpark_smpboot_threads(Machine& m, CpuId cpu) {
  if (m.at.smpboot_threads < 0 || !m.cpus[cpu].smpboot_parked) return;
  m.cpus[cpu].smpboot_parked = false;
  m.core.event(EventKind::Unpark, cpu, {.name = m.name.smpboot});
}

void unpark_cpuhp_thread(Machine& m, CpuId cpu) {
  m.core.call("kthread_unpark", cpu);
  m.core.spend(Phase::ParkThread, cpu);
  m.cpus[cpu].thread_parked = false;
  m.cpus[cpu].has_thread = true;
  m.core.event(EventKind::Unpark, cpu, {.name = m.name.cpuhp});
  if (m.cpus[cpu].should_run)
    wake_cpuhp_thread(m, cpu);  // The thread was kicked while it was parked.
}

}  // namespace cpuhp
