// Suspend, resume and reboot: freeze_secondary_cpus(), thaw_secondary_cpus(),
// smp_shutdown_nonboot_cpus() (docs/kernel.md 6.2).
#include <algorithm>
#include <cerrno>
#include <string>

#include "model/machine.hpp"

namespace cpuhp {

/// Returns the CPU that stays online when all others go down: the boot CPU or, when it is offline,
/// the first online CPU. isolcpus= has no effect: the kernel takes a CPU of HK_TYPE_TIMER here, and
/// a plain isolcpus= does not change these CPUs.
CpuId Machine::primary_cpu(CpuId wanted) const {
  if (wanted != kNoCpu && core.online.test(wanted)) return wanted;
  return core.online.test(config_.boot_cpu) ? config_.boot_cpu : core.online.first();
}

std::vector<CpuId> Machine::secondary_cpus(CpuId primary) const {
  std::vector<CpuId> cpus;
  for (CpuId cpu = core.online.first(); cpu != kNoCpu; cpu = core.online.next(cpu + 1))
    if (cpu != primary) cpus.push_back(cpu);
  return cpus;
}

/// kernel: freeze_secondary_cpus(). Even when it fails, hotplug stays disabled until the thaw.
int Machine::freeze_secondary_cpus(const Operation& op) {
  lock_series();
  frozen_ = CpuMask(config_.topology.nr_cpus());
  std::vector<CpuId> cpus = secondary_cpus(primary_cpu(op.cpu));
  if (rules_.freeze_descending) std::reverse(cpus.begin(), cpus.end());
  // The kernel checks for a pending wake-up before each takedown (a66d955e910a).
  const bool wakes_up = op.wakeup_after && *op.wakeup_after < cpus.size();
  if (wakes_up) cpus.resize(*op.wakeup_after);
  int ret = series_down(cpus, true, [this](CpuId cpu, int error) {
    if (error == 0)
      frozen_.set(cpu);
    else
      warn(cpu, "Error taking CPU" + std::to_string(cpu) + " down: " + std::to_string(error));
  });
  if (ret == 0 && wakes_up) {
    warn(config_.boot_cpu, "Wakeup pending. Abort CPU freeze");
    ret = -EBUSY;
  }
  core.rt.settle();
  if (ret == 0 && core.online.weight() > 1)
    panic(config_.boot_cpu, "BUG: more than one CPU is online after the freeze");
  if (ret != 0) warn(config_.boot_cpu, "Non-boot CPUs are not disabled");
  disable_hotplug(1);
  unlock_series();
  return ret;
}

void Machine::disable_hotplug(int by) {
  hotplug_disabled_ += by;
  core.event(EventKind::Disabled, config_.boot_cpu, {.ret = hotplug_disabled_});
}

/// kernel: thaw_secondary_cpus(). Brings up only the CPUs that the freeze took down.
void Machine::thaw_secondary_cpus() {
  lock_series();
  if (hotplug_disabled_ == 0 && !defect(Defect::UnbalancedEnable))
    warn(config_.boot_cpu, "Unbalanced cpu hotplug enable");
  else
    disable_hotplug(-1);
  std::vector<CpuId> cpus;
  for (CpuId cpu = frozen_.first(); cpu != kNoCpu; cpu = frozen_.next(cpu + 1)) cpus.push_back(cpu);
  design_->series_up(cpus, true, [this](CpuId cpu, int error) {
    if (error != 0)
      warn(cpu, "Error taking CPU" + std::to_string(cpu) + " up: " + std::to_string(error));
  });
  frozen_ = CpuMask(config_.topology.nr_cpus());
  unlock_series();
}

/// kernel: smp_shutdown_nonboot_cpus(), for kexec and reboot. A CPU that refuses causes a BUG.
int Machine::shutdown_nonboot_cpus(const Operation& op) {
  lock_series();
  std::vector<CpuId> cpus = secondary_cpus(primary_cpu(kNoCpu));
  // A pending wake-up does not stop a reboot (e98eac6ff1b4).
  if (op.wakeup_after && *op.wakeup_after < cpus.size() && defect(Defect::WakeupAbortsReboot))
    cpus.resize(*op.wakeup_after);
  const int ret = series_down(cpus, false, [this](CpuId cpu, int error) {
    if (error != 0)
      warn(cpu,
           "Failed to offline CPU" + std::to_string(cpu) + " - error=" + std::to_string(error));
  });
  core.rt.settle();
  if (core.online.weight() > 1)
    panic(config_.boot_cpu, "BUG: more than one CPU is online at the reboot");
  disable_hotplug(1);  // the next boot is a new kernel's, which resets this
  unlock_series();
  return ret;
}

}  // namespace cpuhp
