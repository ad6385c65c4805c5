// The cost profile of `import`: durations measured in traces, as quantiles. Internal to `import`.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "model/state_table.hpp"
#include "sim/trace/import_evidence.hpp"

namespace cpuhp {

/// Returns minimum, quartiles and maximum of `samples` in ns; one number when all are the same.
nlohmann::ordered_json quantiles(Samples samples);

/// Makes a profile in the format of scenarios/costs. `table` names the states in the evidence.
nlohmann::ordered_json make_costs(const std::string& name, const StateTable& table,
                                  const Evidence& evidence);

}  // namespace cpuhp
