// A state table for judging one trace: a given one, what hotplug/states names, or what the trace
// itself shows. One odd line among many changes nothing: the bulk of the steps counts.
//
//   const Judged judged = judged_by_trace(read_loose_trace("trace.txt"), {});
//   judged.table.anchors().teardown;     // 153: where takedown_cpu ran
//   check_all(trace.trace.stream, judged);
#pragma once

#include <string>
#include <vector>

#include "model/checks/judged.hpp"
#include "sim/trace/loose_trace.hpp"

namespace cpuhp {

/// What is known beside the trace.
struct TraceTable {
  const StateTable* table = nullptr;  ///< of the same kernel; nullptr: none
  std::vector<NamedState> states;     ///< hotplug/states; empty: those of the recording, if any
  std::string file;                   ///< where the names stand, for errors
};

/// Throws BadInput when the table or the names are another kernel's.
Judged judged_by_trace(const LooseTrace& trace, const TraceTable& known);

}  // namespace cpuhp
