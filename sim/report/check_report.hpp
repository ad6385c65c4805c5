// The output of `cpuhp-sim check`.
#pragma once

#include <string>

#include "sim/analysis/check_trace.hpp"
#include "sim/report/look.hpp"

namespace cpuhp {

/// Returns each finding with its details, then the numbers of events and findings.
std::string check_text(const TraceReport& report, const Look& look);
/// Returns one JSON document with a version field.
std::string check_json(const TraceReport& report);

}  // namespace cpuhp
