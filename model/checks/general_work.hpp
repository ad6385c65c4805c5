// Where general work runs: on active CPUs only (I16).
#pragma once

#include <vector>

#include "model/checks/finding.hpp"
#include "model/checks/judged.hpp"
#include "model/events.hpp"

namespace cpuhp {

/// I16: no general task begins to run on a CPU that is not active. One that was there when the CPU
/// went is pushed off it before sched:waitempty is over, and a Run shows where it goes on.
std::vector<Finding> check_general_work(const EventStream& stream, const Judged& judged);

}  // namespace cpuhp
