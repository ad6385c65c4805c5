// Finds a smallest scenario that still shows a finding: with the fewest operations, faults, CPUs
// and states. Removes parts and runs the rest again (delta debugging, Zeller & Hildebrandt 2002).
#pragma once

#include <optional>

#include "sim/campaign/plan.hpp"
#include "sim/campaign/trial.hpp"

namespace cpuhp {

/// Returns a case as a scenario. `base`: from self_contained_scenario(). `operations`: number of
/// operations to keep, so that the scenario for a probe ends with the operation that failed.
OrderedJson case_scenario(const OrderedJson& base, const CampaignPlan& plan, const CampaignCase& c,
                          std::optional<std::size_t> operations = {});

struct Reduced {
  OrderedJson scenario;  ///< its `expect` is the finding
  std::size_t cpus = 0;
  std::size_t operations = 0;
  std::size_t faults = 0;
  std::size_t states = 0;  ///< number of states besides those of the hotplug core
  bool reproduced = true;  ///< false: the unreduced case did not show the finding
  Finding finding;         ///< as it is in the reduced scenario
};

Reduced reduce(OrderedJson scenario, const Finding& finding, Trials& trials);

}  // namespace cpuhp
