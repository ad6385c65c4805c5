// Checks of single events: each has the right callback, state and time.
#pragma once

#include <array>
#include <vector>

#include "model/checks/walk/walks.hpp"

namespace cpuhp {

/// time: time stamps do not run backwards. A kernel sorts the events of all CPUs by time before it
/// prints them.
/// `latest`: the latest time of the parts before.
std::vector<Finding> check_times(const Walks& walks, Ns& latest);
/// symbol: a step runs the callback that the table gives its state in that direction.
/// I29: a callback leaves its CPU in the state of the step or, on the way down, in the state below
/// it.
std::vector<Finding> check_fields(const Walks& walks);

inline constexpr std::array kFieldsLaws{
    Law{"symbol",
        "a step runs the callback of its state for the direction of the walk: once, or once for "
        "each instance of a multi-instance state"},
    Law{"time", "time stamps do not run backwards"}};

}  // namespace cpuhp
