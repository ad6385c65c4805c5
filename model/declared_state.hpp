// A state that code registers at run time: what a driver hands to cpuhp_setup_state().
//
//   config.declared = {{.name = "drv:online", .startup = "drv_up", .range = DynamicRange::Online}};
//   config.operations = {{.kind = OpKind::Setup, .state = declared_id(0)}};
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/state_table.hpp"

namespace cpuhp {

/// A per-CPU resource that a startup takes and a teardown gives back.
struct StateResource {
  StateResource(const char* name_) : name(name_) {}
  StateResource(std::string name_, bool kept = false)
      : name(std::move(name_)), kept_on_error(kept) {}
  std::string name;
  /// A defect of the driver: the startup takes it before it can fail, and when it fails it does not
  /// give it back.
  bool kept_on_error = false;
};

/// Which of a state's callbacks take cpus_read_lock(), as none may: the walk that runs them holds
/// cpu_hotplug_lock as its writer.
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
  StateId number = -1;                   ///< without a range
  std::vector<StateResource> resources;  ///< of each instance its own
  ReadLock cpus_read_lock = ReadLock::Neither;
};

/// Upper bound of the declared states of a machine.
inline constexpr int kMaxDeclared = 4'096;

/// What operations, costs and faults call a declared state: its number is only known once it is set
/// up.
constexpr StateId declared_id(std::size_t index) {
  return static_cast<StateId>(kMaxStates + static_cast<int>(index));
}
constexpr bool is_declared(StateId id) { return id >= kMaxStates; }
constexpr std::size_t declared_index(StateId id) {
  return static_cast<std::size_t>(id - kMaxStates);
}

}  // namespace cpuhp
