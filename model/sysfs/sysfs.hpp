// The files below /sys/devices/system/cpu, for any task of the machine.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/state_table.hpp"
#include "model/sysfs/files.hpp"

namespace cpuhp {

struct Machine;

/// Returns the file or directory at that path, as it is now; "" is the root.
SysfsNode find_node(Machine& m, std::string_view path);
/// Reads a file. Returns 0 or -errno. The text ends with a newline.
int read_file(Machine& m, const std::string& path, std::string* text);
/// Writes a file, as one write(2) to it would. Returns 0 or -errno: -EACCES for a read-only file,
/// because in sysfs not even root can open it for writing. `firmware`: Operation::firmware.
int write_file(Machine& m, const std::string& path, std::string_view text, int firmware = 0);
/// Lists the names in a directory. Returns 0 or -errno.
int list_folder(Machine& m, const std::string& path, std::vector<std::string>* names);

/// True when the CPU has the directory that the state's startup creates and its teardown removes.
/// Without such a state (-1), an online CPU has it.
bool shown_from(const Machine& m, StateId state, CpuId cpu);
/// Returns the text of a file of cpuN/cache.
std::string cache_file(const Machine& m, const SysfsEntry& entry, CpuId cpu);
/// kernel: lock_device_hotplug_sysfs(). A writer that finds the lock taken sleeps and restarts its
/// system call, as often as needed. Here the second try waits in the lock's queue, so the run ends
/// with a hang if the lock is never released.
void lock_device_hotplug(Machine& m, CpuId cpu);
/// Sets the flag of the CPU's device, and notifies user space.
void device_changed(Machine& m, CpuId cpu, bool on);
/// True when the CPU has a directory cpuN.
bool has_directory(const Machine& m, CpuId cpu);
/// kernel: device_online(). The flag of the CPU's device, and not the CPU's state, decides what to do.
/// Returns 0 or -errno.
int device_online(Machine& m, CpuId cpu);
/// kernel: device_offline().
int device_offline(Machine& m, CpuId cpu);

}  // namespace cpuhp
