// Every check that watches a run.
//
//   for (const Finding& f : check_all(result.stream, result.ok())) ...
#pragma once

#include <vector>

#include "model/checks/finding.hpp"
#include "model/events.hpp"

namespace cpuhp {

/// `complete`: the run came to its end; what a hang or panic left open is no finding.
std::vector<Finding> check_all(const EventStream& stream, bool complete);

}  // namespace cpuhp
