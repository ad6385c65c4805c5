// Runs the checks of simulated runs, event by event, in one pass.
#pragma once

#include <vector>

#include "model/checks/finding.hpp"
#include "model/checks/judged.hpp"
#include "model/checks/outline.hpp"
#include "model/events.hpp"

namespace cpuhp {

/// Returns the findings of the checks of runs, grouped by check. A kernel's trace shows too little
/// for them, so the stream must be that of a simulated run.
std::vector<Finding> check_run(const Outline& outline, const EventStream& stream,
                               const Judged& judged);

/// Returns the invariants that check_run() checks.
std::vector<Law> watch_laws();

}  // namespace cpuhp
