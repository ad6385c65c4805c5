// Checks and prepares the folder for a mount. It is empty, or has a dead mount of a cpuhp-sim that
// was killed.
#pragma once

#include <string>

namespace cpuhp {

/// Removes a dead mount of cpuhp-sim. Throws BadInput with advice when the folder can't be used.
void prepare_mount_point(const std::string& folder);
/// Throws BadInput when this process can't open /dev/fuse.
void require_fuse_device();

}  // namespace cpuhp
