// Takedown: kernel/cpu.c from cpu_down() to finish_cpu(), and what the dying CPU itself does.
#include <algorithm>
#include <cassert>
#include <cerrno>

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

}  // namespace

/// kernel: cpu_down(); any task may call it. Returns 0 or -errno.
int Machine::cpu_down(CpuId cpu, StateId target) {
  if (cpu >= records_.size()) return -EINVAL;
  lock(kCpuAddRemoveLock, cpu);
  const int ret = down_maps_locked(cpu, target);
  unlock(kCpuAddRemoveLock, cpu);
  return ret;
}

/// kernel: cpu_down_maps_locked().
int Machine::down_maps_locked(CpuId cpu, StateId target) {
  if (hotplug_disabled_ > 0) return -EBUSY;
  core.rt.settle();
  if (rules_.last_housekeeping_busy && other_housekeeper(cpu) == kNoCpu) return -EBUSY;
  return rules_.down_via_kworker ? down_on_another_cpu(cpu, target) : down_locked(cpu, target);
}

/// Returns the first other online CPU that isolcpus= does not isolate.
CpuId Machine::other_housekeeper(CpuId cpu) const {
  const CpuMask& keep = config_.housekeeping;
  CpuId other = core.online.first();
  while (other != kNoCpu && (other == cpu || (!keep.empty() && !keep.test(other))))
    other = core.online.next(other + 1);
  return other;
}

/// kernel: work_on_cpu(). A kworker on the first other online housekeeping CPU drives the takedown.
/// It has no CPU quota, but the caller may wait for a quota timer on the dying CPU (2b8272ff4a70).
int Machine::down_on_another_cpu(CpuId cpu, StateId target) {
  CpuId driver = other_housekeeper(cpu);
  if (driver == kNoCpu) {
    if (core.online.weight() == 1) return -EBUSY;
    driver = core.online.first() == cpu ? core.online.next(cpu + 1) : core.online.first();
  }
  int ret = 0;
  Completion done(core.name("work_on_cpu"), cpu);
  core.rt.start(driver, Role::Worker, core.wake_latency(WaitMode::Asleep, driver), [&] {
    core.spend(Phase::KworkerHop, cpu);
    ret = down_locked(cpu, target);
    done.complete(core);
  });
  done.wait(core, WaitMode::Asleep);
  if (!active_.test(cpu)) leave_cpu(cpu);
  return ret;
}

/// kernel: _cpu_down().
int Machine::down_locked(CpuId cpu, StateId target) {
  assert_held(kCpuAddRemoveLock);
  CpuRecord& st = rec(cpu);
  core.call("_cpu_down", cpu);
  core.rt.settle();
  // The last online CPU may not go down. While only one CPU is online, no other CPU may go down
  // either, even one in a low state.
  if (core.online.weight() == 1) return -EBUSY;
  if (!config_.present.test(cpu)) return -EINVAL;
  lock(kCpuHotplugLock, cpu);
  ++core.occurrence[cpu];
  const StateId prev_state = set_state(cpu, st, target);
  int ret = 0;
  bool done = false;
  if (st.state > at_.teardown) {
    // In v4.6 the thread itself limits the target (docs/kernel.md 3.5).
    if (rules_.decrement_first) st.target = std::max(target, at_.teardown);
    ret = kick_ap_work(cpu);
    // A callback in the CPU's thread failed, or the target lies in the ONLINE section.
    done = ret != 0 || st.state > at_.teardown;
    if (!done) st.target = target;
  }
  if (!done) {
    // The AP has come down to TEARDOWN_CPU, and the control CPU continues.
    ret = down_callbacks(cpu, st, target);
    if (ret != 0 && st.state < prev_state && !defect(Defect::RefusedTakedownNoRollback))
      roll_ap_back(cpu, prev_state);
  }
  unlock(kCpuHotplugLock, cpu);
  return ret;
}

