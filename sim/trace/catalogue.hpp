// The shipped catalogue: the callbacks of each named hotplug state, by kernel version. `import`
// needs it because STARTING callbacks never show in ftrace, and a multi-instance state without
// instances looks like a state without callbacks.
//
//   const CatalogueEntry* e = find_in_catalogue("sched:starting", {6, 1});
//   e->startup;    // "sched_cpu_starting"
#pragma once

#include <span>
#include <string_view>

#include "model/kernel_version.hpp"

namespace cpuhp {

/// A state's callbacks since a kernel version, up to the next entry with the same name.
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

/// Returns the newest entry of that name that is not newer than `version`, else the oldest one;
/// nullptr for an unknown name.
const CatalogueEntry* find_in_catalogue(std::string_view name, KernelVersion version);

/// True when any version of state `name` has `symbol` as startup (or, without `startup`, teardown).
bool catalogue_knows(std::string_view name, std::string_view symbol, bool startup);

}  // namespace cpuhp
