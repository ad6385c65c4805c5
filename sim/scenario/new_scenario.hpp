// A scenario to begin with: what `cpuhp-sim new` writes.
#pragma once

#include <string>
#include <vector>

#include "sim/scenario/scenario_json.hpp"

namespace cpuhp {

/// What the first scenario of a user says. Files are named as the scenario is to name them.
struct NewScenario {
  std::string name;
  std::uint64_t sockets = 1, cores = 1, threads = 1;  ///< cores a socket, threads a core
  std::string table;
  std::string costs;   ///< empty: the default profile
  std::string schema;  ///< path of the JSON Schema, for editors; empty: not named
};

/// Returns SOCKETSxCORESxTHREADS as numbers: three, two or one; what is missing is 1 thread a core,
/// 1 socket. Throws BadInput, which begins with "--machine".
void parse_grid(const std::string& text, NewScenario& scenario);

/// Returns a scenario that boots the machine, and takes its last CPU down and up again. Its notes
/// explain it.
OrderedJson new_scenario(const NewScenario& about);

/// Returns the notes of a scenario to begin with. `cpus`: how many CPUs it has.
OrderedJson notes_of_new_scenario(std::uint64_t cpus, bool own_costs);

}  // namespace cpuhp
