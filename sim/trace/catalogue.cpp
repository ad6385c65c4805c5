#include "sim/trace/catalogue.hpp"

namespace cpuhp {

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
