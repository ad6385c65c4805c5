// Which faults a kernel has to live with: kind by section and direction, each cell with its reason.
//
//   applies(FaultKind::Error, Section::Prepare, Direction::Down, rules);
//   // {false, "a dead callback must not fail: the CPU is gone"}
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

/// Of a callback in that section; of cpu:bringup (Prepare, Up), cpu:teardown (Teardown, Down) and
/// the CPU's hotplug thread (Online, Up) for the kinds that strike a CPU's handshakes.
Applies applies(FaultKind kind, Section section, Direction direction, const Rules& rules);

/// It strikes where the control CPU and the AP meet, not in a callback. No memory: of the idle
/// task; of a callback it is an error like any.
bool is_handshake(FaultKind kind);

}  // namespace cpuhp
