// What a process does before it executes a private command: it enters namespaces, mounts, and hides
// the host's files behind those of the machine. All functions throw BadInput with the system call
// that failed.
#pragma once

namespace cpuhp {

/// Enters a new mount namespace and, with `network`, a new network namespace. Unless the user is
/// root, also enters a user namespace in which the user is root.
void enter_namespaces(bool network);
/// Mounts a FUSE file system over the folder of CPU files. Returns the open /dev/fuse.
int mount_fuse();
/// Mounts the machine's files over those of the host, and makes all other files of /sys and
/// /proc/irq read-only. After this /sys/devices/system/cpu shows the machine.
void cover_files();

}  // namespace cpuhp
