// What a CPU must have let go of when it dies, and who may touch it then (I5, I19, I20, I38).
#pragma once

#include <vector>

#include "model/checks/finding.hpp"
#include "model/checks/judged.hpp"
#include "model/events.hpp"

namespace cpuhp {

/// - I5: what a dead CPU leaves behind is cleaned up by another one;
/// - I19: while the machine stands still for a takedown no other CPU that is online does anything;
/// - I20: timers, function calls and RCU's interest leave the CPU with the steps that move them, in
///   time, and are there again when it is back;
/// - I38: what PREPARE has allocated is not freed while the CPU runs.
std::vector<Finding> check_takedown(const EventStream& stream, const Judged& judged);

}  // namespace cpuhp
