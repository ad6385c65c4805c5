// Which cpuhp-sim this is.
#pragma once

#include <string_view>

namespace cpuhp::cli {

/// Returns the version, and in parentheses what git says of the sources: "0.1.0 (bd3e4243)", with
/// "-dirty" where they differ from that commit. cmake/version.cmake writes the function.
std::string_view version();

}  // namespace cpuhp::cli
