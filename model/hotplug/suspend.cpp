#include "model/hotplug/suspend.hpp"

#include <algorithm>
#include <cerrno>
#include <string>

#include "model/hotplug/caches.hpp"
#include "model/machine.hpp"

namespace cpuhp {
namespace {

constexpr std::size_t kOldExpeditedMax = 256;  // kernel: rcu_pm_notify() before 5.2

std::vector<CpuId> secondary_cpus(const Machine& m, CpuId primary) {
  std::vector<CpuId> cpus;
  for (CpuId cpu = m.core.online.first(); cpu != kNoCpu; cpu = m.core.online.next(cpu + 1))
    if (cpu != primary) cpus.push_back(cpu);
  return cpus;
}

/// kernel: wake_offline_cpus() of powerpc. The new kernel gets only CPUs that run.
void wake_offline_cpus(Machine& m) {
  const bool controlled =
      m.smt.control == SmtControl::Enabled || m.smt.control == SmtControl::Disabled;
  if (controlled && !m.defect(Defect::KexecThreadsRefused)) {
    m.smt.control = SmtControl::Enabled;
    m.smt.threads = m.smt.threads_max;
  }
  for (CpuId cpu = m.present.first(); cpu != kNoCpu; cpu = m.present.next(cpu + 1)) {
    m.rt.settle(reads(Object::Online));
    if (m.core.online.test(cpu)) continue;
    warn(m, cpu, "kexec: Waking offline cpu " + std::to_string(cpu) + ".");
    if (m.design->cpu_up(cpu, m.at.online) != 0) warn(m, cpu, "add_cpu() failed");
  }
}

}  // namespace

bool wakes_offline_cpus(const Machine& m, const Operation& op) {
  return op.kexec && m.table().arch().starts_with("ppc");
}

int series_down(Machine& m, const std::vector<CpuId>& cpus, bool frozen,
                const DesignPort::EachResult& each) {
  if (!frozen && m.suspend.hotplug_disabled > 0) return cpus.empty() ? 0 : -EBUSY;
  return m.design->series_down(cpus, frozen, each);
}

CpuId primary_cpu(const Machine& m, CpuId wanted) {
  if (wanted != kNoCpu && m.core.online.test(wanted)) return wanted;
  return m.core.online.test(m.config.boot_cpu) ? m.config.boot_cpu : m.core.online.first();
}

int freeze_secondary_cpus(Machine& m, const Operation& op) {
  m.core.system_state = SystemState::Suspend;
  m.core.suspend_expedites = m.rules.suspend_expedites || m.cpus.size() <= kOldExpeditedMax;
  lock_series(m);
  m.suspend.frozen = CpuMask(m.config.topology.nr_cpus());
  std::vector<CpuId> cpus = secondary_cpus(m, primary_cpu(m, op.cpu));
  if (m.rules.freeze_descending) std::reverse(cpus.begin(), cpus.end());
  // The kernel checks for a pending wake-up before each takedown (a66d955e910a).
  const bool wakes_up = op.wakeup_after && *op.wakeup_after < cpus.size();
  if (wakes_up) cpus.resize(*op.wakeup_after);
  int ret = series_down(m, cpus, true, [&m](CpuId cpu, int error) {
    if (error == 0)
      m.suspend.frozen.set(cpu);
    else
      warn(m, cpu, "Error taking CPU" + std::to_string(cpu) + " down: " + std::to_string(error));
  });
  if (ret == 0 && wakes_up) {
    warn(m, m.config.boot_cpu, "Wakeup pending. Abort CPU freeze");
    ret = -EBUSY;
  }
  m.rt.settle(reads(Object::Online));
  if (ret == 0 && m.core.online.weight() > 1)
    m.core.panic(m.config.boot_cpu, "BUG: more than one CPU is online after the freeze");
  if (ret != 0) warn(m, m.config.boot_cpu, "Non-boot CPUs are not disabled");
  disable_hotplug(m, 1);
  unlock_series(m);
  return ret;
}

void disable_hotplug(Machine& m, int by) {
  m.suspend.hotplug_disabled += by;
  m.core.event(EventKind::Disabled, m.config.boot_cpu, {.ret = m.suspend.hotplug_disabled});
}

void thaw_secondary_cpus(Machine& m) {
  lock_series(m);
  if (m.suspend.hotplug_disabled == 0 && !m.defect(Defect::UnbalancedEnable))
    warn(m, m.config.boot_cpu, "Unbalanced cpu hotplug enable");
  else
    disable_hotplug(m, -1);
  std::vector<CpuId> cpus;
  for (CpuId cpu = m.suspend.frozen.first(); cpu != kNoCpu; cpu = m.suspend.frozen.next(cpu + 1))
    cpus.push_back(cpu);
  m.core.last_thawed = cpus.empty() ? kNoCpu : cpus.back();
  m.design->series_up(cpus, true, [&m](CpuId cpu, int error) {
    if (error != 0)
      warn(m, cpu, "Error taking CPU" + std::to_string(cpu) + " up: " + std::to_string(error));
  });
  if (!cpus.empty()) set_up_all_caches(m);
  m.suspend.frozen = CpuMask(m.config.topology.nr_cpus());
  unlock_series(m);
  m.core.last_thawed = kNoCpu;
  m.core.system_state = SystemState::Running;
}

int shutdown_nonboot_cpus(Machine& m, const Operation& op) {
  if (wakes_offline_cpus(m, op)) wake_offline_cpus(m);
  lock_series(m);
  std::vector<CpuId> cpus = secondary_cpus(m, primary_cpu(m, kNoCpu));
  // A pending wake-up does not stop a reboot (e98eac6ff1b4).
  if (op.wakeup_after && *op.wakeup_after < cpus.size() && m.defect(Defect::WakeupAbortsReboot))
    cpus.resize(*op.wakeup_after);
  const int ret = series_down(m, cpus, false, [&m](CpuId cpu, int error) {
    if (error != 0)
      warn(m, cpu,
           "Failed to offline CPU" + std::to_string(cpu) + " - error=" + std::to_string(error));
  });
  m.rt.settle(reads(Object::Online));
  if (m.core.online.weight() > 1)
    m.core.panic(m.config.boot_cpu, "BUG: more than one CPU is online at the reboot");
  disable_hotplug(m, 1);  // the next boot is a new kernel's, which resets this
  unlock_series(m);
  return ret;
}

}  // namespace cpuhp
