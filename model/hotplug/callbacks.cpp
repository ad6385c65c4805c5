#include "model/hotplug/callbacks.hpp"

#include <cassert>
#include <cerrno>

#include "model/hotplug/caches.hpp"
#include "model/hotplug/cpuhp_thread.hpp"
#include "model/hotplug/down.hpp"
#include "model/hotplug/driver_calls.hpp"
#include "model/hotplug/readers.hpp"
#include "model/hotplug/sched.hpp"
#include "model/hotplug/up.hpp"
#include "model/machine.hpp"

namespace cpuhp {
namespace {

/// What identifies one call of a callback: the CPU's record and number, the state, the direction.
struct Place {
  CpuRecord& st;
  const StateSlot& slot;
  CpuId cpu;
  StateId state;
  bool bringup;
};

/// Returns the key of the random number that decides a callback's cost. `key`: the state's number
/// in costs and faults, which may differ from its number in the table.
DrawKey step_draw(const Machine& m, CpuId cpu, StateId key, bool bringup, InstanceId instance) {
  const std::uint32_t occurrence =
      m.registered.registering ? m.registered.registrations : m.core.occurrence[cpu];
  return {.seed = m.config.seed,
          .stream = m.registered.registering ? kRegistrationStream : kStepStream,
          .cpu = cpu,
          .state = key,
          .direction = static_cast<std::uint32_t>(bringup ? Direction::Up : Direction::Down),
          .occurrence = occurrence << 8 | (instance == kNoInstance ? 0u : instance + 1u)};
}

/// True when the callback takes cpus_read_lock(), which no callback may do. Up to 4.12 this worked
/// in the task that holds the lock as its writer (fc8dffd379ca).
bool reads_lock(const Machine& m, StateId key, bool bringup) {
  if (!takes_read_lock(m.config.declared[declared_index(key)].cpus_read_lock, bringup))
    return false;
  const bool by_walker = m.rt.role() == Role::Control || m.rt.role() == Role::Worker;
  return !m.rules.walker_reads_again || m.registered.registering || !by_walker;
}

/// Applies the scenario's faults to a callback. Returns the callback's error, or 0.
int strike(Machine& m, NameId callback, const FaultPlace& place) {
  m.core.strike(place, callback);
  int ret = 0;
  if (m.core.fault(FaultKind::NoMemory, place) != nullptr) ret = -ENOMEM;
  if (const Fault* f = m.core.fault(FaultKind::Error, place)) ret = f->error;
  return ret;
}

/// Returns the state whose teardown moves this kind of work to another CPU; -1: the table has none.
StateId mover_of(const Machine& m, Owned what) {
  if (what == Owned::Timers) return m.at.timers_prepare;
  if (what == Owned::FunctionCalls) return m.at.smpcfd_dying;
  return m.at.hrtimers_dying >= 0 ? m.at.hrtimers_dying : m.at.hrtimers_prepare;
}

/// Does the hotplug core's own work in the callbacks of some states.
void core_users(Machine& m, CpuId cpu, StateId state, bool bringup) {
  CpuRecord& st = m.cpus[cpu];
  if (state == m.at.threads_prepare && bringup && !st.threads_made) {
    st.threads_made = true;  // the threads stay even when the bring-up fails
    m.core.event(EventKind::Create, cpu, {.name = m.name.smpboot});
  }
  if (state == m.at.smpboot_threads)
    bringup ? unpark_smpboot_threads(m, cpu) : park_smpboot_threads(m, cpu);
  if (state == m.at.sched_wait_empty && !bringup) wait_empty(m, cpu);
  if (state == m.at.hrtimers_prepare && bringup) st.hrtimer_base = true;
  // Since 2f8dea1692ee the timer base is initialised here, too. A CPU that did not go down to
  // offline does not pass hrtimers:prepare again.
  if (state == m.at.hrtimers_dying && bringup && !m.defect(Defect::StaleHrtimerBase))
    st.hrtimer_base = true;
  if (state == m.blueprint->marks_perf)
    m.core.event(bringup ? EventKind::MaskSet : EventKind::MaskClear, cpu,
                 {.name = m.core.name("perf")});
  if (bringup) return;
  if (state == mover_of(m, Owned::Hrtimers)) st.hrtimer_base = false;
  for (const Owned what : {Owned::Hrtimers, Owned::Timers, Owned::FunctionCalls})
    if (state == mover_of(m, what))
      m.core.event(EventKind::Disown, cpu, {.name = m.owned_name(what)});
}

/// True when the walk may go on from one callback to the next without a look at what is between.
bool skips_ahead(const Machine& m, const CpuRecord& st) {
  return !m.rt.exact() && !m.rules.empty_states_called && st.last == kNoInstance;
}

/// True when the core's own work in this callback may wait, or may fail.
bool may_wait(const Machine& m, StateId state, bool bringup) {
  return !bringup || state == m.at.kick_ap || state == m.at.bringup || state == m.at.sched_active ||
         state == m.at.cachectrl || m.slot(state).multi;
}

/// Takes or gives back the resources of a state: a successful startup takes them, a teardown gives
/// them back. A failed startup keeps only the resources that are declared to be kept on an error.
void use_resources(Machine& m, CpuId cpu, StateId state, bool bringup, InstanceId instance,
                   int ret) {
  const std::size_t driver = declared_index(m.slot(state).key);
  for (const StateResource& resource : m.config.declared[driver].resources)
    if (ret == 0 || (bringup && resource.kept_on_error))
      m.core.event(bringup ? EventKind::Take : EventKind::Give, cpu,
                   {.step = state,
                    .name = m.core.name(resource.name),
                    .instance = instance == kNoInstance ? InstanceId{0} : instance});
}

/// Runs a callback: its cost, its faults, and the hotplug core's own work in it.
int run_callback(Machine& m, CpuId cpu, StateId state, bool bringup, InstanceId instance) {
  const StateSlot& at = m.slot(state);
  if (at.core_user) {
    if (state == m.at.kick_ap && bringup) return kick_ap_alive(m, cpu);
    if (state == m.at.bringup && !bringup) return finish_cpu(m, cpu);
    if (state == m.at.bringup) {
      // The architecture does not boot this CPU.
      const Fault* f =
          m.core.fault(FaultKind::Error, {.cpu = cpu, .state = state, .bringup = true});
      return f != nullptr ? f->error : bringup_cpu(m, cpu);
    }
    if (state == m.at.teardown && !bringup) return takedown_cpu(m, cpu);
    if (state == m.at.sched_active && !bringup) {
      set_active(m, cpu, false);
      m.design->deactivated(cpu);
      rebuild_domains(m, cpu);
    }
  }
  const Direction direction = bringup ? Direction::Up : Direction::Down;
  const StateId key = at.key;
  const bool reads = (is_declared(key) && reads_lock(m, key, bringup)) ||
                     (bringup && state == m.blueprint->takes_hotplug_lock);
  if (reads) cpus_read_lock(m, cpu);
  if (!m.readers.live.empty()) flush_readers(m, cpu, key, bringup);
  const auto pay = [&] {
    m.core.spend(m.core.costs.step(key, direction), cpu, step_draw(m, cpu, key, bringup, instance));
  };
  if (state == m.at.cachectrl && bringup)
    set_up_caches(m, cpu, pay);
  else
    pay();
  int ret = 0;
  if (!m.core.plan.empty())
    ret = strike(m, at.symbol(bringup),
                 {.cpu = cpu,
                  .state = key,
                  .bringup = bringup,
                  .instance = instance,
                  .rollback = m.cpus[cpu].rollback});
  if (is_declared(key) && ret == 0) ret = call_driver(m, cpu, state, bringup, instance);
  if (is_declared(key)) use_resources(m, cpu, state, bringup, instance, ret);
  if (reads) cpus_read_unlock(m, cpu);
  if (!at.core_user) return ret;
  if (ret == 0) core_users(m, cpu, state, bringup);
  if (state == m.at.sched_active && bringup && ret == 0) activated(m, cpu);
  if (state == m.at.sched_active && !bringup && ret != 0) deactivate_failed(m, cpu);
  return ret;
}

/// entered() and left() are the two tracepoints of a callback.
[[gnu::always_inline]] inline void entered(Machine& m, const Place& at, InstanceId node) {
  const bool multi = node != kNoInstance;
  m.rt.emit({.cpu = at.cpu,
             .name = at.slot.symbol(at.bringup),
             .step = at.state,
             .value = at.st.target,
             .instance = multi ? node : InstanceId{0},
             .kind = multi ? EventKind::MultiEnter : EventKind::Enter});
}

[[gnu::always_inline]] inline void left(Machine& m, const Place& at, InstanceId node, int ret) {
  m.rt.emit({.cpu = at.cpu,
             .ret = ret,
             .step = at.state,
             .value = at.st.state,
             .instance = node != kNoInstance ? node : InstanceId{0},
             .kind = EventKind::Exit});
}

/// Begins a callback that only spends CPU time, and spends it: one random number.
[[gnu::always_inline]] inline void begin_pass(Machine& m, const Place& at, InstanceId node,
                                              const PlainWork& work) {
  entered(m, at, node);
  Ns length = work.least;
  if (work.range > 0) {
    const DrawKey key = step_draw(m, at.cpu, at.state, at.bringup, node);
    length += Ns{scale_bits(m.core.draw_bits(key), work.range)};
  }
  m.rt.work(length);
}

/// Runs a callback that only spends CPU time, with its two events.
[[gnu::always_inline]] inline void pass(Machine& m, const Place& at, InstanceId node,
                                        const PlainWork& work) {
  begin_pass(m, at, node, work);
  left(m, at, node, 0);
}

/// Calls one callback, with a tracepoint before and after it.
int call(Machine& m, CpuId cpu, StateId state, bool bringup, InstanceId node) {
  const Place at{m.cpus[cpu], m.slot(state), cpu, state, bringup};
  const PlainWork* const work = at.slot.core_user ? nullptr : plain_work(m, state, bringup);
  if (work != nullptr) {
    pass(m, at, node, *work);
    return 0;
  }
  entered(m, at, node);
  m.core.call(at.slot.symbol(bringup), cpu);
  const int ret = run_callback(m, cpu, state, bringup, node);
  left(m, at, node, ret);
  return ret;
}

/// Undoes the instances that were called before the failed one, in the order of their calls. Used
/// where no record of the failed instance (`last`) is kept for a later undo.
int rollback_instances(Machine& m, CpuId cpu, StateId state, bool bringup, std::size_t count,
                       int error) {
  if (step_empty(m, !bringup, state)) return error;
  int ret = error;
  const auto& nodes = m.instances(state);
  for (std::size_t i = 0; i < count; ++i) {
    ret = call(m, cpu, state, !bringup, nodes[i]);
    if (ret != 0) warn(m, cpu, "rollback of an instance failed");
  }
  // B22, up to 6.18: the rollback's result replaces the error (673db10729fb).
  return m.rules.instance_error_lost && count > 0 ? ret : error;
}

/// Calls the callback for every instance, in list order in both directions (I2).
int invoke_instances(Machine& m, CpuId cpu, StateId state, bool bringup, InstanceId* last) {
  std::size_t done = 0;
  for (const InstanceId node : m.instances(state)) {
    if (last != nullptr && node == *last) break;
    const int ret = call(m, cpu, state, bringup, node);
    if (ret != 0) {
      if (last == nullptr) return rollback_instances(m, cpu, state, bringup, done, ret);
      *last = node;
      return ret;
    }
    ++done;
  }
  if (last != nullptr) *last = kNoInstance;
  return 0;
}

}  // namespace

bool step_empty(const Machine& m, bool bringup, StateId id) {
  return m.slot(id).symbol(bringup) == 0;
}

void own(Machine& m, CpuId cpu, Owned what) {
  const StateId mover = mover_of(m, what);
  if (mover >= 0 && !step_empty(m, false, mover))
    m.core.event(EventKind::Own, cpu, {.name = m.owned_name(what)});
}

const PlainWork* plain_work(const Machine& m, StateId state, bool bringup) {
  const Direction way = bringup ? Direction::Up : Direction::Down;
  const PlainWork& work =
      m.blueprint->plain_work[static_cast<std::size_t>(way)][static_cast<std::size_t>(state)];
  const bool plain = work.range >= 0 && m.slot(state).key == state && m.core.undisturbed(state);
  return plain ? &work : nullptr;
}

bool walk_plain(Machine& m, bool bringup, CpuId cpu, CpuRecord& st, StateId target) {
  if (!skips_ahead(m, st)) return false;
  bool any = false;
  while (bringup ? st.state < target : st.state > target) {
    const StateId state = next_callback(m.registered.states->slots, bringup, st.state);
    if (is_beyond(bringup, state, target) || st.fail == state) break;
    const Place at{st, m.slot(state), cpu, state, bringup};
    const PlainWork* const work = plain_work(m, state, bringup);
    if (work == nullptr || (at.slot.core_user && may_wait(m, state, bringup))) break;
    any = true;
    st.state = static_cast<StateId>(bringup ? state : state - 1);
    if (at.slot.core_user)
      call(m, cpu, state, bringup, kNoInstance);
    else if (!at.slot.multi)
      pass(m, at, kNoInstance, *work);
    else
      for (const InstanceId node : m.instances(state)) pass(m, at, node, *work);
  }
  return any;
}

void walk_up_then(Machine& m, CpuId cpu, CpuRecord& st, const Action& rest) {
  walk_plain(m, true, cpu, st, st.target);
  const StateId state = next_callback(m.registered.states->slots, true, st.state);
  if (is_beyond(true, state, st.target)) return rest();
  const bool activates = state == m.at.sched_active && st.fail != state && skips_ahead(m, st) &&
                         !domains_rebuilt_at_once(m);
  const PlainWork* const work = activates ? plain_work(m, state, true) : nullptr;
  if (work == nullptr) return m.rt.may_wait_then(rest);
  st.state = state;
  const Place at{st, m.slot(state), cpu, state, true};
  begin_pass(m, at, kNoInstance, *work);
  m.rt.settle_then(writes(Object::Active, cpu), [&m, at, rest] {
    set_active(m, at.cpu, true);
    left(m, at, kNoInstance, 0);
    walk_up_then(m, at.cpu, at.st, rest);
  });
}

int invoke_callback(Machine& m, CpuId cpu, StateId state, bool bringup, InstanceId node,
                    InstanceId* last) {
  assert(m.table().valid(state));
  CpuRecord& st = m.cpus[cpu];
  m.core.call("cpuhp_invoke_callback", cpu);
  if (st.fail == state) {
    st.fail = -1;
    if (m.rules.empty_states_called && step_empty(m, bringup, state)) return 0;
    m.core.event(EventKind::Injected, cpu,
                 {.step = state, .value = st.state, .ret = -EAGAIN, .name = m.name.fail});
    return -EAGAIN;
  }
  const StateSlot& at = m.slot(state);
  if (at.symbol(bringup) == 0) return 0;
  if (!at.multi) return call(m, cpu, state, bringup, kNoInstance);
  if (node != kNoInstance) return call(m, cpu, state, bringup, node);
  return invoke_instances(m, cpu, state, bringup, last);
}

}  // namespace cpuhp
