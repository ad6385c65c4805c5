// What the AP does from its first instruction to its idle loop: start_secondary(),
// notify_cpu_starting(), cpuhp_online_idle(). While an AP waits for its release by the control CPU,
// the simulator has no task for it.
#include <algorithm>

#include "model/machine.hpp"

namespace cpuhp {

/// The AP reports that it is alive (kernel: cpuhp_ap_sync_alive; before 6.5 cpu_initialized_mask).
void Machine::ap_alive(CpuId cpu, std::uint32_t generation) {
  CpuRecord& st = rec(cpu);
  // The CPU was kicked again after this start, so this start has no effect.
  if (st.generation != generation) return;
  core.spend(Phase::Unattributed, cpu);
  core.spend(Phase::Microcode, cpu);
  core.event(EventKind::Alive, cpu);
  if (rules_.core_sync == CoreSync::Full) core.call("cpuhp_ap_sync_alive", cpu);
  core.event(EventKind::SyncState, cpu, {.value = static_cast<int>(SyncState::Alive)});
  core.rt.publish([this, cpu] {
    rec(cpu).sync_state = SyncState::Alive;
    core.set_polling(cpu, true);
    design_->alive(cpu);
    // True when the control CPU timed out, and gave the AP up.
    const bool given_up = rec(cpu).state == at_.offline;
    if (rec(cpu).released || (given_up && defect(Defect::AliveTimeoutRace)))
      start_released(cpu, 1_ns);
  });
  st.alive.complete(core);
}

/// Returns Waits::Never when the AP only spends CPU time, and waits for nothing, until it reports
/// alive.
Waits Machine::ap_alive_waits() const {
  const bool works = core.is_plain(Phase::Unattributed) && core.is_plain(Phase::Microcode);
  return works && core.counts_alone() ? Waits::Never : Waits::Perhaps;
}

/// Returns Waits::Never when the AP only spends CPU time from its release until it comes online:
/// its STARTING callbacks wait for nothing and have no fault, and no TSC is synchronised. It waits
/// for other CPUs only in settle_then() and arrive_then(), which do not count as waits (Waits).
Waits Machine::ap_released_waits() const {
  bool works = core.counts_alone() && config_.defects.none() && !rules_.ap_kicks_itself;
  for (const Phase phase : {Phase::CpuInit, Phase::Callin, Phase::Calibrate, Phase::IdleEntry})
    works = works && core.is_plain(phase);
  works = works && !synchronises_tsc();
  for (StateId s = at_.bringup; works && s < at_.ap_online;) {
    s = slot(static_cast<StateId>(s + 1)).next_up;
    works = s > at_.ap_online || plain_work(s, true) != nullptr;
  }
  return works ? Waits::Never : Waits::Perhaps;
}

void Machine::start_released(CpuId cpu, Ns latency) {
  core.rt.start(
      cpu, Role::ApBoot, latency, [this, cpu] { ap_released(cpu); }, ap_released_waits());
}

/// Lets an AP that has reported alive continue, by SHOULD_ONLINE or the callout bit.
void Machine::release_ap(CpuId cpu) {
  core.event(EventKind::Release, cpu);
  core.event(EventKind::SyncState, cpu, {.value = static_cast<int>(SyncState::ShouldOnline)});
  const bool stays = fault(FaultKind::NeverReleased, cpu) != nullptr;
  core.rt.publish([this, cpu, stays] {
    rec(cpu).sync_state = SyncState::ShouldOnline;
    if (stays) return;
    start_released(cpu, core.wake_latency(WaitMode::Spinning, cpu));
  });
}

void Machine::ap_released(CpuId cpu) {
  core.set_polling(cpu, false);
  core.call("rcu_cpu_starting", cpu);
  core.spend(Phase::CpuInit, cpu);
  if (handshakes_by_callin()) core.spend(Phase::Callin, cpu);
  core.spend(Phase::Calibrate, cpu);
  notify_cpu_starting(cpu);
  if (handshakes_by_callin()) rec(cpu).callin.complete(core);
  if (tsc_waits_for_socket(cpu)) return;
  sync_tsc(cpu);
  design_->come_online(cpu);
}

/// kernel: notify_cpu_starting(). Calls the STARTING callbacks, with interrupts off.
void Machine::notify_cpu_starting(CpuId cpu) {
  CpuRecord& st = rec(cpu);
  core.call("notify_cpu_starting", cpu);
  // The architecture may have called this function earlier. The kernel calls it here in any case.
  core.call("rcu_cpu_starting", cpu);
  core.event(EventKind::MaskSet, cpu, {.name = name_.rcu});
  st.booted_once = true;
  design_->atomic_callbacks(cpu, true);
  st.starting_walk_done = true;
}

bool Machine::synchronises_tsc() const {
  return !config_.tsc_reliable && !core.costs.phase(Phase::TscSync).is_nothing();
}

/// Synchronises the TSC: this CPU and a partner CPU spin with interrupts off until their TSCs agree
/// (docs/kernel.md 5.3).
void Machine::sync_tsc(CpuId cpu) {
  if (!synchronises_tsc()) return;
  const Ns length = core.latency(Phase::TscSync, cpu);
  if (length == Ns{}) return;
  lock(kTscPartner, cpu);
  const CpuId partner = design_->tsc_partner();
  const Ns ipi = core.latency(Phase::Ipi, partner);
  core.rt.interrupt(partner, {.why = name_.tsc, .latency = ipi, .handler = length, .burns = true},
                    [] {});
  core.event(EventKind::PhaseBegin, cpu, {.name = name_.tsc});
  core.rt.work(ipi + length);
  core.event(EventKind::PhaseEnd, cpu, {.name = name_.tsc});
  unlock(kTscPartner, cpu);
}

/// True when this CPU has to wait for the first CPU of its socket, whose TSC is the reference. Such
/// a wait happens only when several APs are released at the same time.
bool Machine::tsc_waits_for_socket(CpuId cpu) {
  if (!synchronises_tsc()) return false;
  core.rt.settle();
  const std::uint32_t socket = config_.topology.place(cpu).socket;
  if (core.socket_online(socket) > 0 || core.applies(When::FirstOfSocket, cpu)) return false;
  core.set_polling(cpu, true);
  tsc_waiters_[socket].push_back(cpu);
  return true;
}

bool Machine::set_cpu_online(CpuId cpu) {
  core.call("set_cpu_online", cpu);
  if (fault(FaultKind::NotOnline, cpu) != nullptr) return false;
  core.set_online(cpu, true);
  return true;
}

/// Takes the AP from its online bit to its idle loop. DesignPort::come_online() calls this as the
/// task's last action: many APs may wait there at the same time, and none of them needs a stack.
void Machine::ap_online(CpuId cpu) {
  const bool online = design_->set_online(cpu);
  auto& waiters = tsc_waiters_[config_.topology.place(cpu).socket];
  for (const CpuId waiter : waiters)
    core.rt.start(waiter, Role::ApBoot, core.wake_latency(WaitMode::Spinning, waiter),
                  [this, waiter] {
                    core.set_polling(waiter, false);
                    sync_tsc(waiter);
                    design_->come_online(waiter);
                  });
  waiters.clear();
  if (rules_.core_sync != CoreSync::Full && online) rec(cpu).came_up.complete(core);
  core.spend(Phase::IdleEntry, cpu);
  online_idle(cpu);
}

/// kernel: cpuhp_online_idle(). After it the CPU is available, so its own kernel threads may run.
void Machine::online_idle(CpuId cpu) {
  CpuRecord& st = rec(cpu);
  core.call("cpuhp_online_idle", cpu);
  core.call("kthread_unpark", cpu);
  const bool stopper_late = defect(Defect::StopperLate);
  if (!stopper_late) core.event(EventKind::Unpark, cpu, {.name = name_.stopper});
  const StateId target = design_->enter_idle(cpu);
  core.event(EventKind::Available, cpu, {.step = at_.ap_online_idle, .value = target});
  if (stopper_late) core.event(EventKind::Unpark, cpu, {.name = name_.stopper});
  if (core.online.test(cpu)) {
    if (st.hrtimer_base || at_.hrtimers_prepare < 0) own(cpu, Owned::Hrtimers);
    own(cpu, Owned::Timers);
    own(cpu, Owned::FunctionCalls);
  }
  core.event(EventKind::Own, cpu, {.name = name_.idle_mm});
  set_sync_state(cpu, SyncState::Online);
  if (defect(Defect::UnparkFromIdle)) unpark_cpuhp_thread(cpu);
  design_->available(cpu);
}

}  // namespace cpuhp
