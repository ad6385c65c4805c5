// Measures how long the control CPU was busy with each CPU, in calls of cpu_up(). Thomas Gleixner's
// tables count in this way (Message-ID 20230414225551.858160935@linutronix.de).
#pragma once

#include <vector>

#include "model/events.hpp"

namespace cpuhp {

/// The calls of cpu_up() in the first bring-up of one CPU: one if it is serial, two if parallel.
struct BringupCalls {
  Ns prepare{};  ///< first of two calls: PREPARE section and kick; 0: there is one call only
  Ns online{};   ///< second of two calls: from the release until the CPU is online
  Ns sum{};      ///< sum of all calls
  int calls = 0;
};

/// Returns one entry for each CPU. A call is the time in the first boot during which the control
/// CPU holds cpu_add_remove_lock for that CPU. The boot CPU and CPUs that the boot did not bring up
/// have empty entries. The asynchronous design has no such calls, as it brings up all CPUs in one
/// transaction.
std::vector<BringupCalls> bringup_calls(const EventStream& stream);

}  // namespace cpuhp
