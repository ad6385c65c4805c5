// The faults that a kernel has to survive: for each kind, section and direction a cell with its
// reason.
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

/// Says whether the fault applies to a callback in that section, and why. Kinds that strike a CPU's
/// handshakes apply at cpu:bringup (Prepare, Up), cpu:teardown (Teardown, Down) and the CPU's
/// hotplug thread (Online, Up).
Applies applies(FaultKind kind, Section section, Direction direction, const Rules& rules);

/// True for kinds that strike where the control CPU and the AP meet, not in a callback. NoMemory is
/// one: it strikes the allocation of the idle task. In a callback, lack of memory is an error like
/// any other.
bool is_handshake(FaultKind kind);

}  // namespace cpuhp
