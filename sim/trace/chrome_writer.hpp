// Writes a run as Chrome's trace event format, for ui.perfetto.dev and chrome://tracing.
//
//   write_chrome(std::cout, {.header = {...}, .stream = r.stream, .boot_cpu = 0,
//                            .control_cpu_time = r.control_cpu_time});
//
// A CPU is a process, each task on it a thread: nested slices are walks, callbacks, phases and
// waits; arrows lead from a kick to the first sign of life, from there to the release, from the
// release to what the AP does next, and from a completion to its waiter. Counters: CPUs online, and
// what the control CPU's time goes to. Dates are microseconds with three digits, exact.
#pragma once

#include <iosfwd>
#include <vector>

#include "model/runtime.hpp"
#include "sim/trace/event_writers.hpp"

namespace cpuhp {

struct ChromeInput {
  TraceHeader header;
  const EventStream& stream;
  CpuId boot_cpu = 0;
  const std::vector<CpuSpan>& control_cpu_time;
};

void write_chrome(std::ostream& out, const ChromeInput& input);

}  // namespace cpuhp
