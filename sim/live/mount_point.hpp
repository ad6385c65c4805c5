// Where a machine is going to be mounted: an empty folder, or one where a cpuhp-sim that was killed
// has left its mount.
#pragma once

#include <string>

namespace cpuhp {

/// Takes a dead mount of ours away. Throws BadInput, with what is to be done, when the folder can't
/// be mounted on.
void prepare_mount_point(const std::string& folder);
/// Throws BadInput when this process can't open /dev/fuse.
void require_fuse_device();

}  // namespace cpuhp
