// Checks and prepares the folder on which a machine is mounted: an empty one, or one that still has
// the dead mount of a cpuhp-sim that was killed.
#pragma once

#include <string>

namespace cpuhp {

/// Removes a dead mount of cpuhp-sim. Throws BadInput, with advice, when nothing can be mounted on
/// the folder.
void prepare_mount_point(const std::string& folder);
/// Throws BadInput when this process can't open /dev/fuse.
void require_fuse_device();

}  // namespace cpuhp
