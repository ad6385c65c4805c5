// What `import` found in traces, as text: how long each boot took, in which parts, and what the trace
// cannot tell.
#pragma once

#include <string>

#include "sim/trace/import_evidence.hpp"

namespace cpuhp {

/// Returns a table for each power-on with a bring-up or takedown; an empty text when there is none.
std::string import_text(const Evidence& evidence);

}  // namespace cpuhp
