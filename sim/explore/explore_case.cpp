#include "sim/explore/explore_case.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cmath>

#include "model/faults/candidates.hpp"
#include "sim/error.hpp"
#include "sim/report/fault_text.hpp"
#include "sim/report/finding_report.hpp"
#include "sim/scenario/scenario_json.hpp"

namespace cpuhp {
namespace {

using Json = nlohmann::ordered_json;

/// More CPUs than this have too many orders for any policy to say much.
constexpr CpuId kExploredCpusMax = 64;

/// True for a fault that only makes something take longer. Each order is such a case.
bool only_delays(FaultKind kind) {
  switch (kind) {
    case FaultKind::Delay:
    case FaultKind::AliveLate:
    case FaultKind::DeadLate:
    case FaultKind::Preempted:
    case FaultKind::Starved:
    case FaultKind::SpuriousInterrupt:
      return true;
    default:
      return false;
  }
}

/// Returns the faults that strike in the order of the dates, each with all its times.
std::vector<Fault> passed_faults(const MachineConfig& config, Simulator& simulator) {
  std::vector<FaultKind> kinds = enumerated_kinds();
  std::erase_if(kinds, only_delays);
  MachineConfig counting = config;
  const std::size_t own = counting.faults.size();
  for (CpuId cpu = 0; cpu < config.topology.nr_cpus(); ++cpu)
    for (Fault f : candidate_faults(config, cpu, kinds)) {
      f.nth = UINT32_MAX;  // it is counted, and never strikes
      counting.faults.push_back(f);
    }
  const RunResult result = simulator.run(counting, {.keep_events = false});
  std::vector<Fault> faults;
  for (std::size_t i = own; i < counting.faults.size(); ++i)
    for (std::uint32_t nth = 1; nth <= result.fault_counts[i]; ++nth) {
      faults.push_back(counting.faults[i]);
      faults.back().nth = nth;
    }
  return faults;
}

Json turn_json(const NamedTurn& turn) {
  Json json = Json::object();
  if (turn.operation > 0) json["operation"] = turn.operation;
  json["cpu"] = turn.cpu;
  json["task"] = to_string(turn.role);
  json["point"] = turn.point;
  if (turn.nth > 1) json["nth"] = turn.nth;
  return json;
}

std::unique_ptr<Policy> make_policy(const ExplorePlan& plan) {
  if (plan.policy == "bounded") return make_bounded(plan.holds);
  if (plan.policy == "pct") return make_pct(plan.seed, plan.depth, plan.runs);
  if (plan.policy == "random") return make_random(plan.seed, plan.runs);
  if (plan.policy == "all") return make_all_orders();
  return make_dpor();
}

}  // namespace

void check_explorable(const Scenario& scenario) {
  const MachineConfig& config = scenario.config;
  const auto refuse = [&](const char* pointer, std::string message) {
    throw BadInput{{.file = scenario.file, .pointer = pointer, .message = std::move(message)}};
  };
  if (!config.readers.empty())
    refuse("/readers",
           "a reader has rounds without end, so its orders have none either; leave the readers out "
           "to explore the operations");
  if (!config.order.empty())
    refuse("/order",
           "this scenario is one order; `cpuhp-sim run` runs it, and without \"order\" it can be "
           "explored");
  if (!config.costs.phase(Phase::PollYield).parts.empty())
    refuse(
        "/costs",
        "the profile has a cost of poll_yield. What it does follows from dates, which say nothing "
        "where orders are explored; choose another profile");
  if (config.topology.nr_cpus() > kExploredCpusMax)
    refuse("/machine",
           fmt::format("{} CPUs have more orders than can be explored: expected at most {}",
                       config.topology.nr_cpus(), kExploredCpusMax));
}

std::vector<ExploreCase> explore_cases(const std::vector<Scenario>& designs, bool singles,
                                       Simulator& simulator) {
  std::vector<ExploreCase> cases;
  for (const Scenario& scenario : designs) {
    const MachineConfig config = without_dates(scenario.config);
    cases.push_back({cases.size(), config.design, std::nullopt, config});
    if (!singles) continue;
    for (const Fault& fault : passed_faults(config, simulator)) {
      cases.push_back({cases.size(), config.design, fault, config});
      cases.back().config.faults.push_back(fault);
    }
  }
  return cases;
}

Json explore_case(Simulator& simulator, const ExploreCase& c, const ExplorePlan& plan) {
  ExploreOptions options;
  options.policy = [&plan](std::size_t) { return make_policy(plan); };
  options.most_orders = plan.most;
  options.timeouts = plan.timeouts;
  const Explored e = explore(simulator, c.config, options);
  Json json{{"case", c.number}, {"design", to_string(c.design)}};
  json["fault"] = c.fault ? fault_json(*c.fault, c.config) : Json();
  json["complete"] = e.complete();
  json["orders"] = e.orders();
  std::uint64_t redundant = 0, turns = 0, deepest = 0;
  std::string bound;  // that of the part with the longest runs
  for (const ExploredPart& p : e.parts) {
    redundant += p.redundant;
    turns += p.turns;
    if (!p.complete && (bound.empty() || p.deepest > deepest)) bound = p.bound;
    deepest = std::max<std::uint64_t>(deepest, p.deepest);
  }
  json["given_up"] = redundant;
  json["turns"] = turns;
  json["deepest"] = deepest;
  json["bound"] = bound.empty() ? Json() : Json(bound);
  json["ends"] = e.ends;
  json["findings"] = Json::array();
  for (const FoundOrder& f : e.found) {
    Json order = Json::array();
    for (const Hold& hold : f.holds)
      order.push_back({{"hold", turn_json(hold.held)}, {"until", turn_json(hold.until)}});
    json["findings"].push_back({{"invariant", f.finding.invariant},
                                {"place", f.finding.place},
                                {"cpu", f.finding.cpu == kNoCpu ? Json() : Json(f.finding.cpu)},
                                {"text", f.finding.text},
                                {"orders", f.runs},
                                {"repeats", f.repeats},
                                {"order", std::move(order)}});
  }
  return json;
}

double estimated_orders(Simulator& simulator, const MachineConfig& config) {
  constexpr std::uint64_t kDrawn = 20;
  // Knuth: the mean over drawn orders of the product of the numbers of ways. By part, whose orders add
  // up; a part is explored by one policy.
  std::vector<std::vector<double>> parts;
  ExploreOptions options;
  options.reduce = false;
  options.policy = [&parts](std::size_t) {
    parts.emplace_back();
    return make_random(1, kDrawn);
  };
  options.ran = [&parts](const Policy& p) {
    double log10 = 0;
    for (const auto& ready : p.ready()) log10 += std::log10(static_cast<double>(ready.size()));
    parts.back().push_back(log10);
  };
  explore(simulator, config, options);
  double most = 0;
  for (const std::vector<double>& part : parts)
    for (const double log10 : part) most = std::max(most, log10);
  double sum = 0;
  for (const std::vector<double>& part : parts)
    for (const double log10 : part)
      sum += std::pow(10.0, log10 - most) / static_cast<double>(part.size());
  return sum > 0 ? most + std::log10(sum) : 0;
}

}  // namespace cpuhp
