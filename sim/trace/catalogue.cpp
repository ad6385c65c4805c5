#include "sim/trace/catalogue.hpp"

#include <charconv>

namespace cpuhp {

KernelVersion kernel_version(std::string_view text) {
  if (!text.empty() && text.front() == 'v') text.remove_prefix(1);
  KernelVersion v;
  const char* const end = text.data() + text.size();
  const auto major = std::from_chars(text.data(), end, v.major);
  if (major.ec != std::errc{} || major.ptr == end || *major.ptr != '.') return {};
  const auto minor = std::from_chars(major.ptr + 1, end, v.minor);
  return minor.ec == std::errc{} ? v : KernelVersion{};
}

std::string to_string(KernelVersion version) {
  return "v" + std::to_string(version.major) + "." + std::to_string(version.minor);
}

const CatalogueEntry* find_in_catalogue(std::string_view name, KernelVersion version) {
  const CatalogueEntry* found = nullptr;
  for (const CatalogueEntry& e : catalogue()) {
    if (e.name != name) continue;
    if (found == nullptr || e.since <= version) found = &e;
  }
  return found;
}

bool catalogue_knows(std::string_view name, std::string_view symbol, bool startup) {
  for (const CatalogueEntry& e : catalogue())
    if (e.name == name && (startup ? e.startup : e.teardown) == symbol) return true;
  return false;
}

}  // namespace cpuhp
