// Suspend, resume and reboot: freeze_secondary_cpus(), thaw_secondary_cpus(),
// smp_shutdown_nonboot_cpus() (docs/kernel.md 6.2).
#pragma once

#include <vector>

#include "model/designs/design_port.hpp"
#include "model/operation.hpp"

namespace cpuhp {

struct Suspend {
  CpuMask frozen;            ///< kernel: frozen_cpus. CPUs that a suspend took down
  int hotplug_disabled = 0;  ///< kernel: cpu_hotplug_disabled
  bool operator==(const Suspend&) const = default;
};

/// kernel: freeze_secondary_cpus(). Even when it fails, hotplug stays disabled until the thaw.
int freeze_secondary_cpus(Machine& m, const Operation& op);
/// kernel: thaw_secondary_cpus(). Brings up only the CPUs that the freeze took down.
void thaw_secondary_cpus(Machine& m);
/// True for a kexec on powerpc, which brings up the offline CPUs first.
bool wakes_offline_cpus(const Machine& m, const Operation& op);
/// kernel: smp_shutdown_nonboot_cpus(), for kexec and reboot. A CPU that refuses causes a BUG.
int shutdown_nonboot_cpus(Machine& m, const Operation& op);
/// Returns the CPU that stays online when all others go down: the boot CPU or, when it is offline,
/// the first online CPU. isolcpus= has no effect: the kernel takes a CPU of HK_TYPE_TIMER here, and
/// a plain isolcpus= does not change these CPUs.
CpuId primary_cpu(const Machine& m, CpuId wanted);
/// Disables hotplug once more or, with -1, once less.
void disable_hotplug(Machine& m, int by);
/// Takes the CPUs of a series down (lock_series()).
int series_down(Machine& m, const std::vector<CpuId>& cpus, bool frozen,
                const DesignPort::EachResult& each);

}  // namespace cpuhp