/// After a refused takedown, starts the states of the ONLINE section again.
void Machine::roll_ap_back(CpuId cpu, StateId prev_state) {
  CpuRecord& st = rec(cpu);
  // Up to 4.13 the undo leaves the state one above TEARDOWN_CPU. From there the AP's thread starts
  // the ONLINE section again (3b9d6da67e11).
  if (!rules_.decrement_first) {
    if (st.state <= at_.teardown) return;
    st.target = prev_state;
    st.rollback = st.bringup = true;
    const StateId from = st.state;
    const bool traced = rules_.refused_takedown_traced;
    if (traced)
      core.event(EventKind::Enter, cpu,
                 {.step = from, .value = st.target, .name = name_.kick_ap_work});
    kick_ap_thread(cpu, st);
    if (traced) core.event(EventKind::Exit, cpu, {.step = from, .value = st.state});
    return;
  }
  if (defect(Defect::RefusedTakedownMovesState)) ++st.state;
  if (st.state == at_.teardown) {
    reset_state(cpu, st, prev_state);
    kick_ap_thread(cpu, st);
  } else if (!rules_.control_is_late()) {
    warn(cpu, "DEAD callback error for CPU" + std::to_string(cpu));
  }
}

/// kernel: takedown_cpu(), the callback of cpu:teardown.
int Machine::takedown_cpu(CpuId cpu) {
  CpuRecord& st = rec(cpu);
  if (st.rollback && defect(Defect::RollbackWithoutTakedown)) return 0;
  // Where no state of the table clears `active`, this task may still be on the CPU.
  leave_cpu(cpu);
  // on the CPU that it takes down, stop_machine() would stop this task
  assert(core.rt.cpu() != cpu || core.online.weight() <= 1);
  // From 4.8 on, sched:active clears `active`, as the first step down. 4.6 to 4.13 also park the
  // CPU's threads here (docs/kernel.md 3.5).
  if (!rules_.active_is_a_state) {
    set_active(cpu, false);  // v4.6: the last DOWN_PREPARE notifier
    synchronize_rcu(cpu);
  }
  park_cpuhp_thread(cpu);
  park_smpboot_threads(cpu);
  lock(kSparseIrqLock, cpu);
  int err = 0;
  core.call("stop_machine_cpuslocked", cpu);
  core.rt.stop_machine(cpu, [&] { err = take_cpu_down(cpu); });
  if (err != 0) {  // the CPU refused to die
    if (!rules_.active_is_a_state) set_active(cpu, true);
    unlock(kSparseIrqLock, cpu);
    unpark_cpuhp_thread(cpu);
    return err;
  }
  wait_for_ap_thread(st, false);
  if (st.state != at_.idle_dead) panic(cpu, "BUG: the dying CPU is not in idle:dead");
  unlock(kSparseIrqLock, cpu);
  cpu_die(cpu);
  wait_for_quota(cpu);
  core.call("tick_cleanup_dead_cpu", cpu);
  core.call("rcutree_migrate_callbacks", cpu);
  return 0;
}

/// Hangs when the task that asked for the takedown has used up its CPU quota, and the timer that
/// would let it continue is queued on the dying CPU. Without hrtimers:dying the timer moves only in
/// the teardown of hrtimers:prepare, which the waiting task itself would have to run (B25).
void Machine::wait_for_quota(CpuId cpu) {
  // An operation of ask() is not in this list, and has no quota timer.
  if (core.operation >= config_.operations.size()) return;
  const Operation& op = config_.operations[core.operation];
  const bool stuck = at_.hrtimers_dying < 0 && at_.hrtimers_prepare >= 0;
  if (op.timer_on != cpu || core.rt.role() == Role::Worker || !stuck) return;
  Completion quota(core.name("the quota of its own CPU time"), cpu);
  quota.wait(core, WaitMode::Asleep);
}

/// kernel: take_cpu_down(). Runs on the dying CPU while all others are stopped.
int Machine::take_cpu_down(CpuId cpu) {
  CpuRecord& st = rec(cpu);
  core.spend(Phase::StopMachine, cpu);
  core.call("take_cpu_down", cpu);
  // A CPU that never came online has nothing that could refuse.
  if (core.online.test(cpu))
    if (const Fault* f = fault(FaultKind::RefusedTakedown, cpu)) return f->error;
  if (active_.test(cpu)) set_active(cpu, false);  // no state of the table has cleared it
  core.call("set_cpu_online", cpu);
  core.call("irq_migrate_all_off_this_cpu", cpu);
  core.spend(Phase::IrqMigrate, cpu);
  core.set_online(cpu, false);
  const bool late = design_->control_is_late();
  if (st.state != at_.teardown - (late ? 0 : 1))
    warn(cpu, "take_cpu_down() runs, but the CPU is not in cpu:teardown");
  if (late) --st.state;
  design_->atomic_callbacks(cpu, false);
  // Kernels with the state tick:dying hand the timekeeping over in its teardown instead.
  if (table_->find("tick:dying") < 0) core.call("tick_handover_do_timer", cpu);
  core.call("kthread_park", cpu);
  core.event(EventKind::Park, cpu, {.name = name_.stopper});
  core.rt.publish([this, cpu] {
    core.rt.start(cpu, Role::Idle, 1_ns, [this, cpu] { report_idle_dead(cpu); });
  });
  return 0;
}

