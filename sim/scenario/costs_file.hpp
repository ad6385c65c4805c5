// Cost profiles: JSON files with what callbacks and hardware phases cost on one machine
// (docs/reference/costs.md). Profiles are shared between tables: states that a table lacks are
// noted, not refused.
//
//   CostsFile file = load_costs("scenarios/costs/skylake-2x28.json", table);
//   file.profile.phase(Phase::Kick);
//   // file.notes: "costs skylake-2x28: the table has no state named x86/tboot:dying"
#pragma once

#include <string>
#include <vector>

#include "model/costs.hpp"

namespace cpuhp {

struct CostsFile {
  CostProfile profile;
  std::string measured_under;      ///< hardware, emulation, published, invented; empty: unsaid
  std::vector<std::string> notes;  ///< what a reader should know
};

/// Throws BadInput.
CostsFile load_costs(const std::string& path, const StateTable& table);

}  // namespace cpuhp
