// Writes a run in Chrome's trace event format, for ui.perfetto.dev and chrome://tracing.
//
// A CPU is a process, and each task on it a thread: nested slices are walks, callbacks, phases and
// waits. Arrows lead from a kick to the first sign of life, from there to the release, from the
// release to the AP's next event, and from a completion to its waiter. Counters: CPUs online, and
// the use of the control CPU's time. Times are microseconds with three decimals, exact.
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
