#include "model/designs/design_port.hpp"

#include <algorithm>
#include <cerrno>

#include "model/designs/async.hpp"
#include "model/designs/notifier.hpp"
#include "model/designs/symmetric.hpp"
#include "model/hotplug/ap_entry.hpp"
#include "model/hotplug/boot.hpp"
#include "model/hotplug/cpuhp_thread.hpp"
#include "model/hotplug/sched.hpp"
#include "model/hotplug/walk.hpp"
#include "model/machine.hpp"

namespace cpuhp {

std::unique_ptr<DesignPort> make_design(Machine& machine) {
  switch (machine.config.design) {
    case Design::Notifier:
      return std::make_unique<NotifierDesign>(machine);
    case Design::Parallel:
      return std::make_unique<ParallelDesign>(machine);
    case Design::Async:
      return std::make_unique<AsyncDesign>(machine);
    case Design::Symmetric:
      break;
  }
  return std::make_unique<SymmetricDesign>(machine);
}

void DesignPort::boot() {
  const CpuMask& present = m_.present;
  for (CpuId cpu = present.first(); cpu != kNoCpu; cpu = present.next(cpu + 1)) {
    if (!next_in_boot(m_)) continue;
    m_.rt.settle(reads(Object::Online));
    if (m_.core.online.weight() >= boot_limit(m_)) break;
    if (!m_.core.online.test(cpu)) cpu_up(cpu, m_.at.online);
  }
}

int SerialDesign::series_down(const std::vector<CpuId>& cpus, bool frozen, const EachResult& each) {
  for (const CpuId cpu : cpus) {
    const int ret = down_in_series(cpu, frozen);
    each(cpu, ret);
    if (ret != 0) return ret;
  }
  return 0;
}

int SerialDesign::series_up(const std::vector<CpuId>& cpus, bool frozen, const EachResult& each) {
  for (const CpuId cpu : cpus) {
    const int ret = up_in_series(cpu);
    each(cpu, ret);
    if (ret != 0 && !frozen) return ret;
  }
  return 0;
}

void DesignPort::atomic_callbacks(CpuId cpu, bool up) {
  const StateId target = m_.cpus[cpu].target;
  invoke_starting_range(
      m_, up, cpu, up ? std::min(target, m_.at.ap_online) : std::max(target, m_.at.ap_offline));
}

CpuId DesignPort::tsc_partner() const { return m_.core.online.first(); }

void DesignPort::come_online(CpuId cpu) {
  m_.rt.settle_then(writes(Object::Online, cpu), [this, cpu] { ap_online(m_, cpu); });
}

bool DesignPort::set_online(CpuId cpu) { return set_cpu_online(m_, cpu); }

StateId DesignPort::enter_idle(CpuId cpu) {
  CpuRecord& st = m_.cpus[cpu];
  st.state = m_.at.ap_online_idle;
  return st.target;
}

void DesignPort::available(CpuId cpu) {
  // In v4.6, and when no state of the table sets `active`, the idle task sets it.
  const bool at_once = !m_.rules.active_is_a_state || m_.at.sched_active < 0;
  if (!at_once || !m_.core.online.test(cpu)) return idle_goes_on(cpu);
  m_.rt.settle_then(writes(Object::Active, cpu), [this, cpu] {
    set_active(m_, cpu, true);
    idle_goes_on(cpu);
  });
}

void DesignPort::idle_goes_on(CpuId cpu) {
  if (!m_.rules.ap_kicks_itself) return complete_ap_thread(m_, cpu, true);
  // v4.6: the CPU's own thread continues without a kick by another task (docs/kernel.md 3.4, 8.1).
  CpuRecord& st = m_.cpus[cpu];
  unpark_cpuhp_thread(m_, cpu);
  st.bringup = st.should_run = true;
  st.result = 0;
  if (st.target > m_.at.ap_online_idle)
    wake_cpuhp_thread(m_, cpu);
  else
    complete_ap_thread(m_, cpu, true);
}

bool DesignPort::control_is_late() const { return m_.rules.control_is_late(); }

void DesignPort::deactivated(CpuId cpu) { synchronize_rcu(m_, cpu); }

void DesignPort::report_idle_dead(CpuId cpu, bool completed) {
  m_.rt.settle(reads(Object::Online));
  const CpuId by = helper();
  if (by == kNoCpu) return;  // no other CPU is left to tell
  const Interrupt ipi{.why = m_.name.idle_dead,
                      .latency = m_.core.latency(Phase::Ipi, by),
                      .handler = m_.core.latency(Phase::IpiHandler, by)};
  const bool lost = fault(m_, FaultKind::LostIpi, cpu) != nullptr;
  // The helper gets the interrupt twice, and one of the two finds no function call in the queue.
  if (fault(m_, FaultKind::DoubledIpi, cpu) != nullptr) m_.rt.interrupt(by, ipi, [] {});
  if (!lost && !completed)
    m_.rt.interrupt(by, ipi, [this, cpu] {
      m_.core.call("cpuhp_complete_idle_dead", cpu);
      idle_dead(cpu);
    });
}

CpuId DesignPort::helper() const { return m_.core.online.first(); }

void DesignPort::idle_dead(CpuId cpu) { complete_ap_thread(m_, cpu, false); }

}  // namespace cpuhp
