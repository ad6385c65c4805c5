// Names of Linux's error numbers (asm-generic/errno*.h), the same on every host that simulates.
//
//   errno_by_name("EBUSY");    // 16
//   errno_name(16);            // "EBUSY"
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cpuhp {

/// The kernel's MAX_ERRNO: an error is 1 to 4095.
inline constexpr int kMaxErrno = 4'095;

/// Number of that name, positive; none for an unknown one.
std::optional<int> errno_by_name(std::string_view name);
/// Name of that number, positive; empty when it has none here.
std::string_view errno_name(int number);
/// Every name, by number.
std::vector<std::string> errno_names();

}  // namespace cpuhp
