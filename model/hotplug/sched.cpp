#include "model/hotplug/sched.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "model/hotplug/cpuhp_thread.hpp"
#include "model/hotplug/domains.hpp"
#include "model/machine.hpp"
#include "model/panics.hpp"

namespace cpuhp {
namespace {

/// Runs general work in slices, so that it can leave a CPU that goes down.
void general_work(Machine& m, CpuId asked, CpuId on, Ns left, Completion* done) {
  constexpr Ns kSlice = 1_ms;
  m.rt.touch(writes(Object::CpuRecord, on));
  ++m.cpus[on].general;
  ++m.cpus[on].arriving;
  m.rt.start(on, Role::Other, m.core.wake_latency(WaitMode::Asleep, on), [=, &m]() mutable {
    m.rt.settle(reads(Object::Active, on));
    m.rt.touch(writes(Object::CpuRecord, on));
    --m.cpus[on].arriving;
    // kernel: __migrate_task(). A CPU that became inactive meanwhile gets no task.
    if (m.active.test(on)) m.core.event(EventKind::Run, asked, {});
    while (left > Ns{} && m.active.test(on)) {
      const Ns slice = std::min(left, kSlice);
      m.rt.work(slice);
      left -= slice;
      m.rt.sleep(1_ns);
      m.rt.touch(reads(Object::Active, on));
      m.rt.touch(writes(Object::CpuRecord, on));
    }
    CpuRecord& st = m.cpus[on];
    if (--st.general == 0) st.no_general.signal(m.core);
    if (left > Ns{}) {
      m.rt.touch(reads(Object::Active));
      if (m.active.first() == kNoCpu) m.core.panic(on, kNoActiveCpu);
      general_work(m, asked, m.active.first(), left, done);
    } else {
      done->complete(m.core);
    }
  });
}

/// The CPU's run queue joins or leaves its root domain: rd->online.
void set_run_queue(Machine& m, CpuId cpu, bool on) {
  if (std::exchange(m.cpus[cpu].run_queue_online, on) == on) return;
  m.core.event(on ? EventKind::MaskSet : EventKind::MaskClear, cpu,
               {.name = m.core.name("run queues")});
}

}  // namespace

void set_active(Machine& m, CpuId cpu, bool on) {
  m.rt.settle(writes(Object::Active, cpu));
  m.rt.touch(reads(Object::CpuRecord, cpu));
  if (m.active.test(cpu) == on) return;
  // balance_push() queues its work on the CPU's stopper, which has been queued already, and has not
  // been woken (009836b4fa52).
  if (!on && m.cpus[cpu].arriving > 0 && m.defect(Defect::PushQueuedTwice))
    m.core.panic(cpu, "list_add double add: the stopper work of the CPU is queued already");
  m.active.assign(cpu, on);
  m.rt.set_active(cpu, on);
  m.core.event(on ? EventKind::MaskSet : EventKind::MaskClear, cpu, {.name = m.name.active});
  // The cpusets get the new value after a delay. The task that brought the CPU up waits for that.
  const auto follow = [&m, cpu, on] {
    m.rt.touch(writes(Object::Active, cpu));
    m.core.event(on ? EventKind::MaskSet : EventKind::MaskClear, cpu, {.name = m.name.cpusets});
    m.cpusets.assign(cpu, on);
  };
  constexpr Ns kFollows = 1_ms;
  if (m.defect(Defect::CpusetsAsynchronous))
    m.rt.start(m.config.boot_cpu, Role::Worker, kFollows, follow);
  else if (m.defect(Defect::CpusetsDeferred))
    m.rt.start(m.config.boot_cpu, Role::Worker,
               m.core.wake_latency(WaitMode::Asleep, m.config.boot_cpu), follow);
  else
    follow();
  domains_change(m);
}

void activated(Machine& m, CpuId cpu) {
  set_run_queue(m, cpu, true);
  set_active(m, cpu, true);
  rebuild_domains(m, cpu);
}

void deactivate_failed(Machine& m, CpuId cpu) {
  // The kernel has taken the run queue offline and brings it back, which no event shows.
  if (m.defect(Defect::RunQueueLeftOffline)) set_run_queue(m, cpu, false);
  set_active(m, cpu, true);
}

void leave_cpu(Machine& m, CpuId cpu) {
  if (m.rt.cpu() != cpu) return;
  m.rt.settle(reads(Object::Active));
  m.rt.touch(reads(Object::Online));
  const auto other = [cpu](const CpuMask& mask) {
    return mask.first() == cpu ? mask.next(cpu + 1) : mask.first();
  };
  CpuId to = other(m.active);
  if (to == kNoCpu && !m.active.test(cpu) && m.rt.role() == Role::Control &&
      !m.rules.ap_kicks_itself)
    m.core.panic(cpu, kNoActiveCpu);
  if (to == kNoCpu) to = other(m.core.online);
  if (to == kNoCpu) return;
  m.core.event(EventKind::Move, cpu, {.ret = static_cast<int>(to)});
  m.rt.migrate(to, 1_ns);
}

int run_on(Machine& m, CpuId cpu, Ns work) {
  m.rt.settle(reads(Object::Active, cpu));
  if (cpu >= m.cpus.size() || !m.active.test(cpu) || !m.cpusets.test(cpu)) return -EINVAL;
  Completion done(m.core.name("general work"), cpu);
  general_work(m, cpu, cpu, work, &done);
  done.wait(m.core, WaitMode::Asleep);
  return 0;
}

void wait_empty(Machine& m, CpuId cpu) {
  m.rt.settle(writes(Object::CpuRecord, cpu));
  CpuRecord& st = m.cpus[cpu];
  st.no_general.reset();
  if (st.general > 0) st.no_general.wait(m.core, WaitMode::Asleep);
}

void synchronize_rcu(Machine& m, CpuId cpu) {
  const bool parks = m.defect(Defect::SmpbootParkedEarly) && m.at.smpboot_threads >= 0 &&
                     !m.cpus[cpu].smpboot_parked;
  if (parks) park_smpboot_threads(m, cpu);
  m.core.rcu.synchronize(m.core, cpu);
  if (!parks) return;
  Completion grace_period(m.core.name("RCU grace period"), cpu);
  grace_period.wait(m.core, WaitMode::Asleep);
}

}  // namespace cpuhp
