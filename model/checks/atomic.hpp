// Errors where none may be: STARTING and DYING (I7).
#pragma once

#include <vector>

#include "model/checks/finding.hpp"
#include "model/checks/judged.hpp"
#include "model/events.hpp"

namespace cpuhp {

/// I7: an error of a STARTING or DYING callback is logged, and all further steps of the walk run.
std::vector<Finding> check_atomic(const EventStream& stream, const Judged& judged);

}  // namespace cpuhp
