// Cost profiles: JSON files with the costs of callbacks and phases on one machine
// (docs/reference/costs.md). Several tables may use one profile, so a state that the table lacks is
// only noted.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/costs.hpp"
#include "model/declared_state.hpp"
#include "model/designs/design.hpp"
#include "sim/scenario/set_override.hpp"

namespace cpuhp {

/// What the traces that a profile was measured from cannot tell.
struct Untold {
  std::optional<Design> design;  ///< the design that the traced kernel ran
  /// A second reading of the traces, and why there are two. Both give the same times under `design`.
  /// Under another design they give the two ends of a range.
  std::optional<PhaseCosts> other;
  std::string why;
  std::map<Design, Ns> traced;  ///< designs of further traced boots, and how long these took
  std::map<Design, std::string> no_figure;  ///< designs of which the traces say nothing, and why
};

struct CostsFile {
  CostProfile profile;
  Untold untold;
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
