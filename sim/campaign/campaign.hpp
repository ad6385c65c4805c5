// A fault campaign: every case of a plan in worker processes, judged, recorded, added up, and each
// finding reduced.
//
//   Campaign campaign({.scenario = "drv.json", .designs = {...}, .jobs = 4});
//   campaign.run(progress);
//   for (const ReducedFinding& f : campaign.reduce("findings")) std::cout << f.file;
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sim/campaign/campaign_file.hpp"
#include "sim/campaign/plan.hpp"
#include "sim/campaign/reduce.hpp"
#include "sim/campaign/tally.hpp"
#include "sim/campaign/workers.hpp"

namespace cpuhp {

struct CampaignRequest {
  std::string scenario;
  std::vector<Design> designs;  ///< empty: all that the scenario allows
  CampaignOptions options;
  unsigned jobs = 1;
  Shard shard;
  std::string out;      ///< JSONL; empty: none
  std::string program;  ///< its version: another one may find other things
  double verify = 0;    ///< per cent of the cases that verify() runs again
};

/// A case that came out otherwise when it ran again: a bug of cpuhp-sim.
struct Differing {
  std::uint64_t number = 0;
  std::string before, again;  ///< its lines
};

/// A finding's own scenario.
struct ReducedFinding {
  UniqueFinding finding;
  std::string file;  ///< empty: it was not written
  Reduced reduced;
};

class Campaign {
 public:
  /// `done`, `all` cases of this shard, runs with findings so far.
  using Progress =
      std::function<void(std::uint64_t done, std::uint64_t all, std::uint64_t findings)>;

  /// Loads the scenario for every design and counts the cases. Throws BadInput.
  explicit Campaign(CampaignRequest request);

  std::uint64_t cases() const { return request_.shard.cases(plan_->size()); }
  const CampaignPlan& plan() const { return *plan_; }
  const std::string& name() const { return name_; }
  /// What a reader should know: designs that the scenario does not allow.
  const std::vector<std::string>& notes() const { return notes_; }
  const Tally& tally() const { return tally_; }
  /// The machine of a case, and what is done to it.
  MachineConfig machine_of(std::uint64_t number) { return plan_->configure(plan_->at(number)); }
  /// First line of the file: what the cases follow from.
  std::string header() const;

  /// Runs what the file does not have yet.
  void run(const Progress& progress);
  /// Runs some of this shard's cases again, at least one, each in a process and on an engine of its
  /// own, and compares everything that a case's line says. Call it after run().
  std::vector<Differing> verify() const;
  std::uint64_t verified() const { return lines_.size(); }
  /// Reduces each finding, and writes it to the folder.
  std::vector<ReducedFinding> reduce(const std::string& folder);

 private:
  CpuId max_cpus() const;
  std::string answer(Simulator& simulator, std::uint64_t number) const;
  std::string line_of(std::uint64_t number, const Workers::Answer& answer) const;
  bool to_verify(std::uint64_t number) const;

  CampaignRequest request_;
  std::string name_;
  OrderedJson self_contained_;
  std::vector<std::string> notes_;
  std::unique_ptr<CampaignPlan> plan_;
  Tally tally_;
  std::map<std::uint64_t, std::string> lines_;  ///< of the cases to verify
};

}  // namespace cpuhp
