// A state table for judging one trace: a given one, the names of hotplug/states, or the states that
// the trace itself shows. One odd line among many changes nothing: the bulk of the steps counts.
#pragma once

#include <string>
#include <vector>

#include "model/checks/judged.hpp"
#include "sim/trace/loose_trace.hpp"

namespace cpuhp {

/// Input from outside of the trace.
struct TraceTable {
  const StateTable* table = nullptr;  ///< table of the same kernel; nullptr: none
  std::vector<NamedState> states;     ///< hotplug/states; empty: those of the recording, if any
  std::string file;                   ///< file with the names, for errors
};

/// Makes the table. Throws BadInput when the given table or names are another kernel's.
Judged judged_by_trace(const LooseTrace& trace, const TraceTable& known);

}  // namespace cpuhp
