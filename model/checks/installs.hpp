// Check of registrations: setting up or removing a state calls every CPU that is past the state
// once, in ascending order.
#pragma once

#include <array>
#include <vector>

#include "model/checks/walks.hpp"

namespace cpuhp {

/// Checks I32, as far as the callbacks show the state of each CPU.
std::vector<Finding> check_installs(const EventStream& stream, const Judged& judged,
                                    const Walks& walks);

/// The invariants that this check holds.
inline constexpr std::array kInstallsLaws{
    Law{"I32",
        "setting up or removing a state calls its callback once for each CPU that is past the "
        "state, in ascending order; after an error, setting up undoes the calls"}};

}  // namespace cpuhp
