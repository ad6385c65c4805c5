// Cost profiles: JSON files with the costs of callbacks and hardware phases on one machine
// (docs/reference/costs.md). Profiles are shared between tables: states that a table lacks are
// noted, not refused.
#pragma once

#include <string>
#include <vector>

#include "model/costs.hpp"

namespace cpuhp {

struct CostsFile {
  CostProfile profile;
  std::string measured_under;      ///< hardware, emulation, published, invented; empty: not given
  std::vector<std::string> notes;  ///< remarks for the reader
};

/// Loads a profile. Throws BadInput.
CostsFile load_costs(const std::string& path, const StateTable& table);

}  // namespace cpuhp
