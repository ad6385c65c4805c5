// Writes a run in Chrome's trace event format, for ui.perfetto.dev and chrome://tracing.
//
// In the picture a CPU is a process, and each task on it a thread. Its nested slices are walks (a
// CPU's way through the states), callbacks, phases and waits. Arrows: see arrows.hpp. Counters show
// the number of CPUs online, and how the control CPU spends its time. Times are microseconds with
// three decimals, so they are exact.
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
