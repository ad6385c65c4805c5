#include "model/hotplug/walk.hpp"

#include <algorithm>
#include <cassert>
#include <string>

#include "model/hotplug/callbacks.hpp"
#include "model/machine.hpp"

namespace cpuhp {
namespace {

/// True when the state is in that table. v4.6 has two tables, and a CPU's way through one table
/// skips the states of the other (docs/kernel.md 3.1). Later kernels have one table.
bool in_table(const Machine& m, StateId id, WalkTable table) {
  return table == WalkTable::One || m.table().is_ap(id) == (table == WalkTable::Ap);
}

WalkTable table_of(const Machine& m, bool ap) {
  return m.rules.decrement_first ? WalkTable::One : ap ? WalkTable::Ap : WalkTable::Control;
}

}  // namespace

void set_dying(Machine& m, CpuId walks, bool on) {
  // With the defect, a CPU's record has no CPU number until its threads are made, so the kernel
  // changes the bit of CPU 0 (acd508a1f8ab).
  const CpuId cpu = m.defect(Defect::DyingMaskOfCpu0) && !m.cpus[walks].threads_made ? 0 : walks;
  if (m.dying.test(cpu) == on) return;
  m.dying.assign(cpu, on);
  m.core.event(on ? EventKind::MaskSet : EventKind::MaskClear, cpu, {.name = m.name.dying});
}

StateId set_state(Machine& m, CpuId cpu, CpuRecord& st, StateId target) {
  assert(target >= m.at.offline && target <= m.at.online);
  const StateId prev_state = st.state;
  touch(m, cpu);
  st.rollback = false;
  st.last = kNoInstance;
  st.target = target;
  st.single = false;
  st.bringup = st.state < target;
  set_dying(m, cpu, !st.bringup);
  return prev_state;
}

void reset_state(Machine& m, CpuId cpu, CpuRecord& st, StateId prev_state) {
  const bool bringup = !st.bringup;
  st.target = prev_state;
  if (st.rollback) return;  // the CPU is on its way back already
  st.rollback = true;
  // st.last means that a state failed at one of its instances. The instances before it are undone
  // first, so this state is called again.
  const bool kept = st.bringup && st.state < m.at.bringup && m.defect(Defect::FailedPrepareFreed);
  if (st.last == kNoInstance && !kept)
    st.state = static_cast<StateId>(st.state + (st.bringup ? -1 : 1));
  st.bringup = bringup;
  set_dying(m, cpu, !bringup);
}

bool next_state(const Machine& m, bool bringup, StateId* state_to_run, CpuRecord& st,
                StateId target) {
  if (bringup ? st.state >= target : st.state <= target) return false;
  const StateId next = m.rules.empty_states_called
                           ? static_cast<StateId>(bringup ? st.state + 1 : st.state)
                           : next_callback(m.registered.states->slots, bringup, st.state);
  const bool goes_on = !is_beyond(bringup, next, target);
  if (goes_on) *state_to_run = next;
  st.state = goes_on ? static_cast<StateId>(bringup ? next : next - 1) : target;
  return goes_on;
}

int invoke_callback_range(Machine& m, bool bringup, CpuId cpu, CpuRecord& st, StateId target,
                          bool nofail) {
  StateId state = 0;
  int ret = 0;
  while (true) {
    walk_plain(m, bringup, cpu, st, target);
    if (!next_state(m, bringup, &state, st, target)) return ret;
    const int err = invoke_callback(m, cpu, state, bringup, kNoInstance, nullptr);
    if (err == 0) continue;
    if (!nofail) return err;
    warn(m, cpu,
         std::string("CPU ") + std::to_string(cpu) + (bringup ? " UP" : " DOWN") + " state " +
             m.step(state).name + " (" + std::to_string(state) + ") failed (" +
             std::to_string(err) + ")");
    ret = -1;
  }
}

void invoke_starting_range(Machine& m, bool bringup, CpuId cpu, StateId target) {
  assert(m.rt.cpu() == cpu);  // interrupts are off there
  CpuRecord& st = m.cpus[cpu];
  if (m.rules.control_is_late()) {
    bringup ? late_walk_up(m, cpu, st, target, table_of(m, true))
            : late_walk_down(m, cpu, st, target, table_of(m, true));
    return;
  }
  const int ret = invoke_callback_range(m, bringup, cpu, st, target, m.rules.atomic_errors_ignored);
  if (ret != 0 && !m.rules.atomic_errors_ignored)
    warn(m, cpu, "a STARTING or DYING callback failed");
}

int up_callbacks(Machine& m, CpuId cpu, CpuRecord& st, StateId target) {
  m.core.lock(kCpuHotplugLock).assert_held();
  if (m.rules.control_is_late()) return late_walk_up(m, cpu, st, target, table_of(m, false));
  const StateId prev_state = st.state;
  const int ret = invoke_callback_range(m, true, cpu, st, target, false);
  if (ret != 0) {
    reset_state(m, cpu, st, prev_state);
    if (invoke_callback_range(m, false, cpu, st, prev_state, false) != 0)
      warn(m, cpu, "rollback of a failed bring-up failed");
  }
  return ret;
}

int down_callbacks(Machine& m, CpuId cpu, CpuRecord& st, StateId target) {
  m.core.lock(kCpuHotplugLock).assert_held();
  if (m.rules.control_is_late()) return late_walk_down(m, cpu, st, target, table_of(m, false));
  const StateId prev_state = st.state;
  const int ret = invoke_callback_range(m, false, cpu, st, target, false);
  if (ret != 0) {
    reset_state(m, cpu, st, prev_state);
    const auto last = static_cast<StateId>(prev_state - (m.defect(Defect::UndoStopsEarly) ? 1 : 0));
    if (st.state < prev_state && invoke_callback_range(m, true, cpu, st, last, false) != 0)
      warn(m, cpu, "rollback of a failed takedown failed");
    else
      st.state = std::max(st.state, prev_state);
  }
  return ret;
}

// ------------------------------------------------------------------------------ up to 5.12

int late_walk_up(Machine& m, CpuId cpu, CpuRecord& st, StateId target, WalkTable table) {
  const StateId prev_state = st.state;
  while (st.state < target) {
    ++st.state;
    if (!in_table(m, st.state, table)) continue;
    // Checked before the call, because cpu:bringup changes the state.
    const bool atomic = m.table().is_atomic(st.state);
    const int ret = invoke_callback(m, cpu, st.state, true, kNoInstance, nullptr);
    if (ret == 0 || atomic) continue;
    st.target = prev_state;
    for (--st.state; st.state > st.target; --st.state)
      if (in_table(m, st.state, table) && !m.step(st.state).skip_onerr)
        invoke_callback(m, cpu, st.state, false, kNoInstance, nullptr);
    return ret;
  }
  return 0;
}

void late_undo_down(Machine& m, CpuId cpu, CpuRecord& st, WalkTable table) {
  for (++st.state; st.state < st.target; ++st.state)
    if (in_table(m, st.state, table) && !m.step(st.state).skip_onerr)
      invoke_callback(m, cpu, st.state, true, kNoInstance, nullptr);
}

int late_walk_down(Machine& m, CpuId cpu, CpuRecord& st, StateId target, WalkTable table) {
  const StateId prev_state = st.state;
  for (; st.state > target; --st.state) {
    if (!in_table(m, st.state, table)) continue;
    const int ret = invoke_callback(m, cpu, st.state, false, kNoInstance, nullptr);
    if (ret == 0 || m.table().is_atomic(st.state)) continue;
    st.target = prev_state;
    if (table != WalkTable::One || st.state < prev_state) late_undo_down(m, cpu, st, table);
    return ret;
  }
  return 0;
}

}  // namespace cpuhp
