// The walks (a CPU's way through the states): in which order states are called, and how a walk goes
// back after a failure (docs/kernel.md 3.3, 4.4).
#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <string>

#include "model/machine.hpp"

namespace cpuhp {
namespace {

constexpr std::uint32_t kStepStream = 2, kRegistrationStream = 3;

/// Returns the next state with a callback for a CPU in `state`. When there is none, returns a
/// number outside of the table.
StateId next_callback(const std::vector<StateSlot>& slots, bool bringup, StateId state) {
  const auto first = static_cast<std::size_t>(bringup ? state + 1 : state);
  return bringup ? slots[first].next_up : slots[first].next_down;
}

/// True when the state lies beyond the target.
bool is_beyond(bool bringup, StateId state, StateId target) {
  return bringup ? state > target : state <= target;
}

}  // namespace

/// What identifies one call of a callback: the CPU's record and number, the state, the direction.
struct Machine::Place {
  CpuRecord& st;
  const StateSlot& slot;
  CpuId cpu;
  StateId state;
  bool bringup;
};

/// kernel: cpuhp_step_empty(). A multi-instance state counts as not empty even without instances.
bool Machine::step_empty(bool bringup, StateId id) const { return slot(id).symbol(bringup) == 0; }

/// Returns the key of the random number that decides a callback's cost. `key`: the state's number
/// in costs and faults, which may differ from its number in the table.
DrawKey Machine::step_draw(CpuId cpu, StateId key, bool bringup, InstanceId instance) const {
  const std::uint32_t occurrence = registering_ ? registrations_ : core.occurrence[cpu];
  return {.seed = config_.seed,
          .stream = registering_ ? kRegistrationStream : kStepStream,
          .cpu = cpu,
          .state = key,
          .direction = static_cast<std::uint32_t>(bringup ? Direction::Up : Direction::Down),
          .occurrence = occurrence << 8 | (instance == kNoInstance ? 0u : instance + 1u)};
}

/// Runs a callback: its cost, its faults, and the hotplug core's own work in it.
int Machine::run_callback(CpuId cpu, StateId state, bool bringup, InstanceId instance) {
  const StateSlot& at = slot(state);
  if (at.core_user) {
    if (state == at_.kick_ap && bringup) return kick_ap_alive(cpu);
    if (state == at_.bringup) return bringup ? bringup_cpu(cpu) : finish_cpu(cpu);
    if (state == at_.teardown && !bringup) return takedown_cpu(cpu);
    if (state == at_.sched_active && !bringup) {
      set_active(cpu, false);
      design_->deactivated(cpu);
    }
  }
  const Direction direction = bringup ? Direction::Up : Direction::Down;
  const StateId key = at.key;
  const bool reads = is_declared(key) && reads_lock(key, bringup);
  if (reads) core.lock(kCpuHotplugLock).read_lock(core, cpu);
  core.spend(core.costs.step(key, direction), cpu, step_draw(cpu, key, bringup, instance));
  int ret = 0;
  if (!core.faultless())
    ret = strike(at.symbol(bringup), {.cpu = cpu,
                                      .state = key,
                                      .bringup = bringup,
                                      .instance = instance,
                                      .rollback = rec(cpu).rollback});
  if (is_declared(key)) use_resources(cpu, state, bringup, instance, ret);
  if (reads) core.lock(kCpuHotplugLock).read_unlock(core, cpu);
  if (!at.core_user) return ret;
  if (ret == 0) core_users(cpu, state, bringup);
  // sched_cpu_deactivate() sets active again before it returns an error, because the rollback does
  // not call the startup of the failed step.
  if (state == at_.sched_active && (bringup ? ret == 0 : ret != 0)) set_active(cpu, true);
  return ret;
}

/// True when the callback takes cpus_read_lock(), which no callback may do. Up to 4.12 this worked
/// in the task that holds the lock as its writer (fc8dffd379ca).
bool Machine::reads_lock(StateId key, bool bringup) const {
  if (!takes_read_lock(config_.declared[declared_index(key)].cpus_read_lock, bringup)) return false;
  const bool by_walker = core.rt.role() == Role::Control || core.rt.role() == Role::Worker;
  return !rules_.walker_reads_again || registering_ || !by_walker;
}

/// Applies the scenario's faults to a callback. Returns the callback's error, or 0.
int Machine::strike(NameId callback, const FaultPlace& place) {
  core.strike(place, callback);
  int ret = 0;
  if (core.fault(FaultKind::NoMemory, place) != nullptr) ret = -ENOMEM;
  if (const Fault* f = core.fault(FaultKind::Error, place)) ret = f->error;
  return ret;
}

/// Does the hotplug core's own work in the callbacks of some states.
void Machine::core_users(CpuId cpu, StateId state, bool bringup) {
  CpuRecord& st = rec(cpu);
  if (state == at_.threads_prepare && bringup && !st.threads_made) {
    st.threads_made = true;  // the threads stay even when the bring-up fails
    core.event(EventKind::Create, cpu, {.name = name_.smpboot});
  }
  if (state == at_.smpboot_threads)
    bringup ? unpark_smpboot_threads(cpu) : park_smpboot_threads(cpu);
  if (state == at_.sched_wait_empty && !bringup) wait_empty(cpu);
  const StateId leaves = at_.hrtimers_dying >= 0 ? at_.hrtimers_dying : at_.hrtimers_prepare;
  if (state == at_.hrtimers_prepare && bringup) st.hrtimer_base = true;
  // Since 2f8dea1692ee the timer base is initialised here, too. A CPU that did not go down to
  // offline does not pass hrtimers:prepare again.
  if (state == at_.hrtimers_dying && bringup && !defect(Defect::StaleHrtimerBase))
    st.hrtimer_base = true;
  if (state == leaves && !bringup) {
    st.hrtimer_base = false;
    disown(cpu, Owned::Hrtimers);
  }
  if (state == at_.timers_prepare && !bringup) disown(cpu, Owned::Timers);
  if (state == at_.smpcfd_dying && !bringup) disown(cpu, Owned::FunctionCalls);
}

/// Notes that work is queued on a CPU, which has to hand it over when it goes down. Does nothing
/// when the table lacks the state that moves this kind of work.
void Machine::own(CpuId cpu, Owned what) {
  const std::array<StateId, kOwned> movers{
      at_.hrtimers_dying >= 0 ? at_.hrtimers_dying : at_.hrtimers_prepare, at_.timers_prepare,
      at_.smpcfd_dying};
  const StateId mover = movers[static_cast<std::size_t>(what)];
  if (mover >= 0 && !step_empty(false, mover))
    core.event(EventKind::Own, cpu, {.name = owned_name(what)});
}

void Machine::disown(CpuId cpu, Owned what) {
  core.event(EventKind::Disown, cpu, {.name = owned_name(what)});
}

/// Takes or gives back the resources of a state: a successful startup takes them, a teardown gives
/// them back. A failed startup keeps only the resources that are declared to be kept on an error.
void Machine::use_resources(CpuId cpu, StateId state, bool bringup, InstanceId instance, int ret) {
  const StateId key = slot(state).key;
  for (const Resource& resource : resources_[declared_index(key)])
    if (ret == 0 || (bringup && resource.kept_on_error))
      core.event(bringup ? EventKind::Take : EventKind::Give, cpu,
                 {.step = state,
                  .name = resource.name,
                  .instance = instance == kNoInstance ? InstanceId{0} : instance});
}

/// entered() and left() are the two tracepoints of a callback.
[[gnu::always_inline]] inline void Machine::entered(const Place& at, InstanceId node) {
  const bool multi = node != kNoInstance;
  core.rt.emit({.cpu = at.cpu,
                .name = at.slot.symbol(at.bringup),
                .step = at.state,
                .value = at.st.target,
                .instance = multi ? node : InstanceId{0},
                .kind = multi ? EventKind::MultiEnter : EventKind::Enter});
}

[[gnu::always_inline]] inline void Machine::left(const Place& at, InstanceId node, int ret) {
  core.rt.emit({.cpu = at.cpu,
                .ret = ret,
                .step = at.state,
                .value = at.st.state,
                .instance = node != kNoInstance ? node : InstanceId{0},
                .kind = EventKind::Exit});
}

/// Returns the cost of a callback that only spends CPU time and has no fault. Returns nullptr for
/// all other callbacks.
const PlainWork* Machine::plain_work(StateId state, bool bringup) const {
  const Direction way = bringup ? Direction::Up : Direction::Down;
  const PlainWork& work =
      blueprint_->plain_work[static_cast<std::size_t>(way)][static_cast<std::size_t>(state)];
  const bool plain = work.range >= 0 && slot(state).key == state && core.undisturbed(state);
  return plain ? &work : nullptr;
}

/// Runs a callback that only spends CPU time: one random number for its cost, and two events.
[[gnu::always_inline]] inline void Machine::pass(const Place& at, InstanceId node,
                                                 const PlainWork& work) {
  entered(at, node);
  Ns length = work.least;
  if (work.range > 0) {
    const DrawKey key = step_draw(at.cpu, at.state, at.bringup, node);
    length += Ns{scale_bits(core.draw_bits(key), work.range)};
  }
  core.rt.work(length);
  left(at, node, 0);
}

/// Calls one callback, with a tracepoint before and after it.
int Machine::call(CpuId cpu, StateId state, bool bringup, InstanceId node) {
  const Place at{rec(cpu), slot(state), cpu, state, bringup};
  const PlainWork* const work = at.slot.core_user ? nullptr : plain_work(state, bringup);
  if (work != nullptr) {
    pass(at, node, *work);
    return 0;
  }
  entered(at, node);
  core.call(at.slot.symbol(bringup), cpu);
  const int ret = run_callback(cpu, state, bringup, node);
  left(at, node, ret);
  return ret;
}

/// Fast path of invoke_callback(): runs the CPU's next callbacks as long as each only spends CPU
/// time (plain_work()). Returns true when it ran any.
bool Machine::walk_plain(bool bringup, CpuId cpu, CpuRecord& st, StateId target) {
  if (core.rt.exact() || rules_.empty_states_called || st.last != kNoInstance) return false;
  bool any = false;
  while (bringup ? st.state < target : st.state > target) {
    const StateId state = next_callback(slots_, bringup, st.state);
    if (is_beyond(bringup, state, target) || st.fail == state) break;
    const Place at{st, slot(state), cpu, state, bringup};
    const PlainWork* const work = at.slot.core_user ? nullptr : plain_work(state, bringup);
    if (work == nullptr) break;
    any = true;
    st.state = static_cast<StateId>(bringup ? state : state - 1);
    if (!at.slot.multi)
      pass(at, kNoInstance, *work);
    else
      for (const InstanceId node : instances_[state]) pass(at, node, *work);
  }
  return any;
}

/// kernel: cpuhp_invoke_callback().
int Machine::invoke_callback(CpuId cpu, StateId state, bool bringup, InstanceId node,
                             InstanceId* last) {
  assert(table_->valid(state));
  CpuRecord& st = rec(cpu);
  core.call("cpuhp_invoke_callback", cpu);
  if (st.fail == state) {
    st.fail = -1;
    if (rules_.empty_states_called && step_empty(bringup, state)) return 0;
    core.event(EventKind::Injected, cpu,
               {.step = state, .value = st.state, .ret = -EAGAIN, .name = name_.fail});
    return -EAGAIN;
  }
  const StateSlot& at = slot(state);
  if (at.symbol(bringup) == 0) return 0;
  if (!at.multi) return call(cpu, state, bringup, kNoInstance);
  if (node != kNoInstance) return call(cpu, state, bringup, node);
  return invoke_instances(cpu, state, bringup, last);
}

/// Calls the callback for every instance, in list order in both directions (I2).
int Machine::invoke_instances(CpuId cpu, StateId state, bool bringup, InstanceId* last) {
  std::size_t done = 0;
  for (const InstanceId node : instances_[state]) {
    if (last != nullptr && node == *last) break;
    const int ret = call(cpu, state, bringup, node);
    if (ret != 0) {
      if (last == nullptr) return rollback_instances(cpu, state, bringup, done, ret);
      *last = node;
      return ret;
    }
    ++done;
  }
  if (last != nullptr) *last = kNoInstance;
  return 0;
}

/// Undoes the instances that were called before the failed one, in the order of their calls. Used
/// where no record of the failed instance (`last`) is kept for a later undo.
int Machine::rollback_instances(CpuId cpu, StateId state, bool bringup, std::size_t count,
                                int error) {
  if (step_empty(!bringup, state)) return error;
  int ret = error;
  const auto& nodes = instances_[state];
  for (std::size_t i = 0; i < count; ++i) {
    ret = call(cpu, state, !bringup, nodes[i]);
    if (ret != 0) warn(cpu, "rollback of an instance failed");
  }
  // B22, up to 6.18: the rollback's result replaces the error (673db10729fb).
  return rules_.instance_error_lost && count > 0 ? ret : error;
}

/// kernel: cpuhp_next_state(). Sets the CPU's state before the callback runs. From 5.13 on, skips
/// states without a callback.
bool Machine::next_state(bool bringup, StateId* state_to_run, CpuRecord& st, StateId target) const {
  if (bringup ? st.state >= target : st.state <= target) return false;
  const StateId next = rules_.empty_states_called
                           ? static_cast<StateId>(bringup ? st.state + 1 : st.state)
                           : next_callback(slots_, bringup, st.state);
  const bool goes_on = !is_beyond(bringup, next, target);
  if (goes_on) *state_to_run = next;
  st.state = goes_on ? static_cast<StateId>(bringup ? next : next - 1) : target;
  return goes_on;
}

/// kernel: __cpuhp_invoke_callback_range().
int Machine::invoke_callback_range(bool bringup, CpuId cpu, CpuRecord& st, StateId target,
                                   bool nofail) {
  StateId state = 0;
  int ret = 0;
  while (true) {
    walk_plain(bringup, cpu, st, target);
    if (!next_state(bringup, &state, st, target)) return ret;
    const int err = invoke_callback(cpu, state, bringup, kNoInstance, nullptr);
    if (err == 0) continue;
    if (!nofail) return err;
    warn(cpu, std::string("CPU ") + std::to_string(cpu) + (bringup ? " UP" : " DOWN") + " state " +
                  step(state).name + " (" + std::to_string(state) + ") failed (" +
                  std::to_string(err) + ")");
    ret = -1;
  }
}

/// STARTING and DYING callbacks must not fail. From 5.13 to 6.1 an error ended the walk (B18). In
/// other kernels the walk continues.
void Machine::invoke_starting_range(bool bringup, CpuId cpu, StateId target) {
  assert(core.rt.cpu() == cpu);  // interrupts are off there
  CpuRecord& st = rec(cpu);
  if (rules_.control_is_late()) {
    bringup ? late_walk_up(cpu, st, target, table_of(true))
            : late_walk_down(cpu, st, target, table_of(true));
    return;
  }
  const int ret = invoke_callback_range(bringup, cpu, st, target, rules_.atomic_errors_ignored);
  if (ret != 0 && !rules_.atomic_errors_ignored) warn(cpu, "a STARTING or DYING callback failed");
}

void Machine::set_dying(CpuId walks, bool on) {
  // With the defect, a CPU's record has no CPU number until its threads are made, so the kernel
  // changes the bit of CPU 0 (acd508a1f8ab).
  const CpuId cpu = defect(Defect::DyingMaskOfCpu0) && !rec(walks).threads_made ? 0 : walks;
  if (dying_.test(cpu) == on) return;
  dying_.assign(cpu, on);
  core.event(on ? EventKind::MaskSet : EventKind::MaskClear, cpu, {.name = name_.dying});
}

/// kernel: cpuhp_set_state().
StateId Machine::set_state(CpuId cpu, CpuRecord& st, StateId target) {
  assert(target >= at_.offline && target <= at_.online);
  const StateId prev_state = st.state;
  touch(cpu);
  st.rollback = false;
  st.last = kNoInstance;
  st.target = target;
  st.single = false;
  st.bringup = st.state < target;
  set_dying(cpu, !st.bringup);
  return prev_state;
}

/// kernel: cpuhp_reset_state(). Makes the CPU go back to `prev_state`, without an undo of the
/// failed step itself.
void Machine::reset_state(CpuId cpu, CpuRecord& st, StateId prev_state) {
  const bool bringup = !st.bringup;
  st.target = prev_state;
  if (st.rollback) return;  // the CPU is on its way back already
  st.rollback = true;
  // st.last means that a state failed at one of its instances. The instances before it are undone
  // first, so this state is called again.
  if (st.last == kNoInstance) st.state = static_cast<StateId>(st.state + (st.bringup ? -1 : 1));
  st.bringup = bringup;
  set_dying(cpu, !bringup);
}

/// kernel: cpuhp_up_callbacks(): the control CPU's part of a bring-up.
int Machine::up_callbacks(CpuId cpu, CpuRecord& st, StateId target) {
  assert_held(kCpuHotplugLock);
  if (rules_.control_is_late()) return late_walk_up(cpu, st, target, table_of(false));
  const StateId prev_state = st.state;
  const int ret = invoke_callback_range(true, cpu, st, target, false);
  if (ret != 0) {
    reset_state(cpu, st, prev_state);
    if (invoke_callback_range(false, cpu, st, prev_state, false) != 0)
      warn(cpu, "rollback of a failed bring-up failed");
  }
  return ret;
}

/// kernel: cpuhp_down_callbacks(): the control CPU's part of a takedown.
int Machine::down_callbacks(CpuId cpu, CpuRecord& st, StateId target) {
  assert_held(kCpuHotplugLock);
  if (rules_.control_is_late()) return late_walk_down(cpu, st, target, table_of(false));
  const StateId prev_state = st.state;
  const int ret = invoke_callback_range(false, cpu, st, target, false);
  if (ret != 0) {
    reset_state(cpu, st, prev_state);
    const auto last = static_cast<StateId>(prev_state - (defect(Defect::UndoStopsEarly) ? 1 : 0));
    if (st.state < prev_state && invoke_callback_range(true, cpu, st, last, false) != 0)
      warn(cpu, "rollback of a failed takedown failed");
    else
      st.state = std::max(st.state, prev_state);
  }
  return ret;
}

// ------------------------------------------------------------------------------ up to 5.12

/// True when the state is in that table. v4.6 has two tables, and a CPU's way through one table
/// skips the states of the other (docs/kernel.md 3.1). Later kernels have one table.
bool Machine::in_table(StateId id, Table table) const {
  return table == Table::One || table_->is_ap(id) == (table == Table::Ap);
}

/// Walks up: the state changes before the callback runs. When step k fails, k-1 .. prev+1 are
/// undone, except states with skip_onerr.
int Machine::late_walk_up(CpuId cpu, CpuRecord& st, StateId target, Table table) {
  const StateId prev_state = st.state;
  while (st.state < target) {
    ++st.state;
    if (!in_table(st.state, table)) continue;
    // Checked before the call, because cpu:bringup changes the state.
    const bool atomic = table_->is_atomic(st.state);
    const int ret = invoke_callback(cpu, st.state, true, kNoInstance, nullptr);
    if (ret == 0 || atomic) continue;
    st.target = prev_state;
    for (--st.state; st.state > st.target; --st.state)
      if (in_table(st.state, table) && !step(st.state).skip_onerr)
        invoke_callback(cpu, st.state, false, kNoInstance, nullptr);
    return ret;
  }
  return 0;
}

/// Undoes a failed walk down, from the state above the present state on. A state with skip_onerr is
/// not called, because its callback has undone its own notifier chain.
void Machine::late_undo_down(CpuId cpu, CpuRecord& st, Table table) {
  for (++st.state; st.state < st.target; ++st.state)
    if (in_table(st.state, table) && !step(st.state).skip_onerr)
      invoke_callback(cpu, st.state, true, kNoInstance, nullptr);
}

/// Walks down: the state changes after the callback has run. When already the first step fails,
/// v4.6's undo leaves the state one too high (docs/kernel.md 3.3); 69fa6eb7d6a6 corrected this.
int Machine::late_walk_down(CpuId cpu, CpuRecord& st, StateId target, Table table) {
  const StateId prev_state = st.state;
  for (; st.state > target; --st.state) {
    if (!in_table(st.state, table)) continue;
    const int ret = invoke_callback(cpu, st.state, false, kNoInstance, nullptr);
    if (ret == 0 || table_->is_atomic(st.state)) continue;
    st.target = prev_state;
    if (table != Table::One || st.state < prev_state) late_undo_down(cpu, st, table);
    return ret;
  }
  return 0;
}

}  // namespace cpuhp
