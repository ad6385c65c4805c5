// Which cpuhp-sim this is.
#pragma once

namespace cpuhp {

/// Returns the version, and in parentheses what git says of the sources: "0.1.0 (bd3e4243)", with
/// "-dirty" where they differ from that commit. cmake/version.cmake writes the function.
const char* version();

}  // namespace cpuhp
