// Every check that watches a run.
//
//   for (const Finding& f : check_all(result.stream, judged_by(config, result.ok()))) ...
#pragma once

#include <vector>

#include "model/checks/finding.hpp"
#include "model/checks/judged.hpp"
#include "model/events.hpp"

namespace cpuhp {

/// What callbacks alone show, of simulated runs and of kernels' traces.
std::vector<Finding> check_walks(const EventStream& stream, const Judged& judged);
/// All findings, in the order of their dates.
std::vector<Finding> check_all(const EventStream& stream, const Judged& judged);

}  // namespace cpuhp
