// The list of a kernel's states, hotplug/states in sysfs, as `import` needs it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/trace/recording.hpp"

namespace cpuhp {

/// The contents of hotplug/states. They are checked: numbers ascend, offline is first, online is
/// last, and the hotplug core's states are in the right order.
struct StateList {
  std::string file;
  std::vector<NamedState> states;
  /// Numbers of the hotplug core's states, from read_states(). Only `kick_ap` may be missing (-1).
  std::int16_t kick_ap = -1, bringup = -1, ap_online = -1, online = -1;

  std::int16_t teardown() const { return static_cast<std::int16_t>(ap_online + 1); }
  /// True from idle:dead to the last STARTING state: a CPU does not stop between them.
  bool is_atomic(std::int64_t id) const { return id > bringup && id < ap_online; }
  const NamedState* find(std::string_view name) const;
  const NamedState* find(int id) const;
  /// Returns the number of the state with that name; -1 when there is none.
  std::int16_t id(std::string_view name) const;
};

/// Throws BadInput.
StateList read_states(const std::string& path);

}  // namespace cpuhp
