// Checks of single events: the callback of the state, the state that it leaves, the time.
#pragma once

#include <array>
#include <vector>

#include "model/checks/walks.hpp"

namespace cpuhp {

/// symbol: a step runs the callback that its state has in that direction.
/// I29: a callback leaves its CPU in the step's state, on the way down in the one below it.
/// time: stamps do not run backwards.
std::vector<Finding> check_fields(const EventStream& stream, const Judged& judged,
                                  const Walks& walks);

/// The invariants of this file.
inline constexpr std::array kFieldsLaws{
    Law{"symbol",
        "a step runs the callback that its state has in that direction, once or for each instance"},
    Law{"time", "stamps do not run backwards"}};

}  // namespace cpuhp
