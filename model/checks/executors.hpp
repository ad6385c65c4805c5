// Checks who runs each callback: the control CPU, the plugged CPU itself, or its hotplug thread.
#pragma once

#include <vector>

#include "model/checks/walks.hpp"

namespace cpuhp {

/// I5: PREPARE callbacks and cpu:teardown run on a CPU other than the plugged one.
/// I6: STARTING callbacks run on the plugged CPU, ONLINE callbacks there and in its cpuhp thread.
std::vector<Finding> check_executors(const EventStream& stream, const Judged& judged,
                                     const Walks& walks);

}  // namespace cpuhp
