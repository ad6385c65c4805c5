#include "cpuhp/campaign.hpp"

#include <algorithm>
#include <exception>
#include <new>

#include "cpuhp/error.hpp"
#include "cpuhp/scenario.hpp"
#include "model/faults/candidates.hpp"
#include "sim/campaign/beginnings.hpp"
#include "sim/campaign/judge.hpp"
#include "sim/campaign/plan.hpp"
#include "sim/error.hpp"
#include "sim/explore/explore_case.hpp"
#include "sim/library/parts.hpp"
#include "sim/library/seen.hpp"
#include "sim/report/fault_text.hpp"
#include "sim/run/run.hpp"
#include "sim/scenario/suggest.hpp"

namespace cpuhp::api {
namespace {

template <typename Value, typename Rows>
Value named(const char* what, const std::string& word, const Rows& rows) {
  std::vector<std::string> known;
  for (const auto& row : rows) {
    if (row.name == word) return row.value;
    known.emplace_back(row.name);
  }
  const std::string near = nearest(word, known);
  throw Error(std::string("no ") + what + " is named \"" + word + '"' +
              (near.empty() ? "" : " (did you mean '" + near + "'?)"));
}

::cpuhp::CampaignOptions options_of(const CampaignOptions& given) {
  ::cpuhp::CampaignOptions options{.singles = given.singles,
                                   .pairs = given.pairs,
                                   .random = given.random,
                                   .seed = given.seed,
                                   .kinds = enumerated_kinds()};
  if (given.kinds.empty()) return options;
  std::vector<FaultKind> wanted;
  for (const std::string& word : given.kinds)
    wanted.push_back(named<FaultKind>("kind of faults", word, kFaultKindInfos));
  std::erase_if(options.kinds, [&](FaultKind kind) { return !std::ranges::count(wanted, kind); });
  return options;
}

/// The cases of a campaign, one after another in this process.
class Cases {
 public:
  Cases(std::vector<MachineConfig> configs, const CampaignOptions& options, Simulator& simulator,
        const std::vector<Invariant>& invariants, bool shared)
      : simulator_(simulator),
        plan_(std::move(configs), options_of(options),
              [&](const MachineConfig& config) { return simulator.run(config); }),
        beginnings_(plan_),
        invariants_(invariants),
        shared_(shared) {}

  std::uint64_t size() const { return plan_.size(); }

  /// Appends the case when it has a finding.
  void run(std::uint64_t number, std::vector<FoundCase>& found) {
    const CampaignCase c = plan_.at(number);
    Run shown;
    try {
      shown = judged(c);
    } catch (const std::bad_alloc&) {
      throw;                                 // says nothing of the case
    } catch (const std::exception& error) {  // of a callback
      shown.findings = {{.invariant = "callback-exception", .text = error.what()}};
    }
    if (shown.findings.empty()) return;
    FoundCase& one = found.emplace_back(FoundCase{.number = number});
    const MachineConfig& config = plan_.configure(c);
    one.design = std::string(to_string(config.design));
    for (const Fault& fault : c.faults) one.faults.push_back(fault_text(fault, config));
    one.findings = std::move(shown.findings);
  }

 private:
  Run judged(const CampaignCase& c) {
    const RunMachine run = [&](const MachineConfig& config) {
      return simulator_.run(config, {.blueprint = plan_.blueprint(c.design)});
    };
    std::optional<CheckedRun> checked;
    if (shared_) checked = beginnings_.run(c, simulator_);
    if (!checked) checked = check_case(plan_, c, run);
    Run shown;
    if (!invariants_.empty()) shown = seen(checked->result, plan_.configure(c), checked->findings);
    const Verdict verdict = judge_case(plan_, c, run, std::move(*checked));
    shown.findings = seen(verdict.findings);
    check(shown, invariants_);
    return shown;
  }

  Simulator& simulator_;
  CampaignPlan plan_;
  Beginnings beginnings_;
  const std::vector<Invariant>& invariants_;
  bool shared_;
};

}  // namespace

Campaign Scenario::faults(const CampaignOptions& options) const {
  std::vector<MachineConfig> configs;
  if (options.designs.empty()) configs.push_back(parts_->load().config);
  for (const std::string& word : options.designs)
    configs.push_back(parts_->load(named<Design>("design", word, kDesigns)).config);
  Campaign campaign;
  if (!parts_->copyable())
    campaign.not_shared = "the C++ callbacks of a driver remember what cannot be copied";
  else if (!parts_->invariants.empty())
    campaign.not_shared = "an invariant of the caller needs the events of the whole run";
  try {
    with_bare_simulator([&](Simulator& simulator) {
      Cases cases(std::move(configs), options, simulator, parts_->invariants,
                  campaign.not_shared.empty());
      for (; campaign.cases < cases.size(); ++campaign.cases) {
        cases.run(campaign.cases, campaign.found);
        if (options.progress) options.progress(campaign.cases + 1, cases.size());
      }
    });
  } catch (const BadInput& error) {
    throw Error(error.what());
  }
  return campaign;
}

Exploration Scenario::explore(const ExploreOptions& options) const {
  const ::cpuhp::Scenario scenario = parts_->load();
  if (!parts_->copyable())
    throw Error(
        "the C++ callbacks of a driver remember what cannot be copied with the machine, so its "
        "orders cannot be explored: add the state with add_copyable_state()");
  if (!parts_->invariants.empty())
    throw Error(
        "invariants of the caller are not judged in orders: explore a scenario without them");
  Exploration all;
  try {
    check_explorable(scenario);
    const MachineConfig config = without_dates(scenario.config);
    with_bare_simulator([&](Simulator& simulator) {
      const Explored explored = ::cpuhp::explore(
          simulator, config, {.most_orders = options.most_orders, .reduce = false});
      all.orders = explored.orders();
      all.complete = explored.complete();
      for (const ::cpuhp::FoundOrder& found : explored.found)
        all.found.push_back({seen(found.finding), found.runs});
    });
  } catch (const BadInput& error) {
    throw Error(error.what());
  }
  return all;
}

}  // namespace cpuhp::api
