// A fault campaign: runs all cases of a plan in worker processes, judges and records the results,
// and finds a small scenario for each finding.
//
//   Campaign campaign({.scenario = "drv.json", .designs = {}, .options = {}, .shard = {},
//                      .out = {}, .program = "1.0"});
//   campaign.run([](std::uint64_t, std::uint64_t, std::uint64_t) {});
//   std::vector<ReducedFinding> list;
//   campaign.reduce("findings", list);
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sim/campaign/beginnings.hpp"
#include "sim/campaign/campaign_file.hpp"
#include "sim/campaign/plan.hpp"
#include "sim/campaign/reduce.hpp"
#include "sim/campaign/tally.hpp"
#include "sim/campaign/workers.hpp"

namespace cpuhp {

struct CampaignRequest {
  std::string scenario;
  std::vector<Design> designs;  ///< empty: all designs that the scenario allows
  CampaignOptions options;
  unsigned jobs = 1;
  Shard shard;
  std::string out;      ///< path of the JSONL file; empty: none is written
  std::string program;  ///< version of cpuhp-sim as -V prints it, since results depend on it
  /// With CampaignOptions::led: path of another campaign's file. Random cases aim at sites that its
  /// cases have not struck. Empty: at all sites.
  std::string led_by;
  double verify = 0;  ///< percentage of the cases that verify() runs again
  /// Cases share their beginnings (sim/campaign/beginnings.hpp). Results are the same without.
  bool sharing = true;
  /// Gets each line of the campaign, in order; may be empty.
  std::function<void(const std::string&)> each_line = {};
};

/// A case whose second run gave another result, which is a bug of cpuhp-sim.
struct Differing {
  std::uint64_t number = 0;
  std::string before, again;  ///< the case's JSONL line in each of the runs
};

/// A finding, and a small scenario that shows it.
struct ReducedFinding {
  UniqueFinding finding;
  std::string file;  ///< path of the scenario; empty: not written
  Reduced reduced;
};

class Campaign {
 public:
  /// Called with three numbers: the finished cases, `all` cases of this shard, and the finished
  /// cases with findings.
  using Progress =
      std::function<void(std::uint64_t done, std::uint64_t all, std::uint64_t findings)>;

  /// Loads the scenario for every design, and counts the cases. Throws BadInput.
  explicit Campaign(CampaignRequest request);

  std::uint64_t cases() const { return request_.shard.cases(plan_->size()); }
  const CampaignPlan& plan() const { return *plan_; }
  const std::string& name() const { return name_; }
  /// Returns which designs do not fit the scenario, and why. The campaign leaves them out.
  const std::vector<std::string>& notes() const { return notes_; }
  const Tally& tally() const { return tally_; }
  /// Returns the machine of a case, with its faults and operations.
  MachineConfig machine_of(std::uint64_t number) { return plan_->configure(plan_->at(number)); }
  /// Returns the first line of the JSONL file. It contains all that determines the cases.
  std::string header() const;

  /// Runs the cases that are not in the JSONL file so far. Returns the number of finished cases,
  /// including those in the file. It is less than cases() after a stop signal (sim/stop.hpp).
  std::uint64_t run(const Progress& progress);
  /// Runs some cases of this shard again, at least one, each from its first operation in a new
  /// process with a new engine, and compares their JSONL lines. To be called after run().
  std::vector<Differing> verify() const;
  std::uint64_t verified() const { return lines_.size(); }
  /// For each finding, writes a reduced scenario to `folder`, and then appends the finding to
  /// `list`. Ends early after a stop signal (sim/stop.hpp).
  void reduce(const std::string& folder, std::vector<ReducedFinding>& list);

 private:
  ReducedFinding reduce_one(const UniqueFinding& finding, const std::string& name,
                            const std::string& folder, Trials& trials);
  void lead();
  CpuId max_cpus() const;
  std::string answer(Simulator& simulator, std::string_view number, Beginnings* beginnings) const;
  std::string line_of(std::uint64_t number, const Workers::Answer& answer) const;
  bool to_verify(std::uint64_t number) const;

  CampaignRequest request_;
  std::string name_;
  OrderedJson self_contained_;
  OrderedJson certificate_plan_;  ///< null: the campaign has no certificate
  std::vector<std::string> notes_;
  std::unique_ptr<CampaignPlan> plan_;
  Tally tally_;
  std::map<std::uint64_t, std::string> lines_;  ///< JSONL lines of cases that verify() runs again
};

}  // namespace cpuhp
