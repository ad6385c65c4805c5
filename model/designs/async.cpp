#include "model/designs/async.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "model/machine.hpp"

namespace cpuhp {
namespace {

constexpr Ns kAliveTimeout = 10_s;  // as in cpuhp_bp_sync_alive()
// The worker polls, because an AP that has only reported alive can't wake any task.
constexpr Ns kPoll = 100_us;
constexpr Ns kLook = 500_ns;  // CPU time of one poll

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

}  // namespace

AsyncDesign::AsyncDesign(Machine& machine)
    : DesignPort(machine),
      all_done_(machine.name_.all_finished, machine.config_.boot_cpu),
      results_(machine.records_.size()),
      from_(machine.records_.size()) {}

CpuId AsyncDesign::tsc_partner() const {
  const CpuId boot = m_.config_.boot_cpu;
  const CpuId other = m_.core.online.next(boot + 1);
  return other != kNoCpu && m_.config_.topology.same_socket(boot, other) ? other
                                                                         : m_.core.online.first();
}

CpuId AsyncDesign::helper() const { return m_.primary_cpu(stays_); }

void AsyncDesign::come_online(CpuId cpu) {
  m_.core.rt.arrive_then([this, cpu] { m_.ap_online(cpu); });
}

bool AsyncDesign::set_online(CpuId cpu) {
  m_.lock(kSparseIrqLock, cpu);
  const bool set = m_.set_cpu_online(cpu);
  m_.unlock(kSparseIrqLock, cpu);
  return set;
}

/// Begins a transaction: a group of operations for which cpu_hotplug_lock is taken once.
/// Registrations wait for the lock until all operations have finished (I25).
void AsyncDesign::begin(CpuId cpu) { m_.lock(kCpuHotplugLock, cpu); }

void AsyncDesign::end(CpuId cpu) {
  if (pending_ > 0) all_done_.wait(m_.core, WaitMode::Asleep);
  m_.unlock(kCpuHotplugLock, cpu);
}

// ------------------------------------------------------------------------------ up

void AsyncDesign::boot() {
  const CpuId boot = m_.config_.boot_cpu;
  const Topology& t = m_.config_.topology;
  m_.lock_series();
  begin(boot);
  // The transaction itself counts as one operation. Otherwise it would end when a CPU finishes
  // before the next one is kicked.
  ++pending_;
  CpuMask first(t.nr_cpus()), second(t.nr_cpus());
  for (CpuId cpu = m_.config_.present.first(); cpu != kNoCpu;
       cpu = m_.config_.present.next(cpu + 1))
    (t.is_primary(cpu) ? first : second).set(cpu);
  CpuId left = m_.boot_limit();
  kick_mask(first, &left, false);
  kick_mask(second, &left, true);
  m_.core.rt.settle();
  --pending_;
  end(boot);
  m_.unlock_series();
}

void AsyncDesign::kick_mask(const CpuMask& mask, CpuId* left, bool after_primary) {
  for (CpuId cpu = mask.first(); cpu != kNoCpu && *left > 0; cpu = mask.next(cpu + 1), --*left) {
    if (cpu == m_.core.rt.cpu() || !m_.smt_allowed(cpu)) continue;
    if (after_primary) wait_for_primary(cpu);
    up_locked(cpu, m_.at_.online);
    m_.core.rt.sleep(1_ns);  // cond_resched(): lets the worker run
  }
}

/// Waits until the primary thread of the core is up, because siblings must be quiescent while their
/// core loads its microcode (18415f33e2ac).
void AsyncDesign::wait_for_primary(CpuId cpu) {
  const CpuPlace& p = m_.config_.topology.place(cpu);
  if (p.thread == 0) return;
  for (const CpuId sibling : m_.siblings(cpu)) {
    if (!m_.config_.topology.is_primary(sibling)) continue;
    m_.core.rt.settle();
    const Ns since = m_.core.rt.now();
    while (m_.rec(sibling).sync_state == SyncState::Kicked)
      m_.core.rt.sleep(pause_after(m_.core.rt.now() - since));
  }
}

/// The control CPU's part of a bring-up: the PREPARE states and the kick.
int AsyncDesign::prepare_and_kick(CpuId cpu, StateId target) {
  CpuRecord& st = m_.rec(cpu);
  if (st.state >= target) return 0;
  if (st.state == m_.at_.offline && m_.fault(FaultKind::NoMemory, cpu) != nullptr)
    return results_[cpu] = -ENOMEM;  // idle_thread_get() failed
  ++m_.core.occurrence[cpu];
  from_[cpu] = m_.set_state(cpu, st, target);
  const int ret = m_.up_callbacks(cpu, st, std::min(target, m_.at_.kick_ap));
  results_[cpu] = ret;
  if (ret != 0 || target <= m_.at_.kick_ap) return ret;
  m_.core.rt.settle();
  ++pending_;
  news_ = m_.core.rt.now();
  kicked_.push_back({cpu, m_.core.rt.now() + kAliveTimeout});
  if (!std::exchange(worker_runs_, true))
    m_.core.rt.start(m_.core.rt.cpu(), Role::Worker,
                     m_.core.wake_latency(WaitMode::Asleep, m_.core.rt.cpu()),
                     [this] { handshake(); });
  return 0;
}

void AsyncDesign::kicked(CpuId cpu) {
  erase_first(alive_, [cpu](CpuId c) { return c == cpu; });
}
void AsyncDesign::alive(CpuId cpu) { alive_.push_back(cpu); }

/// Returns the first alive AP that the worker waits for. The worker does not wait for a CPU whose
/// target is cpu:kick_ap. Such a CPU reports alive, but this operation does not release it.
CpuId AsyncDesign::next_alive() const {
  const auto found = std::find_if(alive_.begin(), alive_.end(), [this](CpuId cpu) {
    return std::any_of(kicked_.begin(), kicked_.end(),
                       [cpu](const Kicked& k) { return k.cpu == cpu; });
  });
  return found == alive_.end() ? kNoCpu : *found;
}

/// The worker releases APs in the order in which they reported alive.
void AsyncDesign::handshake() {
  while (true) {
    m_.core.rt.work(kLook);
    m_.core.rt.settle();
    for (CpuId cpu = next_alive(); cpu != kNoCpu; cpu = next_alive()) {
      m_.core.rt.work(kSeen);
      erase_first(alive_, [cpu](CpuId c) { return c == cpu; });
      erase_first(kicked_, [cpu](const Kicked& k) { return k.cpu == cpu; });
      m_.rec(cpu).state = m_.at_.bringup;
      m_.release_ap(cpu);
      m_.core.spend(Phase::KickCleanup, cpu);
      m_.core.rt.settle();
      news_ = m_.core.rt.now();
    }
    give_up_late_ones();
    if (kicked_.empty()) break;
    const Ns now = m_.core.rt.now();
    m_.core.rt.sleep(std::min(pause_after(now - news_), kicked_.front().deadline - now));
  }
  worker_runs_ = false;
}

void AsyncDesign::give_up_late_ones() {
  while (!kicked_.empty() && kicked_.front().deadline <= m_.core.rt.now()) {
    const CpuId cpu = kicked_.front().cpu;
    kicked_.pop_front();
    m_.blame(cpu);
    CpuRecord& st = m_.rec(cpu);
    ++st.generation;
    m_.set_sync_state(cpu, SyncState::Dead);
    m_.set_state(cpu, st, from_[cpu]);
    m_.invoke_callback_range(false, cpu, st, from_[cpu], false);
    finished(cpu, -EIO);
    m_.core.rt.settle();
  }
}

/// Called on the AP in its idle loop. No task waits for the AP, so it wakes its own cpuhp thread.
void AsyncDesign::idle_goes_on(CpuId cpu) {
  CpuRecord& st = m_.rec(cpu);
  m_.unpark_cpuhp_thread(cpu);
  if (st.target <= m_.at_.ap_online_idle && may_go_on(cpu)) {
    finished(cpu, 0);
    return;
  }
  st.bringup = st.should_run = true;
  st.result = 0;
  m_.start_thread(cpu, [this, cpu] { up_fun(cpu); });
}

/// False for two kinds of CPUs, which are taken down again: a sibling thread that booted only to be
/// initialised (SMT is off), and a CPU in its idle loop that is not online.
bool AsyncDesign::may_go_on(CpuId cpu) const {
  return m_.smt_allowed(cpu) && m_.core.online.test(cpu);
}

/// What cpuhp/N does on the way up. After a failure the CPU takes itself down.
void AsyncDesign::up_fun(CpuId cpu) {
  CpuRecord& st = m_.rec(cpu);
  if (!st.should_run) return;  // nothing to do
  const int ret = may_go_on(cpu) ? m_.thread_walk(cpu) : -ECANCELED;
  if (ret == 0) {
    finished(cpu, 0);
    return;
  }
  results_[cpu] = ret;
  m_.reset_state(cpu, st, from_[cpu]);
  st.target = m_.at_.teardown;
  st.should_run = true;
  // When even the way back fails, the CPU stays in the state that it has reached.
  if (m_.thread_walk(cpu) != 0) {
    finished(cpu, ret);
    return;
  }
  st.target = from_[cpu];
  take_itself_down(cpu, m_.at_.online);
}

/// Brings a CPU up. A CPU whose state is in the ONLINE section continues from there, as in the
/// other designs.
int AsyncDesign::up_locked(CpuId cpu, StateId target) {
  CpuRecord& st = m_.rec(cpu);
  if (st.state <= m_.at_.bringup || st.state >= target) return prepare_and_kick(cpu, target);
  m_.set_state(cpu, st, target);
  return m_.kick_ap_work(cpu);
}

int AsyncDesign::series_up(const std::vector<CpuId>& cpus, bool, const EachResult& each) {
  begin(m_.config_.boot_cpu);
  ++pending_;
  for (const CpuId cpu : cpus) {
    wait_for_primary(cpu);
    results_[cpu] = 0;
    if (const int ret = up_locked(cpu, m_.at_.online); ret != 0) results_[cpu] = ret;
    m_.core.rt.sleep(1_ns);  // cond_resched(): lets the worker run
  }
  m_.core.rt.settle();
  --pending_;
  end(m_.config_.boot_cpu);
  return report(cpus, each);
}

int AsyncDesign::cpu_up(CpuId cpu, StateId target) {
  if (cpu >= results_.size()) return -EINVAL;
  m_.lock(kCpuAddRemoveLock, cpu);
  const int ret = up_maps_locked(cpu, target);
  m_.unlock(kCpuAddRemoveLock, cpu);
  return ret;
}

int AsyncDesign::up_maps_locked(CpuId cpu, StateId target) {
  if (m_.hotplug_disabled_ > 0) return -EBUSY;
  if (!m_.smt_allowed(cpu)) return -EPERM;
  if (!m_.config_.present.test(cpu)) return -EINVAL;
  begin(cpu);
  results_[cpu] = 0;
  const int ret = up_locked(cpu, target);
  end(cpu);
  return ret != 0 ? ret : results_[cpu];
}

// ------------------------------------------------------------------------------ down

int AsyncDesign::cpu_down(CpuId cpu, StateId target) {
  if (cpu >= results_.size()) return -EINVAL;
  m_.lock(kCpuAddRemoveLock, cpu);
  const int ret = down_maps_locked(cpu, target);
  m_.unlock(kCpuAddRemoveLock, cpu);
  return ret;
}

int AsyncDesign::down_maps_locked(CpuId cpu, StateId target) {
  m_.core.rt.settle();
  if (m_.hotplug_disabled_ > 0) return -EBUSY;
  if (m_.core.online.weight() == 1 && m_.core.online.test(cpu)) return -EBUSY;
  if (!m_.config_.present.test(cpu)) return -EINVAL;
  begin(cpu);
  results_[cpu] = 0;
  CpuRecord& st = m_.rec(cpu);
  if (st.state >= m_.at_.teardown && st.state < target) {
    results_[cpu] = up_locked(cpu, target);  // the target may be above the CPU's state
  } else if (st.state >= m_.at_.teardown) {
    m_.leave_cpu(cpu);
    request_down(cpu, target);
  } else if (st.state > target) {
    m_.set_state(cpu, st, target);
    results_[cpu] = m_.down_callbacks(cpu, st, target);
  }
  end(cpu);
  return results_[cpu];
}

int AsyncDesign::series_down(const std::vector<CpuId>& cpus, bool, const EachResult& each) {
  begin(m_.config_.boot_cpu);
  stays_ = m_.core.rt.cpu();
  ++pending_;
  for (const CpuId cpu : cpus) {
    if (cpu == stays_)
      results_[cpu] = -EBUSY;  // the last online CPU must stay
    else
      request_down(cpu, m_.at_.offline);
  }
  m_.core.rt.settle();
  --pending_;
  end(m_.config_.boot_cpu);
  stays_ = kNoCpu;
  return report(cpus, each);
}

/// Passes each CPU's result to `each`. Returns the first error.
int AsyncDesign::report(const std::vector<CpuId>& cpus, const EachResult& each) const {
  int first = 0;
  for (const CpuId cpu : cpus) {
    each(cpu, results_[cpu]);
    if (first == 0) first = results_[cpu];
  }
  return first;
}

/// The control CPU's part of a takedown.
void AsyncDesign::request_down(CpuId cpu, StateId target) {
  CpuRecord& st = m_.rec(cpu);
  ++m_.core.occurrence[cpu];
  results_[cpu] = 0;
  m_.set_state(cpu, st, target);
  st.should_run = true;
  st.result = 0;
  ++pending_;
  m_.core.pay_vm_exit(cpu);
  m_.start_thread(cpu, [this, cpu] { down_fun(cpu); });
}

/// What cpuhp/N does on the way down: the ONLINE section, then the takedown.
void AsyncDesign::down_fun(CpuId cpu) {
  CpuRecord& st = m_.rec(cpu);
  if (!st.should_run) return;  // nothing to do
  const StateId prev_state = st.state;
  const StateId target = st.target;
  st.target = std::max(target, m_.at_.teardown);
  const int ret = m_.thread_walk(cpu);
  if (ret != 0) {
    m_.reset_state(cpu, st, prev_state);
    st.should_run = true;
    m_.thread_walk(cpu);
    finished(cpu, ret);
    return;
  }
  if (st.state > m_.at_.teardown || target == m_.at_.teardown) {
    finished(cpu, 0);
    return;
  }
  st.target = target;
  take_itself_down(cpu, prev_state);
}

/// Takes down the CPU on which it runs. `back`: the state to which the CPU returns after a refusal.
void AsyncDesign::take_itself_down(CpuId cpu, StateId back) {
  CpuRecord& st = m_.rec(cpu);
  const StateId prev_state = st.state;
  m_.core.event(EventKind::Enter, cpu,
                {.step = m_.at_.teardown, .value = st.target, .name = m_.name_takedown()});
  --st.state;
  if (!m_.rules_.active_is_a_state) m_.synchronize_rcu(cpu);
  m_.park_smpboot_threads(cpu);
  m_.lock(kSparseIrqLock, cpu);
  int err = 0;
  m_.core.rt.stop_machine(cpu, [&] { err = m_.take_cpu_down(cpu); });
  m_.unlock(kSparseIrqLock, cpu);
  m_.core.event(EventKind::Exit, cpu, {.step = m_.at_.teardown, .value = st.state, .ret = err});
  if (err == 0) return;  // the CPU's idle loop continues
  // The CPU refused to die, so it runs the startups of the states that it has torn down.
  st.state = prev_state;
  st.bringup = st.rollback = st.should_run = true;
  st.target = back;
  m_.set_dying(cpu, false);
  m_.thread_walk(cpu);
  finished(cpu, err);
}

/// Runs on the CPU that handles the dying CPU's interrupt. A worker does the remaining cleanup.
void AsyncDesign::idle_dead(CpuId cpu) {
  const CpuId helper = m_.core.rt.cpu();
  m_.core.rt.start(helper, Role::Worker, m_.core.wake_latency(WaitMode::Asleep, helper),
                   [this, cpu] { clean_up(cpu); });
}

void AsyncDesign::clean_up(CpuId cpu) {
  CpuRecord& st = m_.rec(cpu);
  m_.park_cpuhp_thread(cpu);
  m_.cpu_die(cpu);
  const int ret = m_.invoke_callback_range(false, cpu, st, st.target, false);
  if (ret != 0) m_.warn(cpu, "DEAD callback error for CPU" + std::to_string(cpu));
  finished(cpu, results_[cpu] != 0 ? results_[cpu] : ret);
}

/// Ends one operation of the transaction. The task that has carried out the operation calls this
/// last.
void AsyncDesign::finished(CpuId cpu, int result) {
  m_.core.event(EventKind::Complete, cpu, {.ret = result, .name = m_.name_.finished});
  m_.core.rt.publish([this, cpu, result] {
    results_[cpu] = result;
    if (--pending_ == 0) all_done_.signal(m_.core);
  });
}

}  // namespace cpuhp
