// The steps of a private command's process before it becomes the command: its namespaces, the
// mount, and the machine's files over the host's. Functions throw BadInput with the call that the
// system refused.
#pragma once

namespace cpuhp {

/// Enters a mount namespace and, with `network`, a network namespace. A user other than root gets a
/// user namespace in which he is root.
void enter_namespaces(bool network);
/// Mounts /dev/fuse over the folder of the CPUs' files and returns the device.
int mount_fuse();
/// Puts the machine's files over the host's, and makes the rest of /sys and /proc/irq read-only.
/// Afterwards /sys/devices/system/cpu is certain to be the machine's.
void cover_files();

}  // namespace cpuhp
