// The hotplug thread of each CPU, cpuhp/N, and how the control CPU sets it to work (facts.md 3.4).
#include <algorithm>

#include "model/machine.hpp"

namespace cpuhp {

/// kernel: complete_ap_thread(). v4.6 has one completion for both directions.
void Machine::complete_ap_thread(CpuRecord& st, bool bringup) {
  (bringup || rules_.ap_kicks_itself ? st.done_up : st.done_down).complete(core);
}

void Machine::wait_for_ap_thread(CpuRecord& st, bool bringup) {
  (bringup || rules_.ap_kicks_itself ? st.done_up : st.done_down).wait(core, WaitMode::Asleep);
}

/// An idle cpuhp thread is data: waking it starts a task on its CPU. A parked one does not look at
/// should_run before it is unparked.
void Machine::wake_cpuhp_thread(CpuId cpu) {
  if (rec(cpu).thread_parked) return;
  core.rt.start(cpu, Role::CpuhpThread, core.wake_latency(WaitMode::Asleep, cpu),
                [this, cpu] { cpuhp_thread_fun(cpu); });
}

/// kernel: __cpuhp_kick_ap().
void Machine::kick_ap_thread(CpuId cpu, CpuRecord& st) {
  if (!st.single && st.state == st.target) return;
  st.result = 0;
  st.should_run = true;
  wake_cpuhp_thread(cpu);
  wait_for_ap_thread(st, st.bringup);
}

/// kernel: cpuhp_kick_ap(): the AP walks to the target, and back if it failed.
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

/// kernel: cpuhp_kick_ap_work(): a walk in the AP's own section, with a bracket of its own in the
/// trace.
int Machine::kick_ap_work(CpuId cpu) {
  CpuRecord& st = rec(cpu);
  const StateId prev_state = st.state;
  core.call("cpuhp_kick_ap_work", cpu);
  core.event(EventKind::Enter, cpu,
             {.step = prev_state, .value = st.target, .name = name_kick_ap_work_});
  const int ret = kick_ap(cpu, st, st.target);
  core.event(EventKind::Exit, cpu, {.step = prev_state, .value = st.state, .ret = ret});
  return ret;
}

/// kernel: cpuhp_thread_fun(), all its iterations: one callback each, until there is no next state
/// or one failed.
int Machine::thread_walk(CpuId cpu) {
  CpuRecord& st = rec(cpu);
  const bool bringup = st.bringup;
  while (st.should_run) {
    core.call("cpuhp_thread_fun", cpu);
    StateId state = st.cb_state;
    if (st.single) {
      st.should_run = false;
    } else if (!next_state(bringup, &state, st, st.target)) {
      st.should_run = false;
      break;
    }
    const bool atomic = table_.is_atomic(state);  // only a single call meets one here
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

/// What cpuhp/N does when it was woken: the walk, then the completion.
void Machine::cpuhp_thread_fun(CpuId cpu) {
  CpuRecord& st = rec(cpu);
  const bool bringup = st.bringup;
  if (rules_.decrement_first || st.single) {
    thread_walk(cpu);
  } else if (st.rollback) {  // after a refused takedown
    undo_down_v4_6(cpu, st, true);
    st.should_run = false;
  } else {
    st.result = bringup ? walk_up_v4_6(cpu, st, st.target, true)
                        : walk_down_v4_6(cpu, st, std::max(st.target, at_.teardown), true);
    st.should_run = false;
  }
  complete_ap_thread(st, bringup);
}

void Machine::park_cpuhp_thread(CpuId cpu) {
  core.call("kthread_park", cpu);
  core.spend(Phase::ParkThread, cpu);
  rec(cpu).thread_parked = true;
  core.event(EventKind::Park, cpu, {.name = name_cpuhp_});
}

void Machine::unpark_cpuhp_thread(CpuId cpu) {
  core.call("kthread_unpark", cpu);
  core.spend(Phase::ParkThread, cpu);
  rec(cpu).thread_parked = false;
  rec(cpu).has_thread = true;
  core.event(EventKind::Unpark, cpu, {.name = name_cpuhp_});
  if (rec(cpu).should_run) wake_cpuhp_thread(cpu);  // kicked while it was parked
}

/// From here on, or no longer, general work may run on the CPU.
void Machine::set_active(CpuId cpu, bool on) {
  core.rt.sync();
  if (active_.test(cpu) == on) return;
  active_.assign(cpu, on);
  core.event(on ? EventKind::MaskSet : EventKind::MaskClear, cpu, {.name = name_active_});
}

}  // namespace cpuhp
