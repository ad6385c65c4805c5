// The faults that a kernel has to survive: for each kind, section and direction whether it applies,
// and why.
#pragma once

#include <string_view>

#include "model/fault.hpp"
#include "model/rules.hpp"
#include "model/state_table.hpp"

namespace cpuhp {

struct Applies {
  bool yes = false;
  std::string_view why;
};

/// Tells whether the fault applies to a callback in that section, and why. A kind that hits
/// handshakes applies only at cpu:bringup (Prepare, Up), cpu:teardown (Teardown, Down) and the
/// CPU's hotplug thread (Online, Up).
Applies applies(FaultKind kind, Section section, Direction direction, const Rules& rules);

/// True for kinds that hit a handshake between the control CPU and the AP, and no callback.
/// NoMemory counts as one of these kinds, because a campaign tries it only at the allocation of the
/// idle task. For callbacks, FaultKind::Error has the same effect.
bool is_handshake(FaultKind kind);

}  // namespace cpuhp
