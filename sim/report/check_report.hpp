// What check says.
//
//   check_text(report, look);
//   // trace.txt:217: I2: step 43 (hrtimers:prepare) of CPU 1 is missing on the way up (at 0.2 s)
//    where: CPU 1, state 43 (hrtimers:prepare) ...
//   // 1210 events parsed, 0 skipped, 0 unmatched, 1 finding
#pragma once

#include <string>

#include "sim/analysis/check_trace.hpp"
#include "sim/report/look.hpp"

namespace cpuhp {

/// Each finding with its details, then the counts.
std::string check_text(const TraceReport& report, const Look& look);
/// One JSON document with a version field.
std::string check_json(const TraceReport& report);

}  // namespace cpuhp
