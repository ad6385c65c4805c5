// The smallest scenario that still shows a finding: fewest operations, faults, CPUs and states,
// found by leaving out parts and running again (delta debugging, Zeller & Hildebrandt 2002).
#pragma once

#include <optional>

#include "sim/campaign/plan.hpp"
#include "sim/campaign/trial.hpp"

namespace cpuhp {

/// Returns a case as a scenario. `base`: a self_contained_scenario(). `operations`: the number of
/// operations to keep; a case that is reduced for a probe ends with the operation that failed.
OrderedJson case_scenario(const OrderedJson& base, const CampaignPlan& plan, const CampaignCase& c,
                          std::optional<std::size_t> operations = {});

struct Reduced {
  OrderedJson scenario;  ///< has an `expect` block: it reproduces the finding
  std::size_t cpus = 0;
  std::size_t operations = 0;
  std::size_t faults = 0;
  std::size_t states = 0;  ///< number of states beyond those that the core needs
  bool reproduced = true;  ///< false: the unreduced case did not show the finding
  Finding finding;         ///< the finding in the reduced scenario
};

Reduced reduce(OrderedJson scenario, const Finding& finding, Trials& trials);

}  // namespace cpuhp
