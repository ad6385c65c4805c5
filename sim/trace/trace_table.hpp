// Makes the state table for the checks of one trace: from a given table, the names in
// hotplug/states, or the states in the trace. Where events contradict each other, the majority
// decides.
#pragma once

#include <string>
#include <vector>

#include "model/checks/judged.hpp"
#include "sim/trace/loose_trace.hpp"

namespace cpuhp {

/// What the caller knows about the states of the trace's kernel.
struct TraceTable {
  const StateTable* table = nullptr;  ///< table of this kernel, or nullptr
  std::vector<NamedState> states;     ///< hotplug/states; empty: those in the recording, if any
  std::string file;                   ///< file with the states, for error messages
};

/// Makes the state table for judging the trace. Throws BadInput if `known` is of another kernel.
Judged judged_by_trace(const LooseTrace& trace, const TraceTable& known);

}  // namespace cpuhp
