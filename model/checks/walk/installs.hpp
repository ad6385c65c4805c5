// Check of registrations: setting up or removing a state calls, in ascending order, every CPU that
// has already passed this state.
#pragma once

#include <array>
#include <vector>

#include "model/checks/walk/walks.hpp"

namespace cpuhp {

/// Checks that a registration calls the callback on the right CPUs (I32), as far as the state of
/// each CPU is known from its callbacks.
std::vector<Finding> check_installs(const Walks& walks);

inline constexpr std::array kInstallsLaws{
    Law{"I32",
        "setting up or removing a state calls its callback once for each CPU that is past the "
        "state, in ascending order; if setting up fails, its calls are undone"}};

}  // namespace cpuhp
