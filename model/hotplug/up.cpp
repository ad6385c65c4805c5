// Bring-up as the control CPU drives it: kernel/cpu.c from cpu_up() to
// bringup_wait_for_ap_online().
#include <algorithm>
#include <cerrno>

#include "model/machine.hpp"

namespace cpuhp {
namespace {

// Time-out for the AP to report alive (docs/kernel.md 5.1). x86 before 6.5 also waits 10 s.
constexpr Ns kSyncTimeout = 10_s;
constexpr Ns kSyncPoll = 1_ms;  // the control CPU polls for this time, then sleeps between polls
// usleep_range(1000, 2000): when no other timer fires, the sleep lasts the full 2 ms.
constexpr Ns kSyncSleep = 2_ms;
constexpr Ns kCpuRunningTimeout = 1'000_ms;  // arm64's completion (docs/kernel.md 2.2)

}  // namespace

/// kernel: cpu_up(). Returns 0 or -errno.
int Machine::cpu_up(CpuId cpu, StateId target) {
  core.call("cpu_up", cpu);
  if (cpu >= records_.size()) return -EINVAL;
  lock(kCpuAddRemoveLock, cpu);
  int ret = 0;
  if (hotplug_disabled_ > 0) {
    ret = -EBUSY;
  } else if (!smt_allowed(cpu)) {
    ret = -EPERM;
  } else {
    ret = up_locked(cpu, target);
  }
  unlock(kCpuAddRemoveLock, cpu);
  return ret;
}

/// kernel: _cpu_up().
int Machine::up_locked(CpuId cpu, StateId target) {
  assert_held(kCpuAddRemoveLock);
  CpuRecord& st = rec(cpu);
  core.call("_cpu_up", cpu);
  lock(kCpuHotplugLock, cpu);
  int ret = 0;
  if (!config_.present.test(cpu)) {
    ret = -EINVAL;
  } else if (st.state == at_.offline && st.state < target &&
             fault(FaultKind::NoMemory, cpu) != nullptr) {
    ret = -ENOMEM;  // idle_thread_get() failed
  } else if (st.state < target) {
    if (st.state == at_.offline) ++core.occurrence[cpu];
    set_state(cpu, st, target);
    if (st.state > at_.bringup) ret = kick_ap_work(cpu);
    if (ret == 0) ret = up_callbacks(cpu, st, std::min(target, at_.bringup));
  }
  unlock(kCpuHotplugLock, cpu);
  return ret;
}

/// Startup of cpu:bringup: the kernel's bringup_cpu() up to 6.4, cpuhp_bringup_ap() from 6.5 on.
int Machine::bringup_cpu(CpuId cpu) {
  if (rules_.split_startup) return bringup_ap(cpu);
  // Some architectures visit all irq descriptors for the new CPU, so no irq may be added or
  // removed.
  lock(kSparseIrqLock, cpu);
  int ret = arch_cpu_up(cpu);
  unlock(kSparseIrqLock, cpu);
  if (ret != 0) return ret;
  if (rules_.ap_kicks_itself) {
    // In v4.6 the AP itself continues to its target, and completes only once (docs/kernel.md 3.4).
    wait_for_ap_thread(rec(cpu), true);
    if (!core.online.test(cpu)) panic(cpu, "BUG: the AP is not online");
    return rec(cpu).result;
  }
  ret = bringup_wait_for_ap_online(cpu);
  return ret != 0 ? ret : finish_bringup(cpu);
}

/// kernel: cpuhp_bringup_ap(). Both waits are under the sparse-irq lock.
int Machine::bringup_ap(CpuId cpu) {
  lock(kSparseIrqLock, cpu);
  int ret = bp_sync_alive(cpu);
  if (ret == 0) ret = bringup_wait_for_ap_online(cpu);
  unlock(kSparseIrqLock, cpu);
  return ret != 0 ? ret : finish_bringup(cpu);
}

/// kernel: bringup_wait_for_ap_online(). Sleeps until the AP is in its idle loop.
int Machine::bringup_wait_for_ap_online(CpuId cpu) {
  CpuRecord& st = rec(cpu);
  wait_for_ap_thread(st, true);
  if (!core.online.test(cpu)) {
    if (defect(Defect::VanishedApAsserts)) panic(cpu, "BUG: the AP is not online");
    warn(cpu, "the AP finished its bring-up, but is not online");
    return -ECANCELED;
  }
  unpark_cpuhp_thread(cpu);
  // With SMT switched off, a sibling thread boots only to be initialised, and goes down again.
  return smt_allowed(cpu) ? 0 : -ECANCELED;
}

int Machine::finish_bringup(CpuId cpu) {
  CpuRecord& st = rec(cpu);
  if (st.target <= at_.ap_online_idle) return 0;
  return kick_ap(cpu, st, st.target);
}

/// kernel: cpuhp_wait_for_sync_state(). Polls for 1 ms, and then sleeps between polls. `budget`
/// limits the whole wait.
bool Machine::wait_for_sync_state(Completion& flag, Ns budget) {
  core.rt.settle();
  const Ns end = core.rt.now() + budget;
  if (flag.wait(core, WaitMode::Spinning, std::min(end, core.rt.now() + kSyncPoll))) return true;
  while (core.rt.now() <= end) {
    core.pay_vm_exit(core.rt.cpu());
    core.rt.sleep(kSyncSleep);
    core.rt.settle();
    if (flag.done()) {
      core.rt.work(kSeen);
      return flag.wait(core, WaitMode::Spinning);
    }
  }
  return false;
}

/// kernel: cpuhp_kick_ap_alive(). Kicks the AP, and does not wait for it.
int Machine::kick_ap_alive(CpuId cpu) {
  CpuRecord& st = rec(cpu);
  core.rt.settle();
  if (st.sync_state != SyncState::Dead && st.sync_state != SyncState::Kicked &&
      st.sync_state != SyncState::Alive)
    return -EAGAIN;  // limbo: the CPU never reported its death
  set_sync_state(cpu, SyncState::Kicked);
  design_->kicked(cpu);
  arch_kick(cpu);
  return 0;
}

/// kernel: cpuhp_bp_sync_alive().
int Machine::bp_sync_alive(CpuId cpu) {
  CpuRecord& st = rec(cpu);
  if (!wait_for_sync_state(st.alive, kSyncTimeout)) {
    core.spend(Phase::KickCleanup, cpu);
    blame(cpu);
    return -EIO;
  }
  release_ap(cpu);
  core.spend(Phase::KickCleanup, cpu);
  return 0;
}

/// Returns the word in which an AP says why it does not come up. Each AP has its own word. With
/// the defect shared-boot-status all APs share one.
BootStatusWord& Machine::boot_status(CpuId cpu) {
  return defect(Defect::SharedBootStatus) ? shared_boot_status_ : rec(cpu).boot_status;
}

/// Warns that the CPU did not come up, and gives the reason from its boot-status word.
void Machine::blame(CpuId cpu) {
  core.rt.settle();
  const BootStatusWord word = boot_status(cpu);
  const std::string name = "CPU" + std::to_string(cpu);
  if (word.status != BootStatus::None)
    warn(cpu, name + ": is stuck in kernel");
  else if (rules_.core_sync == CoreSync::Full)
    warn(cpu, name + " failed to report alive state");
  else if (rules_.bringup_spins)
    warn(cpu, "do_boot_cpu failed(-1) to wakeup CPU#" + std::to_string(cpu));
  else
    warn(cpu, name + ": failed to come online");
  core.event(EventKind::Blame, cpu,
             {.value = static_cast<int>(word.status),
              .ret = word.written_by == kNoCpu ? -1 : static_cast<int>(word.written_by)});
  if (word.status == BootStatus::Panic) panic(cpu, name + " detected unsupported configuration");
}

/// The architecture's __cpu_up(), for kernels before 6.5 (docs/kernel.md 2.2) and for bring-ups
/// without cpu:kick_ap.
int Machine::arch_cpu_up(CpuId cpu) {
  CpuRecord& st = rec(cpu);
  if (rules_.core_sync == CoreSync::Full) {
    const int ret = kick_ap_alive(cpu);
    return ret != 0 ? ret : bp_sync_alive(cpu);
  }
  st.released = !rules_.bringup_spins;
  arch_kick(cpu);
  const bool sleeps = !rules_.bringup_spins;
  Completion& sign = sleeps ? st.came_up : st.alive;
  const WaitMode mode = sleeps ? WaitMode::Asleep : WaitMode::Spinning;
  if (!sign.wait(core, mode, core.rt.now() + (sleeps ? kCpuRunningTimeout : kSyncTimeout))) {
    blame(cpu);
    // arm64 clears secondary_data.task: an AP that starts now stays in __secondary_too_slow
    // (arch/arm64/kernel/head.S).
    if (sleeps) ++st.generation;
    return -EIO;
  }
  if (sleeps) return 0;
  release_ap(cpu);
  st.callin.wait(core, WaitMode::Spinning);   // without a time-out
  st.came_up.wait(core, WaitMode::Spinning);  // without a time-out
  return 0;
}

/// Sends the message that starts the AP: INIT/SIPI or PSCI CPU_ON. The AP then runs by itself.
void Machine::arch_kick(CpuId cpu) {
  CpuRecord& st = rec(cpu);
  for (Completion* c : {&st.done_up, &st.done_down, &st.alive, &st.callin, &st.came_up, &st.dead})
    c->reset();
  core.pay_vm_exit(cpu);
  core.spend(Phase::Kick, cpu);
  core.event(EventKind::Kick, cpu);
  // Until now, the AP may still have reported alive for an earlier kick.
  if (st.generation > 0) core.rt.settle();
  const std::uint32_t generation = ++st.generation;
  Ns alive = core.latency(Phase::Alive, cpu);
  if (const Fault* f = fault(FaultKind::AliveLate, cpu)) alive += f->delay;
  if (const Fault* f = fault(FaultKind::NeverAlive, cpu)) {
    if (f->status != BootStatus::None) boot_status(cpu) = {cpu, f->status};
    return;
  }
  core.rt.start(
      cpu, Role::ApBoot, alive, [this, cpu, generation] { ap_alive(cpu, generation); },
      ap_alive_waits());
}

}  // namespace cpuhp
