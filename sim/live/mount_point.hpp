// The place for mounting a machine: an empty folder, or one with the dead mount of a cpuhp-sim that
// was killed.
#pragma once

#include <string>

namespace cpuhp {

/// Removes a dead mount of ours. Throws BadInput, with advice, when the folder can't be mounted on.
void prepare_mount_point(const std::string& folder);
/// Throws BadInput when this process can't open /dev/fuse.
void require_fuse_device();

}  // namespace cpuhp
