#include "model/hotplug/ap_entry.hpp"

#include "model/hotplug/caches.hpp"
#include "model/hotplug/callbacks.hpp"
#include "model/hotplug/cpuhp_thread.hpp"
#include "model/machine.hpp"

namespace cpuhp {
namespace {

/// True on x86 up to 6.4, where the control CPU spins until the AP sets its callin bit
/// (docs/kernel.md 2.2).
bool handshakes_by_callin(const Machine& m) {
  return m.rules.bringup_spins && m.rules.core_sync != CoreSync::Full;
}

bool synchronises_tsc(const Machine& m) {
  return !m.config.tsc_reliable && !m.core.costs.phase(Phase::TscSync).is_nothing();
}

/// Returns Waits::Never when the AP only spends CPU time from its release until it comes online:
/// its STARTING callbacks wait for nothing and have no fault, no TSC is synchronised, and it does not
/// stop the machine. It waits
/// for other CPUs only in settle_then() and arrive_then(), which do not count as waits (Waits).
Waits ap_released_waits(const Machine& m, CpuId cpu) {
  if (m.cpus[cpu].stops_machine) return Waits::Perhaps;
  bool works = m.core.plan.counts_alone() && m.config.defects.none() && !m.rules.ap_kicks_itself;
  for (const Phase phase : {Phase::CpuInit, Phase::Callin, Phase::Calibrate, Phase::IdleEntry,
                            Phase::ParkThread, Phase::WakeUp, Phase::VmExit})
    works = works && m.core.is_plain(phase);
  works = works && !synchronises_tsc(m);
  for (StateId s = m.at.bringup; works && s < m.at.ap_online;) {
    s = m.slot(static_cast<StateId>(s + 1)).next_up;
    works = s > m.at.ap_online || plain_work(m, s, true) != nullptr;
  }
  return works ? Waits::Never : Waits::Perhaps;
}

/// kernel: notify_cpu_starting(). Calls the STARTING callbacks, with interrupts off.
void notify_cpu_starting(Machine& m, CpuId cpu) {
  CpuRecord& st = m.cpus[cpu];
  m.core.call("notify_cpu_starting", cpu);
  // The architecture may have called this function earlier. The kernel calls it here in any case.
  m.core.call("rcu_cpu_starting", cpu);
  m.core.event(EventKind::MaskSet, cpu, {.name = m.name.rcu});
  st.booted_once = true;
  m.design->atomic_callbacks(cpu, true);
}

/// Synchronises the TSC: this CPU and a partner CPU spin with interrupts off until their TSCs agree
/// (docs/kernel.md 5.3).
void sync_tsc(Machine& m, CpuId cpu) {
  if (!synchronises_tsc(m)) return;
  const Ns length = m.core.latency(Phase::TscSync, cpu);
  if (length == Ns{}) return;
  lock(m, kTscPartner, cpu);
  const CpuId partner = m.design->tsc_partner();
  const Ns ipi = m.core.latency(Phase::Ipi, partner);
  m.rt.interrupt(partner, {.why = m.name.tsc, .latency = ipi, .handler = length, .burns = true},
                 [] {});
  m.core.event(EventKind::PhaseBegin, cpu, {.name = m.name.tsc});
  m.rt.work(ipi + length);
  m.core.event(EventKind::PhaseEnd, cpu, {.name = m.name.tsc});
  unlock(m, kTscPartner, cpu);
}

/// True when this CPU has to wait for the first CPU of its socket, whose TSC is the reference. Such
/// a wait happens only when several APs are released at the same time.
bool tsc_waits_for_socket(Machine& m, CpuId cpu) {
  if (!synchronises_tsc(m)) return false;
  m.rt.settle(writes(Object::Counts));
  const std::uint32_t socket = m.config.topology.place(cpu).socket;
  if (m.core.counts.socket[socket] > 0 || m.core.applies(When::FirstOfSocket, cpu)) return false;
  m.core.set_polling(cpu, true);
  m.tsc_waiters[socket].push_back(cpu);
  return true;
}

void ap_released(Machine& m, CpuId cpu) {
  m.core.set_polling(cpu, false);
  m.core.call("rcu_cpu_starting", cpu);
  m.core.spend(Phase::CpuInit, cpu);
  if (m.at.cachectrl < 0) set_up_caches(m, cpu, [] {});
  if (handshakes_by_callin(m)) m.core.spend(Phase::Callin, cpu);
  m.core.spend(Phase::Calibrate, cpu);
  notify_cpu_starting(m, cpu);
  if (handshakes_by_callin(m)) m.cpus[cpu].callin.complete(m.core);
  if (tsc_waits_for_socket(m, cpu)) return;
  sync_tsc(m, cpu);
  m.design->come_online(cpu);
}

void start_released(Machine& m, CpuId cpu, Ns latency) {
  m.cpus[cpu].stops_machine = caches_stop_machine(m);
  m.rt.start(
      cpu, Role::ApBoot, latency, [&m, cpu] { ap_released(m, cpu); }, ap_released_waits(m, cpu));
}

/// kernel: cpuhp_online_idle(). After it the CPU is available, so its own kernel threads may run.
void online_idle(Machine& m, CpuId cpu) {
  CpuRecord& st = m.cpus[cpu];
  m.core.call("cpuhp_online_idle", cpu);
  m.core.call("kthread_unpark", cpu);
  const bool stopper_late = m.defect(Defect::StopperLate);
  if (!stopper_late) m.core.event(EventKind::Unpark, cpu, {.name = m.name.stopper});
  const StateId target = m.design->enter_idle(cpu);
  m.core.event(EventKind::Available, cpu, {.step = m.at.ap_online_idle, .value = target});
  if (stopper_late) m.core.event(EventKind::Unpark, cpu, {.name = m.name.stopper});
  if (m.core.online.test(cpu)) {
    if (st.hrtimer_base || m.at.hrtimers_prepare < 0) own(m, cpu, Owned::Hrtimers);
    own(m, cpu, Owned::Timers);
    own(m, cpu, Owned::FunctionCalls);
  }
  m.core.event(EventKind::Own, cpu, {.name = m.name.idle_mm});
  m.rt.point(writes(Object::CpuRecord, cpu));
  set_sync_state(m, cpu, SyncState::Online);
  if (m.defect(Defect::UnparkFromIdle)) unpark_cpuhp_thread(m, cpu);
  m.design->available(cpu);
}

}  // namespace

void ap_alive(Machine& m, CpuId cpu, std::uint32_t generation) {
  CpuRecord& st = m.cpus[cpu];
  m.rt.touch(writes(Object::CpuRecord, cpu));
  // The CPU was kicked again after this start, so this start has no effect.
  if (st.generation != generation) return;
  m.core.spend(Phase::Unattributed, cpu);
  m.core.spend(Phase::Microcode, cpu);
  m.rt.point(writes(Object::CpuRecord, cpu));
  m.core.event(EventKind::Alive, cpu);
  if (m.rules.core_sync == CoreSync::Full) m.core.call("cpuhp_ap_sync_alive", cpu);
  m.core.event(EventKind::SyncState, cpu, {.value = static_cast<int>(SyncState::Alive)});
  m.rt.publish(writes(Object::CpuRecord, cpu), [&m, cpu] {
    m.cpus[cpu].sync_state = SyncState::Alive;
    m.cpus[cpu].runs = true;
    m.core.set_polling(cpu, true);
    m.design->alive(cpu);
    // True when the control CPU timed out, and gave the AP up.
    const bool given_up = m.cpus[cpu].state == m.at.offline;
    if (m.cpus[cpu].released || (given_up && m.defect(Defect::AliveTimeoutRace)))
      start_released(m, cpu, 1_ns);
  });
  st.alive.complete(m.core);
}

Waits ap_alive_waits(const Machine& m) {
  const bool works = m.core.is_plain(Phase::Unattributed) && m.core.is_plain(Phase::Microcode);
  return works && m.core.plan.counts_alone() ? Waits::Never : Waits::Perhaps;
}

void release_ap(Machine& m, CpuId cpu) {
  m.rt.point(writes(Object::CpuRecord, cpu));
  m.core.event(EventKind::Release, cpu);
  m.core.event(EventKind::SyncState, cpu, {.value = static_cast<int>(SyncState::ShouldOnline)});
  const bool stays = fault(m, FaultKind::NeverReleased, cpu) != nullptr;
  m.rt.publish(writes(Object::CpuRecord, cpu), [&m, cpu, stays] {
    CpuRecord& st = m.cpus[cpu];
    st.sync_state = SyncState::ShouldOnline;
    if (stays) return;
    if (st.runs) return start_released(m, cpu, m.core.wake_latency(WaitMode::Spinning, cpu));
    // The control CPU saw a sign of life from before INIT, and the AP is still on its way. It finds
    // its bit in cpu_callout_mask, but it overwrites SYNC_STATE_SHOULD_ONLINE, and spins for ever.
    st.released = m.rules.core_sync != CoreSync::Full;
  });
}

bool set_cpu_online(Machine& m, CpuId cpu) {
  m.core.call("set_cpu_online", cpu);
  if (fault(m, FaultKind::NotOnline, cpu) != nullptr) return false;
  m.core.set_online(cpu, true);
  return true;
}

void ap_online(Machine& m, CpuId cpu) {
  const bool online = m.design->set_online(cpu);
  m.rt.touch(writes(Object::Counts));
  auto& waiters = m.tsc_waiters[m.config.topology.place(cpu).socket];
  for (const CpuId waiter : waiters)
    m.rt.start(waiter, Role::ApBoot, m.core.wake_latency(WaitMode::Spinning, waiter), [&m, waiter] {
      m.core.set_polling(waiter, false);
      sync_tsc(m, waiter);
      m.design->come_online(waiter);
    });
  waiters.clear();
  if (m.rules.core_sync != CoreSync::Full && online) m.cpus[cpu].came_up.complete(m.core);
  m.core.spend(Phase::IdleEntry, cpu);
  online_idle(m, cpu);
}

}  // namespace cpuhp
