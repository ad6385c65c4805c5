// Modules that a recording loads and unloads: which registrations its traces show, and of which
// states.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/state_table.hpp"
#include "sim/trace/recording.hpp"

namespace cpuhp {

/// A state that came with a module, as far as the traces show it.
struct ModuleState {
  StateId id = -1;
  std::string startup, teardown;  ///< symbols; empty: never seen
  bool multi = false;
};

/// One call of cpuhp_setup_state() and its kin, by a module that comes or goes.
struct Registration {
  enum class Kind : std::uint8_t { Setup, AddInstance, RemoveInstance, Remove };
  Kind kind = Kind::Setup;
  std::string state;
  StateId id = -1;
  bool calls = true;  ///< false: the trace shows no callback of it
  CpuId on = kNoCpu;  ///< CPU of the calling task, if the trace shows it
  int error = 0;      ///< negative: of the startup callback for `failed_on`
  CpuId failed_on = kNoCpu;
};

/// Knows the states of a recording's modules by their names: their numbers may belong to others
/// later.
class ModuleStates {
 public:
  /// The recording has to outlive this.
  ModuleStates(const Recording& recording, const StateTable& table);

  const ModuleState& at(const std::string& name) const { return states_.at(name); }
  bool contains(const std::string& name) const { return states_.contains(name); }

  /// Returns what was registered and removed in an operation with modules, in order. `instances`:
  /// how many instances states have before it, for an operation that was not traced.
  std::vector<Registration> registrations(
      const RecordedOperation& op, const std::map<std::string, std::uint16_t>& instances) const;

 private:
  void look_at(const RecordedOperation& op);

  const StateTable& table_;
  std::vector<NamedState> listed_;
  std::map<std::string, ModuleState> states_;
  std::map<std::string, ModuleState> named_;  ///< those that a #STATE+ has named
};

/// Returns the name of the module's state with that number in an operation; no value when the
/// number is not a module's.
std::optional<std::string> module_state(const RecordedOperation& op, StateId id);

/// Returns hotplug/states as it is after an operation, without its last newline.
std::string states_after(const RecordedOperation& op, const std::vector<NamedState>& listed);

}  // namespace cpuhp
