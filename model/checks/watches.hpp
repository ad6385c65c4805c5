// The checks that watch a run event by event, all in one pass.
#pragma once

#include <vector>

#include "model/checks/finding.hpp"
#include "model/checks/judged.hpp"
#include "model/checks/outline.hpp"
#include "model/events.hpp"

namespace cpuhp {

/// Returns the findings of these checks, check by check. For simulated runs only: a kernel's trace
/// shows too little.
std::vector<Finding> check_run(const Outline& outline, const EventStream& stream,
                               const Judged& judged);

/// Returns the laws that these checks hold.
std::vector<Law> watch_laws();

}  // namespace cpuhp
