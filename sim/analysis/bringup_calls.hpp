// How long the control CPU was busy with each CPU: the calls of cpu_up(), as
// Thomas Gleixner's tables count them (Message-ID 20230414225551.858160935@linutronix.de).
//
//   std::vector<BringupCalls> calls = bringup_calls(result.stream);
//   calls[28].prepare + calls[28].online;     // 21.240 ms: first CPU of the second socket
#pragma once

#include <vector>

#include "model/events.hpp"

namespace cpuhp {

/// The first bring-up of one CPU. A serial bring-up is one call, a parallel one two.
struct BringupCalls {
  Ns prepare{};  ///< the first of two calls: PREPARE section and kick; 0 where there is only one
  Ns online{};   ///< the second of two: release, until the CPU is online
  Ns sum{};      ///< of all calls
  int calls = 0;
};

/// One entry a CPU. A call lasts while the control CPU holds cpu_add_remove_lock for that CPU,
/// within the first boot. Empty entries: the boot CPU, and CPUs that were not tried. A design that
/// brings up all CPUs in one transaction (async) has no calls of single CPUs.
std::vector<BringupCalls> bringup_calls(const EventStream& stream);

}  // namespace cpuhp
