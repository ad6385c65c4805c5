// Makes the state table for judging one trace: from a given table, the names in hotplug/states, or
// the states that the trace shows. The majority of the steps decides, not a single odd line.
#pragma once

#include <string>
#include <vector>

#include "model/checks/judged.hpp"
#include "sim/trace/loose_trace.hpp"

namespace cpuhp {

/// What is known about the states apart from the trace.
struct TraceTable {
  const StateTable* table = nullptr;  ///< table of the same kernel; nullptr: none
  std::vector<NamedState> states;  ///< hotplug/states; empty: take those of the recording, if any
  std::string file;                ///< file with the names, for errors
};

/// Makes the table. Throws BadInput when the given table or names belong to another kernel.
Judged judged_by_trace(const LooseTrace& trace, const TraceTable& known);

}  // namespace cpuhp
