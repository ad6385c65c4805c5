// Checks of single events: the callback that a state calls, the state in which it leaves the CPU,
// and the time.
#pragma once

#include <array>
#include <vector>

#include "model/checks/walks.hpp"

namespace cpuhp {

/// symbol: a step runs the callback that its state has in that direction.
/// I29: a callback leaves its CPU in the state of the step or, on the way down, in the state below
/// it.
/// time: time stamps do not run backwards.
std::vector<Finding> check_fields(const EventStream& stream, const Judged& judged,
                                  const Walks& walks);

/// The invariants that this check holds.
inline constexpr std::array kFieldsLaws{
    Law{"symbol",
        "a step runs the callback of its state for the direction of the walk: once, or once for "
        "each instance of a multi-instance state"},
    Law{"time", "time stamps do not run backwards"}};

}  // namespace cpuhp
