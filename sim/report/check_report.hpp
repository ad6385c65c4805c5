// The output of `cpuhp-sim check`.
#pragma once

#include <string>
#include <vector>

#include "model/checks/not_judged.hpp"
#include "sim/analysis/check_trace.hpp"
#include "sim/report/ktap.hpp"
#include "sim/report/look.hpp"

namespace cpuhp {

/// Returns each finding with its details, then the numbers of events and findings.
std::string check_text(const TraceReport& report, const Look& look);
/// Returns one JSON document with a version field.
std::string check_json(const TraceReport& report);
/// Returns a test for each invariant. `skipped`: those that the trace cannot show to be broken.
KtapTest check_ktap(const TraceReport& report, const std::vector<NotJudged>& skipped);

}  // namespace cpuhp
