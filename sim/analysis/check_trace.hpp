// Checks one trace, simulated or recorded on a real kernel, against the invariants.
//
//   const TraceReport r = check_trace(read_loose_trace("trace.txt"), {});
//   r.findings[0].text;   // "step 43 (hrtimers:prepare) of CPU 1 is missing on the way up"
#pragma once

#include <string>
#include <vector>

#include "model/checks/finding.hpp"
#include "sim/trace/loose_trace.hpp"
#include "sim/trace/trace_table.hpp"

namespace cpuhp {

struct TraceReport {
  std::string file;
  bool counter = false;  ///< stamps are an order, not times
  std::size_t events = 0;
  std::size_t skipped = 0;           ///< cpuhp lines that could not be read
  std::size_t unmatched = 0;         ///< enters without their exit, exits without their enter
  std::vector<Finding> findings;     ///< in the order of their lines
  std::vector<std::uint32_t> lines;  ///< line of each finding; 0: the end of the trace
  std::vector<TraceNote> lost;       ///< places at which the kernel lost events
  std::string design;  ///< "kernel", "async" or "notifier": the design that the trace looks like
};

/// Checks a trace. Throws BadInput when `known` is another kernel's table.
TraceReport check_trace(const LooseTrace& trace, const TraceTable& known);

/// Finds violations of the invariant "task": a task that runs on a CPU under the name of another
/// CPU's thread, or a pid whose name changes to or from that of a hotplug thread.
std::vector<Finding> check_task_names(const Ftrace& trace);

}  // namespace cpuhp
