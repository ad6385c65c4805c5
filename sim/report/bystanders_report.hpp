// What operations cost the CPUs that have no part in them, as text and JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "model/config.hpp"
#include "sim/analysis/bystanders.hpp"

namespace cpuhp {

/// Returns the tables of `run --bystanders`, and a line about the worst operation.
std::string bystanders_text(const Bystanders& bystanders, const MachineConfig& config);
/// Returns the field `bystanders` of `run --format json` (docs/reference/output.md).
nlohmann::ordered_json bystanders_json(const Bystanders& bystanders);

}  // namespace cpuhp
