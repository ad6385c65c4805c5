// The cost profile that `import` makes of the CPUs' ways in traces. Internal to `import`.
//
// A profile keeps each duration with its place: the CPU, and the number of that CPU's bring-up or
// takedown. A run of the same machine takes them, so a machine's twin keeps the machine's time.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "model/state_table.hpp"
#include "sim/trace/import_evidence.hpp"

namespace cpuhp {

/// Returns minimum, quartiles and maximum of `samples` in ns; one number when all are equal.
nlohmann::ordered_json quantiles(std::vector<std::int64_t> samples);

/// True when the power-ons are of one machine. Only then a profile has places.
bool of_one_machine(const Evidence& evidence);

/// Returns a profile in the format of scenarios/costs. `table` has the names of the states. The
/// evidence must have a bring-up or takedown.
nlohmann::ordered_json make_costs(const std::string& name, const StateTable& table,
                                  const Evidence& evidence);

}  // namespace cpuhp
