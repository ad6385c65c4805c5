// What a private command's process does before it becomes the command: its namespaces, the mount,
// and the machine's files over the host's.
//
//   enter_namespaces(uevents);
//   const int device = mount_fuse(kCoveredFolder);     // ... somebody else serves it from here on
//   cover_files();
//
// Functions throw BadInput with the call that the system refused.
#pragma once

namespace cpuhp {

/// A mount namespace, with `network` a network namespace; as another user than root a user
/// namespace in which he is root.
void enter_namespaces(bool network);
/// Mounts /dev/fuse over the folder of the CPUs' files.
int mount_fuse();
/// Puts the machine's files where the host's are, and makes what is left of /sys and /proc/irq
/// read-only. Afterwards /sys/devices/system/cpu is the machine's for sure.
void cover_files();

}  // namespace cpuhp
