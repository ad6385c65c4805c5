#include "model/designs/notifier.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <functional>
#include <string_view>

#include "model/hotplug/callbacks.hpp"
#include "model/hotplug/cpuhp_thread.hpp"
#include "model/hotplug/down.hpp"
#include "model/hotplug/sched.hpp"
#include "model/hotplug/up.hpp"
#include "model/hotplug/walk.hpp"
#include "model/machine.hpp"

namespace cpuhp {
namespace {

/// The priorities of the notifiers that later became these states (docs/kernel.md 2.5). Used when
/// the table gives none. Code with another priority on the way down had registered two notifiers.
struct KnownPriority {
  std::string_view state;
  int up, down;
};
constexpr std::array<KnownPriority, 5> kKnown{{
    {"sched:active", INT_MAX, INT_MIN + 1},
    {"perf:prepare", 20, 20},
    {"smpboot/threads:online", 9, 9},
    {"workqueue:prepare", 5, 5},
    {"workqueue:online", 5, -5},
}};

int priority(const State& s, bool up) {
  if (s.priority != 0) return s.priority;
  for (const KnownPriority& k : kKnown)
    if (k.state == s.name) return up ? k.up : k.down;
  return 0;
}

}  // namespace

/// Notifiers are called by descending priority; those with equal priority in the order of
/// registration.
void add_chains(Blueprint& b, const std::vector<StateId>& uninstalled) {
  const Anchors& at = b.table.anchors();
  for (const Section section : {Section::Prepare, Section::Starting, Section::Online})
    for (const bool up : {true, false}) {
      std::vector<StateId>& list = b.chains[{section, up}];
      for (const State& s : b.table.all()) {
        const bool core = s.id == at.threads_prepare || s.id == at.bringup || s.id == at.kick_ap;
        // A notifier unparked the per-CPU threads, but none parked them (docs/kernel.md 2.6).
        const bool parks = s.id == at.smpboot_threads && !up;
        const bool called = b.slots[static_cast<std::size_t>(s.id)].symbol(up) != 0 &&
                            std::ranges::count(uninstalled, s.id) == 0;
        if (s.section == section && !core && !parks && called) list.push_back(s.id);
      }
      std::ranges::stable_sort(list, std::greater(),
                               [&](StateId s) { return priority(b.table.at(s), up); });
    }
}

const std::vector<StateId>& NotifierDesign::chain(Section section, bool up) const {
  return m_.blueprint->chains.at({section, up});
}

/// Calls the callback of one state. Before that, sets the CPU's state as later kernels do: to this
/// state on the way up, to the state below it on the way down.
int NotifierDesign::invoke(CpuId cpu, StateId state, bool up) {
  m_.cpus[cpu].state = static_cast<StateId>(up ? state : state - 1);
  return invoke_callback(m_, cpu, state, up, kNoInstance, nullptr);
}

/// Calls the chain up to the first callback that refuses. `called`: number of successful calls.
int NotifierDesign::notify(CpuId cpu, Section section, bool up, std::size_t* called) {
  *called = 0;
  for (const StateId state : chain(section, up)) {
    const int ret = invoke(cpu, state, up);
    if (ret != 0) return ret;
    ++*called;
  }
  return 0;
}

/// Calls UP_CANCELED or DOWN_FAILED of the notifiers before the one that failed, in list order
/// (docs/kernel.md 2.6).
void NotifierDesign::undo(CpuId cpu, Section section, bool up, std::size_t called) {
  const std::vector<StateId>& list = chain(section, up);
  for (std::size_t i = 0; i < called; ++i)
    if (!step_empty(m_, !up, list[i])) invoke(cpu, list[i], !up);
}

void NotifierDesign::atomic_callbacks(CpuId cpu, bool up) {
  for (const StateId state : chain(Section::Starting, up)) invoke(cpu, state, up);
  m_.cpus[cpu].state = up ? m_.at.ap_online : m_.at.ap_offline;
}

int NotifierDesign::cpu_up(CpuId cpu, StateId) {
  if (cpu >= m_.cpus.size()) return -EINVAL;
  return with_lock(m_, kCpuAddRemoveLock, cpu,
                   [&] { return m_.suspend.hotplug_disabled > 0 ? -EBUSY : up_in_series(cpu); });
}

int NotifierDesign::up_in_series(CpuId cpu) {
  return as_cpus_writer(m_, cpu, [&] {
    m_.rt.settle(reads(Object::Online, cpu));
    if (m_.core.online.test(cpu) || !m_.present.test(cpu)) return -EINVAL;
    return smt_allowed(m_, cpu) ? up_locked(cpu) : -EPERM;
  });
}

int NotifierDesign::up_locked(CpuId cpu) {
  CpuRecord& st = m_.cpus[cpu];
  if (fault(m_, FaultKind::NoMemory, cpu) != nullptr) return -ENOMEM;  // idle_thread_get() failed
  ++m_.core.occurrence[cpu];
  m_.core.spend(Phase::CpuUp, cpu);
  set_state(m_, cpu, st, m_.at.online);
  int ret = m_.at.threads_prepare < 0 ? 0 : invoke(cpu, m_.at.threads_prepare, true);
  std::size_t called = 0;
  if (ret == 0) {
    ret = notify(cpu, Section::Prepare, true, &called);
    if (ret == 0) {
      ret = with_lock(m_, kSparseIrqLock, cpu, [&] {
        st.state = m_.at.bringup;
        return arch_cpu_up(m_, cpu);
      });
    }
    if (ret != 0) undo(cpu, Section::Prepare, true, called);
  }
  if (ret != 0) {
    st.target = st.state = m_.at.offline;
    return ret;
  }
  // v4.5 had no SMT control. A sibling thread that booted only to be initialised goes down again
  // before its ONLINE section, as in later kernels.
  if (!smt_allowed(m_, cpu)) {
    set_dying(m_, cpu, true);
    takedown(cpu);
    dead_chain(cpu);
    st.target = m_.at.offline;
    return -ECANCELED;
  }
  // The ONLINE notifiers cannot fail, as their return values are ignored. The task that drives the
  // bring-up calls them on the CPU where this task runs (docs/kernel.md 2.2, step 7).
  if (m_.defect(Defect::ThreadsUnparkedEarly)) unpark_smpboot_threads(m_, cpu);
  set_active(m_, cpu, true);
  for (const StateId state : chain(Section::Online, true)) invoke(cpu, state, true);
  st.state = m_.at.online;
  return 0;
}

int NotifierDesign::cpu_down(CpuId cpu, StateId) {
  if (cpu >= m_.cpus.size()) return -EINVAL;
  return with_lock(m_, kCpuAddRemoveLock, cpu, [&] {
    return m_.suspend.hotplug_disabled > 0 ? -EBUSY : down_in_series(cpu, false);
  });
}

int NotifierDesign::down_in_series(CpuId cpu, bool) {
  return as_cpus_writer(m_, cpu, [&] {
    m_.rt.settle(reads(Object::Online));
    if (m_.core.online.weight() == 1) return -EBUSY;
    return m_.core.online.test(cpu) ? down_locked(cpu) : -EINVAL;
  });
}

int NotifierDesign::down_locked(CpuId cpu) {
  CpuRecord& st = m_.cpus[cpu];
  ++m_.core.occurrence[cpu];
  set_state(m_, cpu, st, m_.at.offline);
  std::size_t called = 0;
  int ret = notify(cpu, Section::Online, false, &called);
  if (ret == 0) {
    set_active(m_, cpu, false);
    leave_cpu(m_, cpu);
    synchronize_rcu(m_, cpu);
    ret = takedown(cpu);
  }
  if (ret != 0) {
    // The scheduler's DOWN_FAILED callback comes first in the chain: its priority is INT_MAX.
    set_active(m_, cpu, true);
    undo(cpu, Section::Online, false, called);
    unpark_smpboot_threads(m_, cpu);  // done by the DOWN_FAILED callback of their notifier
    set_dying(m_, cpu, false);
    st.target = st.state = m_.at.online;
    return ret;
  }
  dead_chain(cpu);
  return 0;
}

void NotifierDesign::dead_chain(CpuId cpu) {
  for (const StateId state : chain(Section::Prepare, false)) invoke(cpu, state, false);
  m_.cpus[cpu].state = m_.at.offline;
}

/// Takes a CPU down, from parking its threads to its death. The control CPU does all of this, and
/// spins where v4.5 spun (docs/kernel.md 2.3).
int NotifierDesign::takedown(CpuId cpu) {
  CpuRecord& st = m_.cpus[cpu];
  // Parking threads needs the CPU's scheduler, so the CPU must have reached its idle loop.
  if (st.generation > 0) st.done_up.wait(m_.core, WaitMode::Asleep);
  m_.core.spend(Phase::ParkThread, cpu);
  park_smpboot_threads(m_, cpu);  // v4.5 has no cpuhp thread
  lock(m_, kSparseIrqLock, cpu);
  st.state = static_cast<StateId>(m_.at.teardown - 1);
  int err = 0;
  m_.rt.stop_machine(cpu, [&] { err = take_cpu_down(m_, cpu); });
  if (err == 0) st.done_down.wait(m_.core, WaitMode::Spinning);  // cpu_dead_idle, no time-out
  unlock(m_, kSparseIrqLock, cpu);
  if (err == 0) {
    cpu_die(m_, cpu);
  } else if (st.generation > 0) {
    // The CPU is still in its idle loop. This signal replaces the one that the wait above used up.
    st.done_up.signal(m_.core);
  }
  return err;
}

// The control CPU does not wait for the AP's idle loop. It may have changed st.state already, so
// this function does not set it.
StateId NotifierDesign::enter_idle(CpuId) { return m_.at.online; }

// Usually no task waits for this completion. Only a takedown right after the bring-up does.
void NotifierDesign::available(CpuId cpu) { m_.cpus[cpu].done_up.complete(m_.core); }

// The control CPU spins on the flag cpu_dead_idle.
void NotifierDesign::report_idle_dead(CpuId cpu, bool completed) {
  if (!completed) m_.cpus[cpu].done_down.complete(m_.core);
}

}  // namespace cpuhp
