#include "model/hotplug/up.hpp"

#include <algorithm>
#include <cerrno>
#include <string>

#include "model/hotplug/ap_entry.hpp"
#include "model/hotplug/cpuhp_thread.hpp"
#include "model/hotplug/walk.hpp"
#include "model/machine.hpp"

namespace cpuhp {
namespace {

// Time-out for the AP to report alive (docs/kernel.md 5.1). x86 before 6.5 also waits 10 s.
constexpr Ns kSyncTimeout = 10_s;
constexpr Ns kSyncPoll = 1_ms;  // the control CPU polls for this time, then sleeps between polls
// usleep_range(1000, 2000): when no other timer fires, the sleep lasts the full 2 ms.
constexpr Ns kSyncSleep = 2_ms;
constexpr Ns kCpuRunningTimeout = 1'000_ms;  // arm64's completion (docs/kernel.md 2.2)

/// kernel: bringup_wait_for_ap_online(). Sleeps until the AP is in its idle loop.
int bringup_wait_for_ap_online(Machine& m, CpuId cpu) {
  wait_for_ap_thread(m, m.cpus[cpu], true);
  if (!m.core.online.test(cpu)) {
    if (m.defect(Defect::VanishedApAsserts)) m.core.panic(cpu, "BUG: the AP is not online");
    warn(m, cpu, "the AP finished its bring-up, but is not online");
    return -ECANCELED;
  }
  unpark_cpuhp_thread(m, cpu);
  // With SMT switched off, a sibling thread boots only to be initialised, and goes down again.
  return smt_allowed(m, cpu) ? 0 : -ECANCELED;
}

int finish_bringup(Machine& m, CpuId cpu) {
  CpuRecord& st = m.cpus[cpu];
  const int ret = st.target > m.at.ap_online_idle ? kick_ap(m, cpu, st, st.target) : 0;
  m.core.spend(Phase::BringupDone, cpu);
  return ret;
}

/// kernel: cpuhp_bp_sync_alive().
int bp_sync_alive(Machine& m, CpuId cpu) {
  if (!wait_for_sync_state(m, m.cpus[cpu].alive, kSyncTimeout)) {
    m.core.spend(Phase::KickCleanup, cpu);
    blame(m, cpu);
    return -EIO;
  }
  release_ap(m, cpu);
  m.core.spend(Phase::KickCleanup, cpu);
  return 0;
}

/// kernel: cpuhp_bringup_ap(). Both waits are under the sparse-irq lock.
int bringup_ap(Machine& m, CpuId cpu) {
  const int ret = with_lock(m, kSparseIrqLock, cpu, [&] {
    const int late = bp_sync_alive(m, cpu);
    return late != 0 ? late : bringup_wait_for_ap_online(m, cpu);
  });
  return ret != 0 ? ret : finish_bringup(m, cpu);
}

/// Returns the word in which an AP says why it does not come up. Each AP has its own word. With
/// the defect shared-boot-status all APs share one.
BootStatusWord& boot_status(Machine& m, CpuId cpu) {
  return m.defect(Defect::SharedBootStatus) ? m.shared_boot_status : m.cpus[cpu].boot_status;
}

/// True when an AP that was given up has come up after all. PSCI answers CPU_ON with ALREADY_ON, for
/// which the kernel has -EINVAL (drivers/firmware/psci/psci.c: psci_to_linux_errno()).
bool is_on(Machine& m, CpuId cpu) {
  if (m.cpus[cpu].generation == 0) return false;
  m.rt.settle(reads(Object::CpuRecord, cpu));
  return m.cpus[cpu].runs;
}

/// Sends the message that starts the AP: INIT/SIPI or PSCI CPU_ON. The AP then runs by itself. INIT,
/// which comes first, ends what the AP does since an earlier kick.
void arch_kick(Machine& m, CpuId cpu) {
  CpuRecord& st = m.cpus[cpu];
  for (Completion* c : {&st.done_up, &st.done_down, &st.alive, &st.callin, &st.came_up, &st.dead})
    c->reset();
  m.core.pay_vm_exit(cpu);
  // Until now, the AP may still have reported alive for an earlier kick.
  if (st.generation > 0) m.rt.settle(writes(Object::CpuRecord, cpu));
  const std::uint32_t generation = ++st.generation;
  st.runs = false;
  m.core.spend(Phase::Kick, cpu);
  m.core.event(EventKind::Kick, cpu);
  Ns alive = m.core.latency(Phase::Alive, cpu);
  if (const Fault* f = fault(m, FaultKind::AliveLate, cpu)) alive += f->delay;
  if (const Fault* f = fault(m, FaultKind::NeverAlive, cpu)) {
    if (f->status != BootStatus::None) boot_status(m, cpu) = {cpu, f->status};
    // kernel: cpu_die_early() of arm64
    if (f->status != BootStatus::None && m.defect(Defect::EarlyDeathUnlogged)) m.present.clear(cpu);
    return;
  }
  m.rt.start(
      cpu, Role::ApBoot, alive, [&m, cpu, generation] { ap_alive(m, cpu, generation); },
      ap_alive_waits(m));
}

}  // namespace

int cpu_up(Machine& m, CpuId cpu, StateId target) {
  m.core.call("cpu_up", cpu);
  if (cpu >= m.cpus.size()) return -EINVAL;
  return with_lock(m, kCpuAddRemoveLock, cpu, [&] {
    if (m.suspend.hotplug_disabled > 0) return -EBUSY;
    return smt_allowed(m, cpu) ? up_locked(m, cpu, target) : -EPERM;
  });
}

int up_locked(Machine& m, CpuId cpu, StateId target) {
  m.core.lock(kCpuAddRemoveLock).assert_held();
  CpuRecord& st = m.cpus[cpu];
  m.core.call("_cpu_up", cpu);
  return as_cpus_writer(m, cpu, [&] {
    if (!m.present.test(cpu)) return -EINVAL;
    if (st.state >= target) return 0;
    if (st.state == m.at.offline) {
      if (fault(m, FaultKind::NoMemory, cpu) != nullptr)
        return -ENOMEM;  // idle_thread_get() failed
      ++m.core.occurrence[cpu];
      m.core.spend(Phase::CpuUp, cpu);
    }
    set_state(m, cpu, st, target);
    const int ret = st.state > m.at.bringup ? kick_ap_work(m, cpu) : 0;
    return ret != 0 ? ret : up_callbacks(m, cpu, st, std::min(target, m.at.bringup));
  });
}

int bringup_cpu(Machine& m, CpuId cpu) {
  if (m.rules.split_startup) return bringup_ap(m, cpu);
  // Some architectures visit all irq descriptors for the new CPU, so no irq may be added or
  // removed.
  int ret = with_lock(m, kSparseIrqLock, cpu, [&] { return arch_cpu_up(m, cpu); });
  if (ret != 0) return ret;
  if (m.rules.ap_kicks_itself) {
    // In v4.6 the AP itself continues to its target, and completes only once (docs/kernel.md 3.4).
    wait_for_ap_thread(m, m.cpus[cpu], true);
    if (!m.core.online.test(cpu)) m.core.panic(cpu, "BUG: the AP is not online");
    return m.cpus[cpu].result;
  }
  ret = bringup_wait_for_ap_online(m, cpu);
  return ret != 0 ? ret : finish_bringup(m, cpu);
}

bool wait_for_sync_state(Machine& m, Completion& flag, Ns budget) {
  m.rt.settle(flag.touch());
  const Ns end = m.rt.now() + budget;
  if (flag.wait(m.core, WaitMode::Spinning, std::min(end, m.rt.now() + kSyncPoll))) return true;
  while (m.rt.now() <= end) {
    m.core.pay_vm_exit(m.rt.cpu());
    m.rt.pause(kSyncSleep, end, flag.touch());
    m.rt.settle(flag.touch());
    if (flag.done()) {
      m.rt.work(kSeen);
      return flag.wait(m.core, WaitMode::Spinning);
    }
  }
  return false;
}

int kick_ap_alive(Machine& m, CpuId cpu) {
  CpuRecord& st = m.cpus[cpu];
  m.rt.settle(writes(Object::CpuRecord, cpu));
  if (st.sync_state != SyncState::Dead && st.sync_state != SyncState::Kicked &&
      st.sync_state != SyncState::Alive)
    return -EAGAIN;  // limbo: the CPU never reported its death
  set_sync_state(m, cpu, SyncState::Kicked);
  m.design->kicked(cpu);
  arch_kick(m, cpu);
  return 0;
}

void blame(Machine& m, CpuId cpu) {
  m.rt.settle(reads(Object::CpuRecord, cpu));
  const BootStatusWord word = boot_status(m, cpu);
  const std::string name = "CPU" + std::to_string(cpu);
  if (word.status != BootStatus::None)
    warn(m, cpu, name + ": is stuck in kernel");
  else if (m.rules.core_sync == CoreSync::Full)
    warn(m, cpu, name + " failed to report alive state");
  else if (m.rules.bringup_spins)
    warn(m, cpu, "do_boot_cpu failed(-1) to wakeup CPU#" + std::to_string(cpu));
  else
    warn(m, cpu, name + ": failed to come online");
  m.core.event(EventKind::Blame, cpu,
               {.value = static_cast<int>(word.status),
                .ret = word.written_by == kNoCpu ? -1 : static_cast<int>(word.written_by)});
  if (word.status == BootStatus::Panic)
    m.core.panic(cpu, name + " detected unsupported configuration");
}

int arch_cpu_up(Machine& m, CpuId cpu) {
  CpuRecord& st = m.cpus[cpu];
  if (!boot_starts_thread(m, cpu)) return -EINVAL;
  if (m.standby.test(cpu)) return -EIO;
  if (m.rules.core_sync == CoreSync::Full) {
    const int ret = kick_ap_alive(m, cpu);
    return ret != 0 ? ret : bp_sync_alive(m, cpu);
  }
  const bool sleeps = !m.rules.bringup_spins;
  if (sleeps && is_on(m, cpu)) {
    warn(m, cpu, "CPU" + std::to_string(cpu) + ": failed to boot: " + std::to_string(-EINVAL));
    return -EINVAL;
  }
  st.released = sleeps;
  arch_kick(m, cpu);
  Completion& sign = sleeps ? st.came_up : st.alive;
  const WaitMode mode = sleeps ? WaitMode::Asleep : WaitMode::Spinning;
  if (!sign.wait(m.core, mode, m.rt.now() + (sleeps ? kCpuRunningTimeout : kSyncTimeout))) {
    blame(m, cpu);
    // arm64 clears secondary_data.task: an AP that starts now stays in __secondary_too_slow
    // (arch/arm64/kernel/head.S).
    if (sleeps) ++st.generation;
    return -EIO;
  }
  if (sleeps) return 0;
  release_ap(m, cpu);
  st.callin.wait(m.core, WaitMode::Spinning);   // without a time-out
  st.came_up.wait(m.core, WaitMode::Spinning);  // without a time-out
  return 0;
}

}  // namespace cpuhp
