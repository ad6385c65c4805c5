// Names of Linux's error numbers (asm-generic/errno*.h), the same on every host.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cpuhp {

/// The kernel's MAX_ERRNO: error numbers are 1 to 4095.
inline constexpr int kMaxErrno = 4'095;

/// Returns the positive number for an error's name; no value for an unknown name.
std::optional<int> errno_by_name(std::string_view name);
/// Returns the name for a positive number; empty when unknown.
std::string_view errno_name(int number);
/// Returns all names, ordered by number.
std::vector<std::string> errno_names();

}  // namespace cpuhp
