// Cost profiles: JSON files with the costs of callbacks and phases on one machine
// (docs/reference/costs.md). Several tables may use one profile, so a state that the table lacks is
// only noted.
#pragma once

#include <string>
#include <vector>

#include "model/costs.hpp"
#include "model/declared_state.hpp"
#include "sim/scenario/set_override.hpp"

namespace cpuhp {

struct CostsFile {
  CostProfile profile;
  std::string measured_under;      ///< hardware, emulation, published, invented; empty: not given
  std::vector<std::string> notes;  ///< remarks for the reader
};

/// Loads a cost profile, and returns `onto` with the profile's entries, which replace others of the
/// same name. `declared`: states that it may name besides those of the table. `overrides` are
/// applied first. Throws BadInput.
CostsFile load_costs(const std::string& path, const StateTable& table,
                     const std::vector<DeclaredState>& declared = {}, CostsFile onto = {},
                     const std::vector<FileOverride>& overrides = {});

}  // namespace cpuhp
