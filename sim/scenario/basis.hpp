// What a scenario's results rest on, for people who ask with -v.
#pragma once

#include <string>
#include <vector>

#include "sim/scenario/scenario.hpp"

namespace cpuhp {

/// Returns sentences: the table with its kernel, the rules of that kernel and those that differ, the
/// callbacks that were assumed, the callbacks and phases whose costs nobody has given.
std::vector<std::string> basis_of(const Scenario& scenario);

/// Logs what basis_of() says, each sentence once in the life of the process (level info).
void log_basis(const Scenario& scenario);

}  // namespace cpuhp
