// What check says.
//
//   check_text(report, look);
//   // trace.txt:217: I2: step 43 (hrtimers:prepare) of CPU 1 is missing on the way up ...
//   // 1210 events parsed, 0 skipped, 0 unmatched, 1 finding
#pragma once

#include <string>

#include "sim/analysis/check_trace.hpp"
#include "sim/report/look.hpp"

namespace cpuhp {

/// A line a finding, then the counts.
std::string check_text(const TraceReport& report, const Look& look);
/// One JSON document with a version field.
std::string check_json(const TraceReport& report);

}  // namespace cpuhp
