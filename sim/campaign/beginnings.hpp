// The beginnings that cases of a campaign have in common. Before its first fault strikes, a case does
// what the machine without faults does. So that machine is simulated and checked once, up to each
// place between two operations where it is at rest, and the cases go on from there
// (docs/internals.md "At rest").
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "model/checks/checks.hpp"
#include "sim/campaign/judge.hpp"
#include "sim/campaign/plan.hpp"
#include "sim/run/resting_run.hpp"
#include "sim/run/run.hpp"

namespace cpuhp {

class Beginnings {
 public:
  explicit Beginnings(CampaignPlan& plan) : plan_(plan) {}

  /// Simulates the machine of a case and checks the run, from the latest rest on before which no
  /// fault of the case can have struck. Returns no value where there is none.
  std::optional<CheckedRun> run(const CampaignCase& c, Simulator& simulator);

 private:
  struct Beginning {
    RestingRun run;
    RunChecks checks;
    Exercised exercised;
  };
  /// The beginnings of the cases of one design and CPU. Their numbers follow one another, so a
  /// worker keeps those of one CPU only.
  struct Known {
    std::size_t design = 0;
    CpuId victim = kNoCpu;
    std::vector<Fault> faults;          ///< that may strike, with nth = 1
    std::vector<Beginning> beginnings;  ///< in the order of the operations
    std::size_t last = 0;               ///< index of the fault that was looked up last
  };

  void learn(std::size_t design, CpuId victim, Simulator& simulator);
  const Beginning* latest(const CampaignCase& c, std::vector<std::uint32_t>& counts);
  std::size_t index_of(Fault fault);

  CampaignPlan& plan_;
  Known known_;
  RunChecks checks_;  ///< of a case; the next one uses its memory
};

}  // namespace cpuhp
