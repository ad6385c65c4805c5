// A state that is registered at run time: the arguments that a driver passes to
// cpuhp_setup_state().
//
//   DeclaredState driver{.name = "drv:online", .startup = "drv_up", .range = DynamicRange::Online};
//   StateId id = declared_id(0);   // number of the first declared state in operations and faults
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/driver.hpp"
#include "model/state_table.hpp"

namespace cpuhp {

/// A per-CPU resource that a startup takes and a teardown gives back.
struct StateResource {
  StateResource(const char* name_) : name(name_) {}
  StateResource(std::string name_, bool kept = false)
      : name(std::move(name_)), kept_on_error(kept) {}
  std::string name;
  /// A bug of the driver: the startup takes the resource before it fails, and does not give it
  /// back.
  bool kept_on_error = false;
};

/// Which callbacks of a state take cpus_read_lock(). To take it is a bug, because a task that plugs
/// a CPU holds cpu_hotplug_lock as a writer while the callback runs.
enum class ReadLock : std::uint8_t { Neither, Startup, Teardown, Both };
inline constexpr std::array<std::string_view, 4> kReadLockNames{"neither", "startup", "teardown",
                                                                "both"};
constexpr bool takes_read_lock(ReadLock which, bool bringup) {
  return which == ReadLock::Both || which == (bringup ? ReadLock::Startup : ReadLock::Teardown);
}

struct DeclaredState {
  std::string name;  ///< as in hotplug/states
  std::string startup;
  std::string teardown;
  bool multi = false;
  DynamicRange range = DynamicRange::None;
  StateId number = -1;                   ///< number of the state when it has no dynamic range
  std::vector<StateResource> resources;  ///< resources of the state; each instance has its own
  ReadLock cpus_read_lock = ReadLock::Neither;
  MakeDriver driver = {};  ///< makes the code of the callbacks; empty: they only pay their costs
};

/// Upper limit of the states that a scenario declares in addition to the table.
inline constexpr int kMaxDeclared = 4'096;

/// Returns the number that operations, costs and faults use for a declared state. The state's real
/// number is known only after its setup.
constexpr StateId declared_id(std::size_t index) {
  return static_cast<StateId>(kMaxStates + static_cast<int>(index));
}
constexpr bool is_declared(StateId id) { return id >= kMaxStates; }
constexpr std::size_t declared_index(StateId id) {
  return static_cast<std::size_t>(id - kMaxStates);
}

}  // namespace cpuhp
