// Check of the notifier design. Each action (all calls of one section in one direction for one CPU)
// calls every callback of the chain once, and always in the same order.
#pragma once

#include <vector>

#include "model/checks/walks.hpp"

namespace cpuhp {

/// I8: an action calls no callback twice for one CPU.
/// I1: two callbacks are always called in the same order, whatever the CPU and the operation.
std::vector<Finding> check_chain(const Walks& walks);

}  // namespace cpuhp
