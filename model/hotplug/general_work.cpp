#include "model/hotplug/general_work.hpp"

#include <algorithm>
#include <cerrno>

#include "model/machine.hpp"
#include "model/panics.hpp"

namespace cpuhp {
namespace {

/// Runs general work in slices, so that it can leave a CPU that goes down.
void general_work(Machine& m, CpuId asked, CpuId on, Ns left, Completion* done) {
  constexpr Ns kSlice = 1_ms;
  ++m.cpus[on].general;
  m.core.rt.start(on, Role::Other, m.core.wake_latency(WaitMode::Asleep, on), [=, &m, rest = left] {
    m.core.event(EventKind::Run, asked, {});
    Ns work_left = rest;
    m.core.rt.settle();
    while (work_left > Ns{} && m.active.test(on)) {
      const Ns slice = std::min(work_left, kSlice);
      m.core.rt.work(slice);
      work_left -= slice;
      m.core.rt.sleep(1_ns);
    }
    CpuRecord& st = m.cpus[on];
    if (--st.general == 0) st.no_general.signal(m.core);
    if (work_left > Ns{}) {
      if (m.active.first() == kNoCpu) m.core.panic(on, kNoActiveCpu);
      general_work(m, asked, m.active.first(), work_left, done);
    } else {
      done->complete(m.core);
    }
  });
}

}  // namespace

int run_on(Machine& m, CpuId cpu, Ns work) {
  m.core.rt.settle();
  if (cpu >= m.cpus.size() || !m.active.test(cpu) || !m.cpusets.test(cpu)) return -EINVAL;
  Completion done(m.core.name("general work"), cpu);
  general_work(m, cpu, cpu, work, &done);
  done.wait(m.core, WaitMode::Asleep);
  return 0;
}

void wait_empty(Machine& m, CpuId cpu) {
  m.core.rt.settle();
  CpuRecord& st = m.cpus[cpu];
  st.no_general.reset();
  if (st.general > 0) st.no_general.wait(m.core, WaitMode::Asleep);
}

}  // namespace cpuhp
