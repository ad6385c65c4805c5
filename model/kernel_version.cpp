#include "model/kernel_version.hpp"

#include <charconv>

namespace cpuhp {

KernelVersion kernel_version(std::string_view text) {
  if (text.starts_with('v')) text.remove_prefix(1);
  KernelVersion v;
  int* const parts[] = {&v.major, &v.minor, &v.patch};
  const char* at = text.data();
  const char* const end = at + text.size();
  std::size_t read = 0;
  for (int* part : parts) {
    const auto [stop, error] = std::from_chars(at, end, *part);
    if (error != std::errc{} || *part < 0) break;
    ++read;
    if (stop == end || *stop != '.') break;
    at = stop + 1;
  }
  return read >= 2 ? v : KernelVersion{};
}

std::string to_string(KernelVersion v) {
  const std::string series = "v" + std::to_string(v.major) + "." + std::to_string(v.minor);
  return v.patch == 0 ? series : series + "." + std::to_string(v.patch);
}

}  // namespace cpuhp
