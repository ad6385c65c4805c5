// The steps that a private command's process takes before it executes the command: it enters
// namespaces, mounts, and hides the host's files behind those of the machine. All functions throw
// BadInput with the call that the system refused.
#pragma once

namespace cpuhp {

/// Enters a new mount namespace and, with `network`, a new network namespace. A user other than
/// root also gets a user namespace in which he is root.
void enter_namespaces(bool network);
/// Mounts a FUSE file system over the folder of the CPUs' files. Returns the open /dev/fuse.
int mount_fuse();
/// Mounts the machine's files over those of the host, and makes all other files of /sys and
/// /proc/irq read-only. After a return, /sys/devices/system/cpu is certain to show the machine.
void cover_files();

}  // namespace cpuhp