/// kernel: cpuhp_report_idle_dead(), in the dying CPU's idle loop. RCU is told first. Then an
/// online CPU must do the completion, because this CPU can't wake tasks any more (71f87b2fc64c).
void Machine::report_idle_dead(CpuId cpu) {
  CpuRecord& st = rec(cpu);
  core.call("cpuhp_report_idle_dead", cpu);
  if (st.state != at_.ap_offline)
    panic(cpu, "BUG: cpuhp_report_idle_dead() runs, but the CPU is not in ap:offline");
  const bool completed = design_->control_waits() && defect(Defect::DeathReportRace);
  if (completed) {
    st.state = at_.idle_dead;
    complete_ap_thread(cpu, false);
  }
  core.call("rcu_report_dead", cpu);
  core.spend(Phase::IdleDead, cpu);
  core.event(EventKind::MaskClear, cpu, {.name = name_.rcu});
  if (defect(Defect::HrtimerAfterDying))
    core.event(EventKind::Own, cpu, {.name = owned_name(Owned::Hrtimers)});
  if (defect(Defect::IdleMmDroppedByDeadCpu))
    core.event(EventKind::Disown, cpu, {.name = name_.idle_mm});
  st.state = at_.idle_dead;
  core.event(EventKind::IdleDead, cpu, {.step = at_.idle_dead});
  design_->report_idle_dead(cpu, completed);
  play_dead(cpu);
}

/// The dying CPU reports its death: SYNC_STATE_DEAD, or the state word that x86 polled.
void Machine::play_dead(CpuId cpu) {
  core.call("arch_cpu_idle_dead", cpu);
  if (fault(FaultKind::NeverDead, cpu) != nullptr) return;
  if (const Fault* f = fault(FaultKind::DeadLate, cpu)) {
    const std::uint32_t generation = rec(cpu).generation;
    core.rt.sleep(f->delay);
    // The CPU was kicked again, which has reset its sync state.
    if (rec(cpu).generation != generation) return;
  }
  core.spend(Phase::Die, cpu);
  if (rules_.core_sync != CoreSync::None) core.call("cpuhp_ap_report_dead", cpu);
  core.event(EventKind::Dead, cpu);
  set_sync_state(cpu, SyncState::Dead);
  rec(cpu).dead.complete(core);
}

/// The control CPU waits until the dying CPU reports its death. A time-out is only logged, and the
/// takedown continues (docs/kernel.md 5.1).
void Machine::cpu_die(CpuId cpu) {
  CpuRecord& st = rec(cpu);
  core.rt.settle();
  if (defect(Defect::DeadWaitUnbounded)) {
    st.dead.wait(core, WaitMode::Asleep);
    return;
  }
  if (rules_.core_sync != CoreSync::None) {
    if (st.sync_state != SyncState::Dead) set_sync_state(cpu, SyncState::ShouldDie);
    if (!wait_for_sync_state(st.dead, kDeadTimeout))
      warn(cpu, "CPU" + std::to_string(cpu) + " failed to report dead state");
    return;
  }
  if (st.dead.wait(core, WaitMode::Spinning, core.rt.now() + kOldDeadPoll)) return;
  const Ns end = core.rt.now() + kOldDeadTimeout;
  for (Ns pause = kJiffy; core.rt.now() < end; pause = Ns{pause.v * 11 / 10}) {
    core.rt.sleep(pause);
    if (st.dead.done()) {
      core.rt.work(kSeen);
      st.dead.wait(core, WaitMode::Spinning);
      return;
    }
  }
  warn(cpu, "CPU " + std::to_string(cpu) + " didn't die...");
}

/// kernel: finish_cpu(), the teardown of cpu:bringup: the CPU's idle task drops its last borrowed
/// mm.
int Machine::finish_cpu(CpuId cpu) {
  core.strike({.cpu = cpu, .state = at_.bringup, .bringup = false}, slot(at_.bringup).teardown);
  core.spend(core.costs.step(at_.bringup, Direction::Down), cpu,
             {config_.seed, 2, cpu, at_.bringup, 1, core.occurrence[cpu] << 8});
  core.event(EventKind::Disown, cpu, {.name = name_.idle_mm});
  return 0;
}

}  // namespace cpuhp
