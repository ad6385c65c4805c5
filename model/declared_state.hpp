// A state that code registers at run time: what a driver hands to cpuhp_setup_state().
//
//   config.declared = {{.name = "drv:online", .startup = "drv_up", .range = DynamicRange::Online}};
//   config.operations = {{.kind = OpKind::Setup, .state = declared_id(0)}};
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
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

struct DeclaredState {
  std::string name;  ///< as in hotplug/states
  std::string startup;
  std::string teardown;
  bool multi = false;
  DynamicRange range = DynamicRange::None;
  StateId number = -1;                   ///< without a range
  std::vector<StateResource> resources;  ///< of each instance its own
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
