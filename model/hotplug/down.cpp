#include "model/hotplug/down.hpp"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <string>

#include "model/hotplug/cpuhp_thread.hpp"
#include "model/hotplug/sched.hpp"
#include "model/hotplug/suspend.hpp"
#include "model/hotplug/up.hpp"
#include "model/hotplug/walk.hpp"
#include "model/machine.hpp"

namespace cpuhp {
namespace {

// 6.5+: time-out of cpuhp_bp_sync_dead(), which does not report a time-out to its caller.
constexpr Ns kDeadTimeout = 10_s;
constexpr Ns kOldDeadTimeout = 5_s;  // x86 before 6.5: time-out for the state word
constexpr Ns kOldDeadPoll = 5_us;    // the control CPU polls for this time, and then sleeps
// First sleep between two polls. Each further sleep lasts 1.1 times as long as the one before
// (docs/kernel.md 2.3).
constexpr Ns kJiffy = 4_ms;

/// Returns the first other online CPU that isolcpus= does not isolate.
CpuId other_housekeeper(const Machine& m, CpuId cpu) {
  const CpuMask& keep = m.config.housekeeping;
  CpuId other = m.core.online.first();
  while (other != kNoCpu && (other == cpu || (!keep.empty() && !keep.test(other))))
    other = m.core.online.next(other + 1);
  return other;
}

/// kernel: work_on_cpu(). A kworker on the first other online housekeeping CPU drives the takedown.
/// It has no CPU quota, but the caller may wait for a quota timer on the dying CPU (2b8272ff4a70).
int down_on_another_cpu(Machine& m, CpuId cpu, StateId target) {
  CpuId driver = other_housekeeper(m, cpu);
  if (driver == kNoCpu) {
    if (m.core.online.weight() == 1) return -EBUSY;
    driver = m.core.online.first() == cpu ? m.core.online.next(cpu + 1) : m.core.online.first();
  }
  int ret = 0;
  Completion done(m.core.name("work_on_cpu"), cpu);
  m.rt.start(driver, Role::Worker, m.core.wake_latency(WaitMode::Asleep, driver), [&] {
    m.core.spend(Phase::KworkerHop, cpu);
    ret = down_locked(m, cpu, target);
    done.complete(m.core);
  });
  done.wait(m.core, WaitMode::Asleep);
  if (!m.active.test(cpu)) leave_cpu(m, cpu);
  return ret;
}

/// After a refused takedown, starts the states of the ONLINE section again.
void roll_ap_back(Machine& m, CpuId cpu, StateId prev_state) {
  CpuRecord& st = m.cpus[cpu];
  // Up to 4.13 the undo leaves the state one above TEARDOWN_CPU. From there the AP's thread starts
  // the ONLINE section again (3b9d6da67e11).
  if (!m.rules.decrement_first) {
    if (st.state <= m.at.teardown) return;
    st.target = prev_state;
    st.rollback = st.bringup = true;
    const StateId from = st.state;
    const bool traced = m.rules.refused_takedown_traced;
    if (traced)
      m.core.event(EventKind::Enter, cpu,
                   {.step = from, .value = st.target, .name = m.name.kick_ap_work});
    kick_ap_thread(m, cpu, st);
    if (traced) m.core.event(EventKind::Exit, cpu, {.step = from, .value = st.state});
    return;
  }
  if (m.defect(Defect::RefusedTakedownMovesState)) ++st.state;
  if (st.state == m.at.teardown) {
    reset_state(m, cpu, st, prev_state);
    kick_ap_thread(m, cpu, st);
  } else if (!m.rules.control_is_late()) {
    warn(m, cpu, "DEAD callback error for CPU" + std::to_string(cpu));
  }
}

/// Hangs when the task that asked for the takedown has used up its CPU quota, and the timer that
/// would let it continue is queued on the dying CPU. Without hrtimers:dying the timer moves only in
/// the teardown of hrtimers:prepare, which the waiting task itself would have to run (B25).
void wait_for_quota(Machine& m, CpuId cpu) {
  // An operation of ask() is not in this list, and has no quota timer.
  if (m.core.operation >= m.config.operations.size()) return;
  const Operation& op = m.config.operations[m.core.operation];
  const bool stuck = m.at.hrtimers_dying < 0 && m.at.hrtimers_prepare >= 0;
  if (op.timer_on != cpu || m.rt.role() == Role::Worker || !stuck) return;
  Completion quota(m.core.name("the quota of its own CPU time"), cpu);
  quota.wait(m.core, WaitMode::Asleep);
}

/// The dying CPU reports its death: SYNC_STATE_DEAD, or the state word that x86 polled.
void play_dead(Machine& m, CpuId cpu) {
  m.core.call("arch_cpu_idle_dead", cpu);
  if (fault(m, FaultKind::NeverDead, cpu) != nullptr) return;
  if (const Fault* f = fault(m, FaultKind::DeadLate, cpu)) {
    const std::uint32_t generation = m.cpus[cpu].generation;
    m.rt.sleep(f->delay);
    // The CPU was kicked again, which has reset its sync state.
    if (m.cpus[cpu].generation != generation) return;
  }
  m.core.spend(Phase::Die, cpu);
  if (m.rules.core_sync != CoreSync::None) m.core.call("cpuhp_ap_report_dead", cpu);
  m.core.event(EventKind::Dead, cpu);
  m.rt.point(writes(Object::CpuRecord, cpu));
  set_sync_state(m, cpu, SyncState::Dead);
  m.cpus[cpu].dead.complete(m.core);
}

/// Lets the timers fire that the dying CPU should have stopped, and has not.
void late_timers(Machine& m, CpuId cpu) {
  constexpr Ns kFires = 1_us;
  if (m.defect(Defect::ClockEventLeftRunning))
    m.rt.interrupt(cpu, {.why = m.core.name("clock event"), .latency = kFires}, [] {});
  // kernel: dl_server_timer(), on the CPU that got the dying CPU's hrtimers
  if (!m.defect(Defect::DeadlineServerRunsOn)) return;
  m.rt.settle(reads(Object::Active));
  m.rt.interrupt(
      primary_cpu(m, kNoCpu), {.why = m.core.name("dl_server_timer"), .latency = kFires},
      [&m, cpu] { m.core.event(EventKind::Own, cpu, {.name = m.core.name("deadline servers")}); });
}

/// kernel: cpuhp_report_idle_dead(), in the dying CPU's idle loop. RCU is told first. Then an
/// online CPU must do the completion, because this CPU can't wake tasks any more (71f87b2fc64c).
void report_idle_dead(Machine& m, CpuId cpu) {
  CpuRecord& st = m.cpus[cpu];
  m.core.call("cpuhp_report_idle_dead", cpu);
  if (st.state != m.at.ap_offline)
    m.core.panic(cpu, "BUG: cpuhp_report_idle_dead() runs, but the CPU is not in ap:offline");
  const bool completed = m.design->control_waits() && m.defect(Defect::DeathReportRace);
  if (completed) {
    st.state = m.at.idle_dead;
    complete_ap_thread(m, cpu, false);
  }
  m.core.call("rcu_report_dead", cpu);
  m.core.spend(Phase::IdleDead, cpu);
  if (!m.defect(Defect::StoppedCpuNotReported))
    m.core.event(EventKind::MaskClear, cpu, {.name = m.name.rcu});
  if (m.defect(Defect::HrtimerAfterDying))
    m.core.event(EventKind::Own, cpu, {.name = m.owned_name(Owned::Hrtimers)});
  if (m.defect(Defect::IdleMmDroppedByDeadCpu))
    m.core.event(EventKind::Disown, cpu, {.name = m.name.idle_mm});
  st.state = m.at.idle_dead;
  st.runs = false;
  m.core.event(EventKind::IdleDead, cpu, {.step = m.at.idle_dead});
  late_timers(m, cpu);
  m.design->report_idle_dead(cpu, completed);
  play_dead(m, cpu);
}

}  // namespace

int cpu_down(Machine& m, CpuId cpu, StateId target) {
  if (cpu >= m.cpus.size()) return -EINVAL;
  return with_lock(m, kCpuAddRemoveLock, cpu, [&] { return down_maps_locked(m, cpu, target); });
}

int down_maps_locked(Machine& m, CpuId cpu, StateId target) {
  if (m.suspend.hotplug_disabled > 0) return -EBUSY;
  m.rt.settle(reads(Object::Online));
  if (m.rules.last_housekeeping_busy && other_housekeeper(m, cpu) == kNoCpu) return -EBUSY;
  return m.rules.down_via_kworker ? down_on_another_cpu(m, cpu, target)
                                  : down_locked(m, cpu, target);
}

int down_locked(Machine& m, CpuId cpu, StateId target) {
  m.core.lock(kCpuAddRemoveLock).assert_held();
  CpuRecord& st = m.cpus[cpu];
  m.core.call("_cpu_down", cpu);
  m.rt.settle(reads(Object::Online));
  // The last online CPU may not go down. While only one CPU is online, no other CPU may go down
  // either, even one in a low state.
  if (m.core.online.weight() == 1) return -EBUSY;
  if (!m.present.test(cpu)) return -EINVAL;
  cpus_write_lock(m, cpu);
  ++m.core.occurrence[cpu];
  const StateId prev_state = set_state(m, cpu, st, target);
  int ret = 0;
  bool done = false;
  if (st.state > m.at.teardown) {
    // In v4.6 the thread itself limits the target (docs/kernel.md 3.5).
    if (m.rules.decrement_first) st.target = std::max(target, m.at.teardown);
    ret = kick_ap_work(m, cpu);
    // A callback in the CPU's thread failed, or the target lies in the ONLINE section.
    done = ret != 0 || st.state > m.at.teardown;
    if (!done) st.target = target;
  }
  if (!done) {
    // The AP has come down to TEARDOWN_CPU, and the control CPU continues.
    ret = down_callbacks(m, cpu, st, target);
    if (ret != 0 && st.state < prev_state && !m.defect(Defect::RefusedTakedownNoRollback))
      roll_ap_back(m, cpu, prev_state);
  }
  cpus_write_unlock(m, cpu);
  return ret;
}

int takedown_cpu(Machine& m, CpuId cpu) {
  CpuRecord& st = m.cpus[cpu];
  if (st.rollback && m.defect(Defect::RollbackWithoutTakedown)) return 0;
  // Where no state of the table clears `active`, this task may still be on the CPU.
  leave_cpu(m, cpu);
  // on the CPU that it takes down, stop_machine() would stop this task
  assert(m.rt.cpu() != cpu || m.core.online.weight() <= 1);
  // From 4.8 on, sched:active clears `active`, as the first step down. 4.6 to 4.13 also park the
  // CPU's threads here (docs/kernel.md 3.5).
  if (!m.rules.active_is_a_state) {
    set_active(m, cpu, false);  // v4.6: the last DOWN_PREPARE notifier
    synchronize_rcu(m, cpu);
  }
  park_cpuhp_thread(m, cpu);
  park_smpboot_threads(m, cpu);
  lock(m, kSparseIrqLock, cpu);
  int err = 0;
  m.core.call("stop_machine_cpuslocked", cpu);
  m.rt.stop_machine(cpu, [&] { err = take_cpu_down(m, cpu); });
  if (err != 0) {  // the CPU refused to die
    if (!m.rules.active_is_a_state) set_active(m, cpu, true);
    unlock(m, kSparseIrqLock, cpu);
    unpark_cpuhp_thread(m, cpu);
    return err;
  }
  wait_for_ap_thread(m, st, false);
  if (st.state != m.at.idle_dead) m.core.panic(cpu, "BUG: the dying CPU is not in idle:dead");
  unlock(m, kSparseIrqLock, cpu);
  cpu_die(m, cpu);
  wait_for_quota(m, cpu);
  m.core.call("tick_cleanup_dead_cpu", cpu);
  m.core.call("rcutree_migrate_callbacks", cpu);
  return 0;
}

int take_cpu_down(Machine& m, CpuId cpu) {
  CpuRecord& st = m.cpus[cpu];
  m.core.spend(Phase::StopMachine, cpu);
  m.core.call("take_cpu_down", cpu);
  // A CPU that never came online has nothing that could refuse.
  if (m.core.online.test(cpu))
    if (const Fault* f = fault(m, FaultKind::RefusedTakedown, cpu)) return f->error;
  if (m.active.test(cpu)) set_active(m, cpu, false);  // no state of the table has cleared it
  m.core.call("set_cpu_online", cpu);
  m.core.call("irq_migrate_all_off_this_cpu", cpu);
  m.core.spend(Phase::IrqMigrate, cpu);
  m.core.set_online(cpu, false);
  const bool late = m.design->control_is_late();
  if (st.state != m.at.teardown - (late ? 0 : 1))
    warn(m, cpu, "take_cpu_down() runs, but the CPU is not in cpu:teardown");
  if (late) --st.state;
  m.design->atomic_callbacks(cpu, false);
  // kernel: cpudl_clear(), called for the last deadline task, by sched_cpu_dying()
  if (m.defect(Defect::OfflineCpuFreeForDeadlines))
    m.core.event(EventKind::MaskSet, cpu, {.name = m.core.name("free for deadline tasks")});
  // Kernels with the state tick:dying hand the timekeeping over in its teardown instead.
  if (m.table().find("tick:dying") < 0) m.core.call("tick_handover_do_timer", cpu);
  m.core.call("kthread_park", cpu);
  m.core.event(EventKind::Park, cpu, {.name = m.name.stopper});
  m.rt.publish(writes(Object::CpuRecord, cpu), [&m, cpu] {
    m.rt.start(cpu, Role::Idle, 1_ns, [&m, cpu] { report_idle_dead(m, cpu); });
  });
  return 0;
}

void cpu_die(Machine& m, CpuId cpu) {
  CpuRecord& st = m.cpus[cpu];
  m.rt.settle(writes(Object::CpuRecord, cpu));
  if (m.defect(Defect::DeadWaitUnbounded)) {
    st.dead.wait(m.core, WaitMode::Asleep);
    return;
  }
  if (m.rules.core_sync != CoreSync::None) {
    if (st.sync_state != SyncState::Dead) set_sync_state(m, cpu, SyncState::ShouldDie);
    if (!wait_for_sync_state(m, st.dead, kDeadTimeout))
      warn(m, cpu, "CPU" + std::to_string(cpu) + " failed to report dead state");
    return;
  }
  if (st.dead.wait(m.core, WaitMode::Spinning, m.rt.now() + kOldDeadPoll)) return;
  const Ns end = m.rt.now() + kOldDeadTimeout;
  for (Ns pause = kJiffy; m.rt.now() < end; pause = Ns{pause.v * 11 / 10}) {
    m.rt.pause(pause, end, st.dead.touch());
    if (st.dead.done()) {
      m.rt.work(kSeen);
      st.dead.wait(m.core, WaitMode::Spinning);
      return;
    }
  }
  warn(m, cpu, "CPU " + std::to_string(cpu) + " didn't die...");
}

int finish_cpu(Machine& m, CpuId cpu) {
  m.core.strike({.cpu = cpu, .state = m.at.bringup, .bringup = false},
                m.slot(m.at.bringup).teardown);
  m.core.spend(m.core.costs.step(m.at.bringup, Direction::Down), cpu,
               {m.config.seed, 2, cpu, m.at.bringup, 1, m.core.occurrence[cpu] << 8});
  m.core.event(EventKind::Disown, cpu, {.name = m.name.idle_mm});
  return 0;
}

}  // namespace cpuhp
