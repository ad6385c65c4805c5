// Adds what a recording's writes show: which states `fail` and `target` accept, where a CPU stops
// with an armed `fail`, and rules of the kernel. Internal to `import`.
#pragma once

#include "sim/trace/import_evidence.hpp"

namespace cpuhp {

/// Adds nothing for a recording without #MACHINE, because the CPUs' states are then unknown.
void add_writes(const Recording& recording, const StateList& states, Evidence& found);

}  // namespace cpuhp
