// Waits for cpu_hotplug_lock, as text and JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "model/lock_reader.hpp"
#include "sim/analysis/lock_stalls.hpp"

namespace cpuhp {

/// Returns a few lines about both sides, and a table of the operations that had waits.
std::string stalls_text(const LockStalls& stalls, const std::vector<LockReader>& readers);
/// Returns the field `lock_stalls` of `run --format json` (docs/reference/output.md).
nlohmann::ordered_json stalls_json(const LockStalls& stalls,
                                   const std::vector<LockReader>& readers);

}  // namespace cpuhp
