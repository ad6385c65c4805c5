// Cost profiles: JSON files with the costs of callbacks and phases on one machine
// (docs/reference/costs.md). Several tables may use one profile, so a state that the table lacks is
// only noted.
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
