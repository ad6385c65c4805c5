// The smallest scenario that still shows a finding: fewest operations, faults, CPUs and states, by
// leaving out and running again (delta debugging, Zeller & Hildebrandt 2002).
//
//   const Reduced r = reduce(case_scenario(base, plan, c), finding, trials);
//   write_file_atomically("findings/x.json", scenario_text(r.scenario));
#pragma once

#include <optional>

#include "sim/campaign/plan.hpp"
#include "sim/campaign/trial.hpp"

namespace cpuhp {

/// A case as a scenario of its own; `base`: self_contained_scenario(). A case that is reduced for a
/// probe ends with the operation that failed: `operations` says how many are kept.
OrderedJson case_scenario(const OrderedJson& base, const CampaignPlan& plan, const CampaignCase& c,
                          std::optional<std::size_t> operations = {});

struct Reduced {
  OrderedJson scenario;  ///< with `expect`: it is the finding's reproduction
  std::size_t cpus = 0;
  std::size_t operations = 0;
  std::size_t faults = 0;
  std::size_t states = 0;  ///< beyond those that the core cannot do without
  bool reproduced = true;  ///< the case as a scenario shows the finding at all
  Finding finding;         ///< as the scenario shows it
};

Reduced reduce(OrderedJson scenario, const Finding& finding, Trials& trials);

}  // namespace cpuhp
