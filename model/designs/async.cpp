#include "model/designs/async.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "model/hotplug/ap_entry.hpp"
#include "model/hotplug/boot.hpp"
#include "model/hotplug/cpuhp_thread.hpp"
#include "model/hotplug/down.hpp"
#include "model/hotplug/sched.hpp"
#include "model/hotplug/up.hpp"
#include "model/hotplug/walk.hpp"
#include "model/machine.hpp"

namespace cpuhp {
namespace {

constexpr Ns kAliveTimeout = 10_s;  // as in cpuhp_bp_sync_alive()
// The worker polls, because an AP that has only reported alive can't wake any task.
constexpr Ns kPoll = 100_us;
constexpr Ns kLook = 500_ns;  // CPU time of one poll
// The boot's task gives way to the worker this often, as with a cond_resched(), and more seldom
// when nothing has happened for long: so a CPU that never comes does not cost millions of slices.
constexpr Ns kFirstSlice = 10_us;
constexpr std::int64_t kSlices = 1'000;

/// Returns the pause before the next poll. Pauses grow with the time waited, so that a wait of ten
/// seconds takes about 500 polls, not 100,000.
Ns pause_after(Ns waited) { return std::max(kPoll, Ns{waited.v / 64}); }

/// Erases the first match. A list has each CPU at most once, and the wanted one is usually near the
/// front.
template <typename List, typename Wanted>
void erase_first(List& list, Wanted wanted) {
  const auto found = std::find_if(list.begin(), list.end(), wanted);
  if (found != list.end()) list.erase(found);
}

/// Begins a transaction: a group of operations for which cpu_hotplug_lock is taken once.
/// Registrations wait for the lock until all operations have finished (I25).
void begin_transaction(Machine& m, CpuId cpu) { cpus_write_lock(m, cpu); }

void end_transaction(Machine& m, CpuId cpu) {
  if (m.async.pending > 0) m.async.all_done.wait(m.core, WaitMode::Asleep);
  cpus_write_unlock(m, cpu);
}

/// Ends one operation of the transaction. The task that has carried out the operation calls this
/// last.
void finished(Machine& m, CpuId cpu, int result) {
  m.rt.point(writes(Object::Async));
  m.core.event(EventKind::Complete, cpu, {.ret = result, .name = m.name.finished});
  m.rt.publish(writes(Object::Async), [&m, cpu, result] {
    m.async.results[cpu] = result;
    if (--m.async.pending == 0) m.async.all_done.signal(m.core);
  });
}

/// Passes each CPU's result to `each`. Returns the first error.
int report(const Machine& m, const std::vector<CpuId>& cpus, const DesignPort::EachResult& each) {
  int first = 0;
  for (const CpuId cpu : cpus) {
    each(cpu, m.async.results[cpu]);
    if (first == 0) first = m.async.results[cpu];
  }
  return first;
}

/// Takes down the CPU on which it runs. `back`: the state to which the CPU returns after a refusal.
void take_itself_down(Machine& m, CpuId cpu, StateId back) {
  CpuRecord& st = m.cpus[cpu];
  const StateId prev_state = st.state;
  m.core.event(EventKind::Enter, cpu,
               {.step = m.at.teardown, .value = st.target, .name = m.slot(m.at.teardown).teardown});
  --st.state;
  if (!m.rules.active_is_a_state) synchronize_rcu(m, cpu);
  park_smpboot_threads(m, cpu);
  lock(m, kSparseIrqLock, cpu);
  int err = 0;
  m.rt.stop_machine(cpu, [&] { err = take_cpu_down(m, cpu); });
  unlock(m, kSparseIrqLock, cpu);
  m.core.event(EventKind::Exit, cpu, {.step = m.at.teardown, .value = st.state, .ret = err});
  if (err == 0) return;  // the CPU's idle loop continues
  // The CPU refused to die, so it runs the startups of the states that it has torn down.
  st.state = prev_state;
  st.bringup = st.rollback = st.should_run = true;
  st.target = back;
  set_dying(m, cpu, false);
  thread_walk(m, cpu);
  finished(m, cpu, err);
}

// ------------------------------------------------------------------------------ up

/// Returns the first alive AP that the worker waits for. The worker does not wait for a CPU whose
/// target is cpu:kick_ap. Such a CPU reports alive, but this operation does not release it.
CpuId next_alive(const Machine& m) {
  const auto found = std::find_if(m.async.alive.begin(), m.async.alive.end(), [&m](CpuId cpu) {
    return std::any_of(m.async.kicked.begin(), m.async.kicked.end(),
                       [cpu](const AsyncState::Kicked& k) { return k.cpu == cpu; });
  });
  return found == m.async.alive.end() ? kNoCpu : *found;
}

void give_up_late_ones(Machine& m) {
  while (!m.async.kicked.empty() && m.async.kicked.front().deadline <= m.rt.now()) {
    const CpuId cpu = m.async.kicked.front().cpu;
    m.async.kicked.pop_front();
    blame(m, cpu);
    CpuRecord& st = m.cpus[cpu];
    ++st.generation;
    m.rt.point(writes(Object::CpuRecord, cpu));
    set_sync_state(m, cpu, SyncState::Dead);
    set_state(m, cpu, st, m.async.from[cpu]);
    invoke_callback_range(m, false, cpu, st, m.async.from[cpu], false);
    finished(m, cpu, -EIO);
    m.rt.settle(writes(Object::Async));
  }
}

/// Releases the first AP that has reported alive. Returns false when there is none.
bool release_next(Machine& m) {
  const CpuId cpu = next_alive(m);
  if (cpu == kNoCpu) return false;
  m.rt.work(kSeen);
  erase_first(m.async.alive, [cpu](CpuId c) { return c == cpu; });
  erase_first(m.async.kicked, [cpu](const AsyncState::Kicked& k) { return k.cpu == cpu; });
  m.cpus[cpu].state = m.at.bringup;
  release_ap(m, cpu);
  m.core.spend(Phase::KickCleanup, cpu);
  return true;
}

/// Waits until each kicked AP is released or given up.
void wait_for_kicked(Machine& m) {
  while (true) {
    give_up_late_ones(m);
    if (m.async.kicked.empty()) break;
    const Ns now = m.rt.now();
    const Ns last = m.async.kicked.front().deadline;
    m.rt.pause(std::min(pause_after(now - m.async.news), last - now), last, reads(Object::Async));
    m.rt.work(kLook);
    m.rt.settle(writes(Object::Async));
    while (release_next(m)) {
      m.rt.settle(writes(Object::Async));
      m.async.news = m.rt.now();
    }
  }
  m.async.worker_runs = false;
}

/// Releases the APs that have reported alive. Needs no stack unless there are others.
void release_alive(Machine& m) {
  const auto again = [&m] {
    m.async.news = m.rt.now();
    release_alive(m);
  };
  while (release_next(m)) {
    if (!m.rt.settled_or(writes(Object::Async), again)) return;
    m.async.news = m.rt.now();
  }
  if (m.async.kicked.empty())
    m.async.worker_runs = false;
  else
    m.rt.may_wait_then([&m] { wait_for_kicked(m); });
}

/// The worker releases APs in the order in which they reported alive.
void start_worker(Machine& m) {
  const bool works = m.core.plan.counts_alone() && m.core.is_plain(Phase::KickCleanup);
  const auto handshake = [&m] {
    m.rt.work(kLook);
    m.rt.settle_then(writes(Object::Async), [&m] { release_alive(m); });
  };
  m.rt.start(m.rt.cpu(), Role::Worker, m.core.wake_latency(WaitMode::Asleep, m.rt.cpu()), handshake,
             works ? Waits::Never : Waits::Perhaps);
}

/// The control CPU's part of a bring-up: the PREPARE states and the kick.
int prepare_and_kick(Machine& m, CpuId cpu, StateId target) {
  CpuRecord& st = m.cpus[cpu];
  if (st.state >= target) return 0;
  if (st.state == m.at.offline && fault(m, FaultKind::NoMemory, cpu) != nullptr)
    return m.async.results[cpu] = -ENOMEM;  // idle_thread_get() failed
  ++m.core.occurrence[cpu];
  m.core.spend(Phase::CpuUp, cpu);
  m.async.from[cpu] = set_state(m, cpu, st, target);
  const int ret = up_callbacks(m, cpu, st, std::min(target, m.at.kick_ap));
  m.async.results[cpu] = ret;
  if (ret != 0 || target <= m.at.kick_ap) return ret;
  m.rt.settle(writes(Object::Async));
  ++m.async.pending;
  m.async.news = m.rt.now();
  m.async.kicked.push_back({cpu, m.rt.now() + kAliveTimeout});
  if (!std::exchange(m.async.worker_runs, true)) start_worker(m);
  return 0;
}

/// Brings a CPU up. A CPU whose state is in the ONLINE section continues from there, as in the
/// other designs.
int bring_up(Machine& m, CpuId cpu, StateId target) {
  CpuRecord& st = m.cpus[cpu];
  if (st.state <= m.at.bringup || st.state >= target) return prepare_and_kick(m, cpu, target);
  set_state(m, cpu, st, target);
  return kick_ap_work(m, cpu);
}

/// Waits until the primary thread of the core is up, because siblings must be quiescent while their
/// core loads its microcode (18415f33e2ac).
void wait_for_primary(Machine& m, CpuId cpu) {
  const CpuPlace& p = m.config.topology.place(cpu);
  if (p.thread == 0) return;
  for (const CpuId sibling : m.core.siblings(cpu)) {
    if (!m.config.topology.is_primary(sibling)) continue;
    const Touch record = reads(Object::CpuRecord, sibling);
    m.rt.settle(record);
    const Ns since = m.rt.now();
    while (m.cpus[sibling].sync_state == SyncState::Kicked)
      m.rt.pause(pause_after(m.rt.now() - since), kNever, record);
  }
}

void kick_mask(Machine& m, const CpuMask& mask, CpuId* left, bool after_primary) {
  for (CpuId cpu = mask.first(); cpu != kNoCpu && *left > 0; cpu = mask.next(cpu + 1), --*left) {
    if (cpu == m.rt.cpu() || !smt_allowed(m, cpu)) continue;
    if (after_primary) wait_for_primary(m, cpu);
    bring_up(m, cpu, m.at.online);
    m.rt.sleep(1_ns);  // cond_resched(): lets the worker run
  }
}

/// In this design smp_init() returns after the kicks: the boot's task goes on with what follows,
/// and the worker runs on the same CPU. Returns when all APs are up, or the boot's work is done.
void work_beside_bringup(Machine& m) {
  Ns& left = m.operations.boot_work;
  while (left > Ns{} && m.async.pending > 1) {  // 1: the transaction itself
    const Ns waited = m.rt.now() - m.async.news;
    const Ns slice = std::min(left, std::max(kFirstSlice, Ns{waited.v / kSlices}));
    m.rt.work(slice);
    left -= slice;
    m.rt.sleep(1_ns);
    m.rt.settle(reads(Object::Async));
  }
}

int up_maps_locked(Machine& m, CpuId cpu, StateId target) {
  if (m.suspend.hotplug_disabled > 0) return -EBUSY;
  if (!smt_allowed(m, cpu)) return -EPERM;
  if (!m.present.test(cpu)) return -EINVAL;
  begin_transaction(m, cpu);
  m.async.results[cpu] = 0;
  const int ret = bring_up(m, cpu, target);
  end_transaction(m, cpu);
  return ret != 0 ? ret : m.async.results[cpu];
}

/// False for two kinds of CPUs, which are taken down again: a sibling thread that booted only to be
/// initialised (SMT is off), and a CPU in its idle loop that is not online.
bool may_go_on(const Machine& m, CpuId cpu) {
  return smt_allowed(m, cpu) && m.core.online.test(cpu);
}

/// What cpuhp/N does on the way up. After a failure the CPU takes itself down.
void up_fun(Machine& m, CpuId cpu) {
  CpuRecord& st = m.cpus[cpu];
  if (!st.should_run) return;  // nothing to do
  const int ret = may_go_on(m, cpu) ? thread_walk(m, cpu) : -ECANCELED;
  if (ret == 0) {
    finished(m, cpu, 0);
    return;
  }
  m.async.results[cpu] = ret;
  reset_state(m, cpu, st, m.async.from[cpu]);
  st.target = m.at.teardown;
  st.should_run = true;
  // When even the way back fails, the CPU stays in the state that it has reached.
  if (thread_walk(m, cpu) != 0) {
    finished(m, cpu, ret);
    return;
  }
  st.target = m.async.from[cpu];
  take_itself_down(m, cpu, m.at.online);
}

// ------------------------------------------------------------------------------ down

/// What cpuhp/N does on the way down: the ONLINE section, then the takedown.
void down_fun(Machine& m, CpuId cpu) {
  CpuRecord& st = m.cpus[cpu];
  if (!st.should_run) return;  // nothing to do
  const StateId prev_state = st.state;
  const StateId target = st.target;
  st.target = std::max(target, m.at.teardown);
  const int ret = thread_walk(m, cpu);
  if (ret != 0) {
    reset_state(m, cpu, st, prev_state);
    st.should_run = true;
    thread_walk(m, cpu);
    finished(m, cpu, ret);
    return;
  }
  if (st.state > m.at.teardown || target == m.at.teardown) {
    finished(m, cpu, 0);
    return;
  }
  st.target = target;
  take_itself_down(m, cpu, prev_state);
}

/// The control CPU's part of a takedown.
void request_down(Machine& m, CpuId cpu, StateId target) {
  CpuRecord& st = m.cpus[cpu];
  ++m.core.occurrence[cpu];
  m.async.results[cpu] = 0;
  set_state(m, cpu, st, target);
  st.should_run = true;
  st.result = 0;
  ++m.async.pending;
  m.core.pay_vm_exit(cpu);
  start_thread(m, cpu, down_fun);
}

int take_down(Machine& m, CpuId cpu, StateId target) {
  m.rt.settle(reads(Object::Online));
  if (m.suspend.hotplug_disabled > 0) return -EBUSY;
  if (m.core.online.weight() == 1 && m.core.online.test(cpu)) return -EBUSY;
  if (!m.present.test(cpu)) return -EINVAL;
  begin_transaction(m, cpu);
  m.async.results[cpu] = 0;
  CpuRecord& st = m.cpus[cpu];
  if (st.state >= m.at.teardown && st.state < target) {
    m.async.results[cpu] = bring_up(m, cpu, target);  // the target may be above the CPU's state
  } else if (st.state >= m.at.teardown) {
    leave_cpu(m, cpu);
    request_down(m, cpu, target);
  } else if (st.state > target) {
    set_state(m, cpu, st, target);
    m.async.results[cpu] = down_callbacks(m, cpu, st, target);
  }
  end_transaction(m, cpu);
  return m.async.results[cpu];
}

void clean_up(Machine& m, CpuId cpu) {
  CpuRecord& st = m.cpus[cpu];
  park_cpuhp_thread(m, cpu);
  cpu_die(m, cpu);
  const int ret = invoke_callback_range(m, false, cpu, st, st.target, false);
  if (ret != 0) warn(m, cpu, "DEAD callback error for CPU" + std::to_string(cpu));
  finished(m, cpu, m.async.results[cpu] != 0 ? m.async.results[cpu] : ret);
}

}  // namespace

AsyncDesign::AsyncDesign(Machine& machine) : DesignPort(machine) {
  m_.async.all_done = Completion(m_.name.all_finished, m_.config.boot_cpu);
  m_.async.results.resize(m_.cpus.size());
  m_.async.from.resize(m_.cpus.size());
}

CpuId AsyncDesign::tsc_partner() const {
  const CpuId boot = m_.config.boot_cpu;
  const CpuId other = m_.core.online.next(boot + 1);
  return other != kNoCpu && m_.config.topology.same_socket(boot, other) ? other
                                                                        : m_.core.online.first();
}

CpuId AsyncDesign::helper() const { return primary_cpu(m_, m_.async.stays); }

void AsyncDesign::come_online(CpuId cpu) {
  m_.rt.arrive_then(m_.core.lock(kSparseIrqLock).touch(), [this, cpu] {
    if (m_.core.lock(kSparseIrqLock).is_free(m_.core)) return ap_online(m_, cpu);
    m_.rt.may_wait_then([this, cpu] { ap_online(m_, cpu); });
  });
}

bool AsyncDesign::set_online(CpuId cpu) {
  return with_lock(m_, kSparseIrqLock, cpu, [&] { return set_cpu_online(m_, cpu); }) != 0;
}

void AsyncDesign::boot() {
  const CpuId boot = m_.config.boot_cpu;
  const Topology& t = m_.config.topology;
  lock_series(m_);
  begin_transaction(m_, boot);
  // The transaction itself counts as one operation. Otherwise it would end when a CPU finishes
  // before the next one is kicked.
  ++m_.async.pending;
  CpuMask first(t.nr_cpus()), second(t.nr_cpus());
  for (CpuId cpu = m_.present.first(); cpu != kNoCpu; cpu = m_.present.next(cpu + 1))
    (t.is_primary(cpu) ? first : second).set(cpu);
  CpuId left = boot_limit(m_);
  kick_mask(m_, first, &left, false);
  kick_mask(m_, second, &left, true);
  m_.rt.settle(writes(Object::Async));
  work_beside_bringup(m_);
  --m_.async.pending;
  end_transaction(m_, boot);
  unlock_series(m_);
}

void AsyncDesign::kicked(CpuId cpu) {
  m_.rt.touch(writes(Object::Async));
  erase_first(m_.async.alive, [cpu](CpuId c) { return c == cpu; });
}

void AsyncDesign::alive(CpuId cpu) { m_.async.alive.push_back(cpu); }

/// Called on the AP in its idle loop. No task waits for the AP, so it wakes its own cpuhp thread.
void AsyncDesign::idle_goes_on(CpuId cpu) {
  CpuRecord& st = m_.cpus[cpu];
  unpark_cpuhp_thread(m_, cpu);
  if (st.target <= m_.at.ap_online_idle && may_go_on(m_, cpu)) {
    finished(m_, cpu, 0);
    return;
  }
  st.bringup = st.should_run = true;
  st.result = 0;
  start_thread(m_, cpu, up_fun);
}

int AsyncDesign::cpu_up(CpuId cpu, StateId target) {
  if (cpu >= m_.async.results.size()) return -EINVAL;
  return with_lock(m_, kCpuAddRemoveLock, cpu, [&] { return up_maps_locked(m_, cpu, target); });
}

int AsyncDesign::series_up(const std::vector<CpuId>& cpus, bool, const EachResult& each) {
  begin_transaction(m_, m_.config.boot_cpu);
  ++m_.async.pending;
  for (const CpuId cpu : cpus) {
    wait_for_primary(m_, cpu);
    m_.async.results[cpu] = 0;
    if (const int ret = bring_up(m_, cpu, m_.at.online); ret != 0) m_.async.results[cpu] = ret;
    m_.rt.sleep(1_ns);  // cond_resched(): lets the worker run
  }
  m_.rt.settle(writes(Object::Async));
  --m_.async.pending;
  end_transaction(m_, m_.config.boot_cpu);
  return report(m_, cpus, each);
}

int AsyncDesign::cpu_down(CpuId cpu, StateId target) {
  if (cpu >= m_.async.results.size()) return -EINVAL;
  return with_lock(m_, kCpuAddRemoveLock, cpu, [&] { return take_down(m_, cpu, target); });
}

int AsyncDesign::series_down(const std::vector<CpuId>& cpus, bool, const EachResult& each) {
  begin_transaction(m_, m_.config.boot_cpu);
  m_.async.stays = m_.rt.cpu();
  ++m_.async.pending;
  for (const CpuId cpu : cpus) {
    if (cpu == m_.async.stays)
      m_.async.results[cpu] = -EBUSY;  // the last online CPU must stay
    else
      request_down(m_, cpu, m_.at.offline);
  }
  m_.rt.settle(writes(Object::Async));
  --m_.async.pending;
  end_transaction(m_, m_.config.boot_cpu);
  m_.async.stays = kNoCpu;
  return report(m_, cpus, each);
}

/// Runs on the CPU that handles the dying CPU's interrupt. A worker does the remaining cleanup.
void AsyncDesign::idle_dead(CpuId cpu) {
  const CpuId helper = m_.rt.cpu();
  m_.rt.start(helper, Role::Worker, m_.core.wake_latency(WaitMode::Asleep, helper),
              [this, cpu] { clean_up(m_, cpu); });
}

}  // namespace cpuhp
