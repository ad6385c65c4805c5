// Checks one trace, simulated or recorded on a real kernel, against the invariants.
//
//   const TraceReport r = check_trace(read_loose_trace("trace.txt"), {});
//   r.findings[0].text;   // "step 43 (hrtimers:prepare) of CPU 1 is missing on the way up"
#pragma once

#include <string>
#include <vector>

#include "model/checks/finding.hpp"
#include "model/checks/not_judged.hpp"
#include "sim/trace/loose_trace.hpp"
#include "sim/trace/trace_table.hpp"

namespace cpuhp {

struct TraceReport {
  std::string file;
  bool counter = false;  ///< stamps give the order of events, and no times
  std::size_t events = 0;
  std::size_t skipped = 0;           ///< number of unreadable cpuhp lines
  std::size_t unmatched = 0;         ///< number of enters without exit, and exits without enter
  std::vector<Finding> findings;     ///< ordered by line
  std::vector<std::uint32_t> lines;  ///< line of each finding; 0: the end of the trace
  std::vector<TraceNote> lost;       ///< where the kernel lost events
  std::string design;  ///< "kernel", "async" or "notifier": the design to which the trace fits
};

/// Checks a trace. `known`: what is known of the kernel's states. Throws BadInput when this is of
/// another kernel than the trace.
TraceReport check_trace(const LooseTrace& trace, const TraceTable& known);

/// Returns the invariants that this trace cannot show to be broken, and why. Throws as check_trace()
/// does.
std::vector<NotJudged> not_judged(const LooseTrace& trace, const TraceTable& known);

/// Returns violations of the invariant "task": a task named after another CPU's thread, or a pid
/// whose name changes from or to that of a hotplug thread.
std::vector<Finding> check_task_names(const Ftrace& trace);

}  // namespace cpuhp
