// The version of a kernel, as at the beginning of `uname -r`. Rules and callbacks depend on it.
#pragma once

#include <string>
#include <string_view>

namespace cpuhp {

/// A version: "6.1.192" is {6, 1, 192}. A mainline release has patch 0. {0, 0, 0} means unknown.
struct KernelVersion {
  int major = 0;
  int minor = 0;
  int patch = 0;

  constexpr auto operator<=>(const KernelVersion&) const = default;
  /// True for two versions of the same stable series.
  constexpr bool same_series(const KernelVersion& o) const {
    return major == o.major && minor == o.minor;
  }
};

/// Reads a version at the beginning of `text`: "v6.1", "6.1.192", "6.1.0-56-cloud-amd64". Returns
/// {} when `text` does not begin with two numbers.
KernelVersion kernel_version(std::string_view text);
/// Returns "v6.1" or "v6.1.192".
std::string to_string(KernelVersion version);

}  // namespace cpuhp
