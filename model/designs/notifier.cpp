#include "model/designs/notifier.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <string_view>

namespace cpuhp {
namespace {

/// Priorities that the notifiers behind today's states had (docs/kernel.md 2.5), for tables without
/// priorities. Code that needed another order on the way down had registered two notifiers.
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

/// Returns the chain in the order of calls: by descending priority; notifiers with equal priority
/// in the order of registration.
const std::vector<StateId>& NotifierDesign::chain(Section section, bool up) const {
  const auto [known, fresh] = m.chains_.try_emplace({section, up});
  std::vector<StateId>& list = known->second;
  if (!fresh) return list;
  for (const State& s : m.table_->all()) {
    const bool core =
        s.id == m.at_.threads_prepare || s.id == m.at_.bringup || s.id == m.at_.kick_ap;
    // A notifier unparked the per-CPU threads, but none parked them (docs/kernel.md 2.6).
    const bool parks = s.id == m.at_.smpboot_threads && !up;
    if (s.section == section && !core && !parks && !m.step_empty(up, s.id)) list.push_back(s.id);
  }
  std::stable_sort(list.begin(), list.end(), [&](StateId a, StateId b) {
    return priority(m.step(a), up) > priority(m.step(b), up);
  });
  return list;
}

/// Calls the callback of one state. Before that, sets the CPU's state as later kernels do: to this
/// state on the way up, to the state below it on the way down.
int NotifierDesign::invoke(CpuId cpu, StateId state, bool up) {
  m.rec(cpu).state = static_cast<StateId>(up ? state : state - 1);
  return m.invoke_callback(cpu, state, up, kNoInstance, nullptr);
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
    if (!m.step_empty(!up, list[i])) invoke(cpu, list[i], !up);
}

void NotifierDesign::atomic_chain(CpuId cpu, bool up) {
  for (const StateId state : chain(Section::Starting, up)) invoke(cpu, state, up);
  m.rec(cpu).state = up ? m.at_.ap_online : m.at_.ap_offline;
}

int NotifierDesign::cpu_up(CpuId cpu) {
  if (cpu >= m.records_.size()) return -EINVAL;
  m.lock(kCpuAddRemoveLock, cpu);
  const int ret = m.hotplug_disabled_ > 0 ? -EBUSY : up_maps_locked(cpu);
  m.unlock(kCpuAddRemoveLock, cpu);
  return ret;
}

int NotifierDesign::up_maps_locked(CpuId cpu) {
  m.lock(kCpuHotplugLock, cpu);
  m.core.rt.settle();
  const int ret = m.core.online.test(cpu) || !m.config_.present.test(cpu) ? -EINVAL
                  : !m.smt_allowed(cpu)                                   ? -EPERM
                                                                          : up_locked(cpu);
  m.unlock(kCpuHotplugLock, cpu);
  return ret;
}

int NotifierDesign::up_locked(CpuId cpu) {
  CpuRecord& st = m.rec(cpu);
  if (m.fault(FaultKind::NoMemory, cpu) != nullptr) return -ENOMEM;  // idle_thread_get() failed
  ++m.core.occurrence[cpu];
  m.set_state(cpu, st, m.at_.online);
  int ret = m.at_.threads_prepare < 0 ? 0 : invoke(cpu, m.at_.threads_prepare, true);
  std::size_t called = 0;
  if (ret == 0) {
    ret = notify(cpu, Section::Prepare, true, &called);
    if (ret == 0) {
      m.lock(kSparseIrqLock, cpu);
      st.state = m.at_.bringup;
      ret = m.arch_cpu_up(cpu);
      m.unlock(kSparseIrqLock, cpu);
    }
    if (ret != 0) undo(cpu, Section::Prepare, true, called);
  }
  if (ret != 0) {
    st.target = st.state = m.at_.offline;
    return ret;
  }
  // v4.5 had no SMT control. A sibling thread that booted only to be initialised goes down again
  // before its ONLINE section, as in later kernels.
  if (!m.smt_allowed(cpu)) {
    m.set_dying(cpu, true);
    takedown(cpu);
    dead_chain(cpu);
    st.target = m.at_.offline;
    return -ECANCELED;
  }
  // The ONLINE notifiers cannot fail, as their return values are ignored. The task that drives the
  // bring-up calls them on the CPU where this task runs (docs/kernel.md 2.2, step 7).
  if (m.defect(Defect::ThreadsUnparkedEarly)) m.unpark_smpboot_threads(cpu);
  m.set_active(cpu, true);
  for (const StateId state : chain(Section::Online, true)) invoke(cpu, state, true);
  st.state = m.at_.online;
  return 0;
}

int NotifierDesign::cpu_down(CpuId cpu) {
  if (cpu >= m.records_.size()) return -EINVAL;
  m.lock(kCpuAddRemoveLock, cpu);
  const int ret = m.hotplug_disabled_ > 0 ? -EBUSY : down_maps_locked(cpu);
  m.unlock(kCpuAddRemoveLock, cpu);
  return ret;
}

int NotifierDesign::down_maps_locked(CpuId cpu) {
  m.lock(kCpuHotplugLock, cpu);
  m.core.rt.settle();
  const int ret = m.core.online.weight() == 1 ? -EBUSY
                  : !m.core.online.test(cpu)  ? -EINVAL
                                              : down_locked(cpu);
  m.unlock(kCpuHotplugLock, cpu);
  return ret;
}

int NotifierDesign::down_locked(CpuId cpu) {
  CpuRecord& st = m.rec(cpu);
  ++m.core.occurrence[cpu];
  m.set_state(cpu, st, m.at_.offline);
  std::size_t called = 0;
  int ret = notify(cpu, Section::Online, false, &called);
  if (ret == 0) {
    m.set_active(cpu, false);
    m.leave_cpu(cpu);
    m.synchronize_rcu(cpu);
    ret = takedown(cpu);
  }
  if (ret != 0) {
    // The scheduler's DOWN_FAILED callback comes first in the chain: its priority is INT_MAX.
    m.set_active(cpu, true);
    undo(cpu, Section::Online, false, called);
    m.unpark_smpboot_threads(cpu);  // done by the DOWN_FAILED callback of their notifier
    m.set_dying(cpu, false);
    st.target = st.state = m.at_.online;
    return ret;
  }
  dead_chain(cpu);
  return 0;
}

void NotifierDesign::dead_chain(CpuId cpu) {
  for (const StateId state : chain(Section::Prepare, false)) invoke(cpu, state, false);
  m.rec(cpu).state = m.at_.offline;
}

/// Takes a CPU down, from parking its threads to its death. The control CPU does all of this, and
/// spins where v4.5 spun (docs/kernel.md 2.3).
int NotifierDesign::takedown(CpuId cpu) {
  CpuRecord& st = m.rec(cpu);
  // Parking threads needs the CPU's scheduler, so the CPU must have reached its idle loop.
  if (st.generation > 0) st.done_up.wait(m.core, WaitMode::Asleep);
  m.core.spend(Phase::ParkThread, cpu);
  m.park_smpboot_threads(cpu);  // v4.5 has no cpuhp thread
  m.lock(kSparseIrqLock, cpu);
  st.state = static_cast<StateId>(m.at_.teardown - 1);
  int err = 0;
  m.core.rt.stop_machine(cpu, [&] { err = m.take_cpu_down(cpu); });
  if (err == 0) st.done_down.wait(m.core, WaitMode::Spinning);  // cpu_dead_idle, no time-out
  m.unlock(kSparseIrqLock, cpu);
  if (err == 0) {
    m.cpu_die(cpu);
  } else if (st.generation > 0) {
    // The CPU is still in its idle loop. This signal replaces the one that the wait above used up.
    st.done_up.signal(m.core);
  }
  return err;
}

}  // namespace cpuhp
