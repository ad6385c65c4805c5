#include "model/hotplug/sched.hpp"

#include <algorithm>
#include <cerrno>

#include "model/hotplug/cpuhp_thread.hpp"
#include "model/machine.hpp"
#include "model/panics.hpp"

namespace cpuhp {
namespace {

/// Runs general work in slices, so that it can leave a CPU that goes down.
void general_work(Machine& m, CpuId asked, CpuId on, Ns left, Completion* done) {
  constexpr Ns kSlice = 1_ms;
  ++m.cpus[on].general;
  m.rt.start(on, Role::Other, m.core.wake_latency(WaitMode::Asleep, on), [=, &m]() mutable {
    m.core.event(EventKind::Run, asked, {});
    m.rt.settle(reads(Object::Active, on));
    m.rt.touch(writes(Object::CpuRecord, on));
    while (left > Ns{} && m.active.test(on)) {
      const Ns slice = std::min(left, kSlice);
      m.rt.work(slice);
      left -= slice;
      m.rt.sleep(1_ns);
    }
    CpuRecord& st = m.cpus[on];
    if (--st.general == 0) st.no_general.signal(m.core);
    if (left > Ns{}) {
      if (m.active.first() == kNoCpu) m.core.panic(on, kNoActiveCpu);
      general_work(m, asked, m.active.first(), left, done);
    } else {
      done->complete(m.core);
    }
  });
}

}  // namespace

void set_active(Machine& m, CpuId cpu, bool on) {
  m.rt.settle(writes(Object::Active, cpu));
  if (m.active.test(cpu) == on) return;
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
  else
    follow();
  domains_change(m);
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
