// The cost profile that `import` makes: quantiles of durations in traces. Internal to `import`.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "model/state_table.hpp"
#include "sim/trace/import_evidence.hpp"

namespace cpuhp {

/// Returns minimum, quartiles and maximum of `samples` in ns; one number when all are equal.
nlohmann::ordered_json quantiles(Samples samples);

/// Returns a profile in the format of scenarios/costs. `table` has the names of the states.
nlohmann::ordered_json make_costs(const std::string& name, const StateTable& table,
                                  const Evidence& evidence);

}  // namespace cpuhp
