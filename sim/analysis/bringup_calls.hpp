// The time that the control CPU was busy with each CPU: the calls of cpu_up(), as
// Thomas Gleixner's tables count them (Message-ID 20230414225551.858160935@linutronix.de).
#pragma once

#include <vector>

#include "model/events.hpp"

namespace cpuhp {

/// The first bring-up of one CPU. A serial bring-up is one call, a parallel one two.
struct BringupCalls {
  Ns prepare{};  ///< the first of two calls: PREPARE section and kick; 0: there is only one
  Ns online{};   ///< the second of two calls: from the release until the CPU is online
  Ns sum{};      ///< sum of all calls
  int calls = 0;
};

/// Returns one entry for each CPU. A call lasts while the control CPU holds cpu_add_remove_lock for
/// that CPU, within the first boot. Entries of the boot CPU and of CPUs that were not tried are
/// empty. A design that brings up all CPUs in one transaction (async) has no calls of single CPUs.
std::vector<BringupCalls> bringup_calls(const EventStream& stream);

}  // namespace cpuhp
