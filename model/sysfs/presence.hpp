// CPUs that come to a machine and leave it: DLPAR of powerpc, the firmware of s390, ACPI
// (docs/kernel.md 6.5).
#pragma once

#include <string_view>

#include "model/cpumask.hpp"
#include "model/sysfs/files.hpp"

namespace cpuhp {

struct Machine;

/// Writes a file of MachineFiles. `firmware`: Operation::firmware. Returns 0 or -errno.
int write_machine_file(Machine& m, const SysfsNode& node, std::string_view text, int firmware);
/// kernel: acpi_scan_device_check(). The CPU is present then, and offline. Returns 0, -EALREADY for a
/// present CPU, or -EINVAL for one that is not possible.
int plug(Machine& m, CpuId cpu);
/// kernel: acpi_scan_hot_remove(). The CPU goes offline first. Returns 0, -ENODEV for an absent CPU,
/// or -EBUSY when it does not go offline.
int unplug(Machine& m, CpuId cpu);

}  // namespace cpuhp
