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

/// Tells whether the kind applies in that section and direction, and why. A kind that hits a
/// handshake applies only in one pair: (Prepare, Up) for a bring-up, (Teardown, Down) for a
/// takedown, or (Online, Up) for a wake-up of the CPU's hotplug thread.
Applies applies(FaultKind kind, Section section, Direction direction, const Rules& rules);

/// True for kinds that hit a handshake between the control CPU and the AP, and no callback.
/// NoMemory is one of these kinds: a campaign (a series of runs with faults) tries it only at the
/// allocation of the idle task. For callbacks, FaultKind::Error has the same effect.
bool is_handshake(FaultKind kind);

}  // namespace cpuhp
