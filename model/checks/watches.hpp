// The checks that watch a run event by event: all of them in one pass.
//
//   for (const Finding& f : check_run(outline_of(stream, judged), stream, judged)) ...
#pragma once

#include <vector>

#include "model/checks/finding.hpp"
#include "model/checks/judged.hpp"
#include "model/checks/outline.hpp"
#include "model/events.hpp"

namespace cpuhp {

/// One check's findings after the other's. Of a simulated run: a kernel's trace shows too little.
std::vector<Finding> check_run(const Outline& outline, const EventStream& stream,
                               const Judged& judged);

}  // namespace cpuhp
