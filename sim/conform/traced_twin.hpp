// The twin of a machine whose boot was traced: a scenario that boots as the traces show.
#pragma once

#include <string>

#include "sim/scenario/scenario_json.hpp"
#include "sim/trace/import.hpp"

namespace cpuhp {

/// Returns the scenario, which names its table and its costs by these paths. `machine`: as of
/// recording_of(). Throws BadInput, whose text begins with `why`, when no trace shows a boot.
std::string twin_of_traces(Import& made, const std::string& machine, const std::string& table_path,
                           const std::string& costs_path, const std::string& why = {});

/// Returns the scenario with its table and costs included, so that it needs no other file.
OrderedJson twin_of_traces(Import& made, const std::string& machine);

}  // namespace cpuhp
