// The catalogue: the callbacks of each named hotplug state, by kernel version. `import` needs it
// for what a trace does not show: STARTING callbacks, and whether a state without calls has
// callbacks.
//
//   const CatalogueEntry* e = find_in_catalogue("sched:starting", {6, 1});
//   e->startup;    // "sched_cpu_starting"
#pragma once

#include <span>
#include <string_view>

#include "model/kernel_version.hpp"

namespace cpuhp {

/// A state's callbacks from the kernel `since` on, until the next entry with the same name.
struct CatalogueEntry {
  std::string_view name;  ///< as in hotplug/states
  KernelVersion since;
  std::string_view startup;  ///< symbol; empty: none
  std::string_view teardown;
  bool multi = false;
  bool cant_stop = false;
  bool skip_onerr = false;
};

/// Returns all entries, ordered by name, then by version.
std::span<const CatalogueEntry> catalogue();

/// Returns the newest entry for the state `name` that is not newer than `version`; the oldest entry
/// when all are newer; nullptr for an unknown name.
const CatalogueEntry* find_in_catalogue(std::string_view name, KernelVersion version);

/// True when `symbol` is a callback of state `name` in some kernel version: its startup callback,
/// or its teardown callback if `startup` is false.
bool catalogue_knows(std::string_view name, std::string_view symbol, bool startup);

}  // namespace cpuhp
