// Writes an event stream as a kernel's `trace` file prints it, byte for byte.
//
//   write_ftrace(std::cout, stream);
//
// Output after the header that every such file has:
//          cpuhp/1-24      [001] .....     0.528611: cpuhp_exit:  cpu: 0001  state: 235 step: 235
//          ret: 0      (one line)
//
// Only Enter, MultiEnter and Exit are written; tasks and pids are invented, the same for every run:
// swapper/0 drives a boot, kworker/N:0 or sh everything else.
#pragma once

#include <iosfwd>
#include <string>

#include "model/events.hpp"

namespace cpuhp {

struct FtraceFormat {
  /// Digits after the point of a time stamp: 6 as the kernel's, 9 keeps every nanosecond.
  int decimals = 6;
  /// Also callbacks of the STARTING section, run with interrupts off. A kernel never shows them:
  /// tracepoints are off on a CPU that is not online.
  bool atomic_callbacks = false;
};

void write_ftrace(std::ostream& out, const EventStream& stream, const FtraceFormat& format = {});
std::string format_ftrace(const EventStream& stream, const FtraceFormat& format = {});

}  // namespace cpuhp
