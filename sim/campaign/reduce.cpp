#include "sim/campaign/reduce.hpp"

#include <algorithm>
#include <functional>
#include <numeric>
#include <set>
#include <string>
#include <utility>

#include "sim/analysis/expectations.hpp"
#include "sim/campaign/judge.hpp"
#include "sim/campaign/renumber.hpp"
#include "sim/report/fault_text.hpp"
#include "sim/report/run_report.hpp"
#include "sim/scenario/scenario.hpp"

namespace cpuhp {
namespace {

using Kept = std::vector<std::size_t>;

/// True when two findings, perhaps of different runs, count as one: invariant and place are equal.
bool same(const Finding& a, const Finding& b) {
  return a.invariant == b.invariant && a.place == b.place;
}

/// Zeller's ddmin: returns a minimal subset of 0 .. n-1 for which `holds` is true. It must be true
/// for the whole set.
Kept smallest_subset(std::size_t n, const std::function<bool(const Kept&)>& holds) {
  Kept kept(n);
  std::iota(kept.begin(), kept.end(), std::size_t{0});
  if (n > 0 && holds({})) return {};
  for (std::size_t pieces = 2; kept.size() >= 2;) {
    const std::size_t piece = (kept.size() + pieces - 1) / pieces;
    bool smaller = false;
    for (std::size_t from = 0; from < kept.size() && !smaller; from += piece) {
      Kept rest(kept.begin(), kept.begin() + static_cast<std::ptrdiff_t>(from));
      const std::size_t to = std::min(kept.size(), from + piece);
      rest.insert(rest.end(), kept.begin() + static_cast<std::ptrdiff_t>(to), kept.end());
      if (!holds(rest)) continue;
      kept = std::move(rest);
      pieces = std::max<std::size_t>(2, pieces - 1);
      smaller = true;
    }
    if (smaller) continue;
    if (pieces >= kept.size()) break;
    pieces = std::min(kept.size(), pieces * 2);
  }
  return kept;
}

OrderedJson picked(const OrderedJson& list, const Kept& kept) {
  OrderedJson some = OrderedJson::array();
  for (const std::size_t i : kept) some.push_back(list[i]);
  return some;
}

/// True for a state that the hotplug core needs (Anchors in model/state_table.hpp). A table without
/// such a state is invalid, or is the table of another kernel.
bool is_core_state(const OrderedJson& state) {
  constexpr std::array<std::string_view, 12> kCore{
      "offline",    "threads:prepare", "threads:create", "cpu:kick_ap",  "cpu:bringup", "idle:dead",
      "ap:offline", "ap:online",       "cpu:teardown",   "sched:active", "online",      ""};
  return std::find(kCore.begin(), kCore.end() - 1, state.value("name", "")) != kCore.end() - 1;
}

class Reduction {
 public:
  Reduction(OrderedJson scenario, const Finding& finding, Trials& trials)
      : best_(std::move(scenario)), finding_(finding), trials_(trials) {
    for (const char* list : {"operations", "faults", "readers", "states", "uninstalled"})
      if (!best_.contains(list)) best_[list] = OrderedJson::array();
    if (best_["operations"].empty()) best_["operations"].push_back({{"op", "boot"}});
  }

  Reduced run() {
    if (finding_.invariant == kProbe) wanted_return_ = last_return(trials_.run(best_));
    for (const Finding& f : trials_.run(best_).findings) known_.insert(f.invariant);
    Reduced reduced;
    reduced.reproduced = shows(best_);
    if (reduced.reproduced) {
      fix_dynamic_ranges();
      OrderedJson before;
      do {
        before = best_;
        reduce_operations();
        reduce_list("faults");
        reduce_list("readers");
        drop_extras();
        reduce_machine();
        reduce_states();
        simplify();
      } while (best_ != before);
    }
    reduced.finding = reduced.reproduced ? as_shown() : finding_;
    add_expectation();
    count(reduced);
    reduced.scenario = std::move(best_);
    return reduced;
  }

 private:
  std::optional<int> last_return(const Trial& t) const {
    if (!t.valid || t.returns.empty()) return std::nullopt;
    return t.returns.back();  // no value: it never returned
  }

  bool shows(const OrderedJson& scenario) {
    const Trial t = trials_.run(scenario);
    if (finding_.invariant == kCrash) return !t.death.empty();
    if (!t.valid || !t.death.empty()) return false;
    // A smaller scenario must not break invariants that the case did not break.
    for (const Finding& f : t.findings)
      if (!known_.contains(f.invariant)) return false;
    if (finding_.invariant != kProbe)
      return std::any_of(t.findings.begin(), t.findings.end(),
                         [&](const Finding& f) { return f.is_cause() && same(f, finding_); });
    // The faults must be the reason why a probe fails: without them it must return another value.
    if (!wanted_return_ || last_return(t) != wanted_return_) return false;
    OrderedJson sound = scenario;
    sound["faults"] = OrderedJson::array();
    const Trial without = trials_.run(sound);
    return without.valid && !without.hang && !without.panic &&
           last_return(without) != wanted_return_;
  }

  bool take(OrderedJson candidate) {
    if (candidate == best_ || !shows(candidate)) return false;
    best_ = std::move(candidate);
    return true;
  }

  /// Changes an operation's index to its new value. Returns false when the operation was removed.
  static bool follow(OrderedJson& object, const char* key, const Kept& kept) {
    if (!object.contains(key)) return true;
    const auto at = std::find(kept.begin(), kept.end(), object[key].get<std::size_t>());
    if (at != kept.end())
      object[key] = at - kept.begin();
    else
      object.erase(key);
    return at != kept.end();
  }

  /// Removes operations, except the last one of a probe, whose failure is the finding.
  void reduce_operations() {
    const OrderedJson operations = best_["operations"];
    const std::size_t fixed = finding_.invariant == kProbe ? 1 : 0;
    const auto with = [&](Kept kept) {
      if (fixed > 0) kept.push_back(operations.size() - 1);
      OrderedJson candidate = best_;
      candidate["operations"] = picked(operations, kept);
      for (OrderedJson& op : candidate["operations"])
        if (!follow(op, "with", kept)) op.erase("delay_ns");
      OrderedJson faults = OrderedJson::array();
      for (OrderedJson fault : candidate["faults"])
        if (follow(fault, "during", kept)) faults.push_back(std::move(fault));
      candidate["faults"] = std::move(faults);
      return candidate;
    };
    best_ = with(smallest_subset(operations.size() - fixed,
                                 [&](const Kept& kept) { return shows(with(kept)); }));
  }

  void reduce_list(const char* name) {
    const OrderedJson all = best_[name];
    const auto with = [&](const Kept& kept) {
      OrderedJson candidate = best_;
      candidate[name] = picked(all, kept);
      return candidate;
    };
    best_ = with(smallest_subset(all.size(), [&](const Kept& kept) { return shows(with(kept)); }));
  }

  /// Removes parts that a finding rarely depends on.
  void drop_extras() {
    for (const char* key : {"costs", "rcu", "boot_work_ns", "background_ns", "trace_functions",
                            "jitter", "seed", "rules"})
      drop("", key);
    for (const char* key : {"sources", "notes"}) drop("/table", key);
  }

  /// Removes a member of the object at `place`, a JSON pointer.
  void drop(const std::string& place, const char* key) {
    const OrderedJson::json_pointer object(place);
    if (!best_[object].contains(key)) return;
    OrderedJson candidate = best_;
    candidate[object].erase(key);
    take(std::move(candidate));
  }

  /// Adds the dynamic ranges of state numbers, so that they don't change when states are removed.
  void fix_dynamic_ranges() {
    const DynamicRanges ranges = config().table.dynamic();
    OrderedJson candidate = best_;
    OrderedJson& dynamic = candidate["table"]["dynamic"];
    for (const auto& [key, range] :
         {std::pair{"prepare", ranges.prepare}, std::pair{"online", ranges.online}})
      if (range.first <= range.last) dynamic[key] = {range.first, range.last};
    take(std::move(candidate));
  }

  /// Finds the simplest machine with as few CPUs as possible.
  void reduce_machine() {
    const std::set<CpuId> named = named_cpus(best_);
    std::vector<CpuId> cpus(named.begin(), named.end());
    const std::size_t now = config().topology.nr_cpus();
    const bool plain = best_["machine"].size() == 1 && best_["machine"].contains("cores");
    for (std::size_t n = std::max<std::size_t>(2, cpus.size()); n <= now; ++n) {
      if (n == now && plain) return;
      if (take(on_machine(best_, {{"cores", n}}, cpus))) return;
      const OrderedJson with_siblings{{"cores", n / 2}, {"threads", 2}};
      if (best_["machine"] == with_siblings) return;
      if (n % 2 == 0 && take(on_machine(best_, with_siblings, cpus))) return;
    }
  }

  MachineConfig config() const { return parse_scenario(best_.dump(), "reduced.json").config; }

  void reduce_states() {
    reduce_list("uninstalled");
    reduce_list("states");
    const OrderedJson all = best_["table"]["states"];
    Kept core, others;
    for (std::size_t i = 0; i < all.size(); ++i)
      (is_core_state(all[i]) ? core : others).push_back(i);
    const auto with = [&](const Kept& kept) {
      Kept both = core;
      for (const std::size_t i : kept) both.push_back(others[i]);
      std::sort(both.begin(), both.end());
      OrderedJson candidate = best_;
      candidate["table"]["states"] = picked(all, both);
      return candidate;
    };
    best_ =
        with(smallest_subset(others.size(), [&](const Kept& kept) { return shows(with(kept)); }));
    drop("/table", "dynamic");
  }

  /// Removes fields, so that a fault hits the first time with its default error, and operations
  /// follow one another without delays.
  void simplify() {
    drop_fields("faults", {"nth", "errno", "during", "wakeup"});
    drop_fields("readers", {"rounds", "work", "hold"});
    drop_fields("operations", {"at_ns", "delay_ns", "target"});
  }

  void drop_fields(const char* list, const std::vector<const char*>& keys) {
    for (std::size_t i = 0; i < best_[list].size(); ++i)
      for (const char* key : keys) drop("/" + std::string(list) + "/" + std::to_string(i), key);
  }

  /// Returns the finding as it is on the reduced machine, where CPUs, states and operations have
  /// other numbers.
  Finding as_shown() {
    const Trial t = trials_.run(best_);
    for (const Finding& f : t.findings)
      if (f.is_cause() && same(f, finding_)) return f;
    return finding_.invariant == kProbe ? as_probed() : finding_;
  }

  /// Returns the finding for a failed probe. The checks don't report it in a run of the scenario,
  /// where the probe is an ordinary operation.
  Finding as_probed() {
    const MachineConfig machine = config();
    OrderedJson sound = best_;
    sound["faults"] = OrderedJson::array();
    const auto returned = [](const std::optional<int>& ret) {
      return ret ? return_name(*ret) : std::string("nothing");
    };
    Finding f = finding_;
    f.operation = machine.operations.size() - 1;
    f.operation_text = operation_text(machine.operations.back(), machine);
    f.cpu = machine.operations.back().cpu;
    f.text = "after the faults were over, " + f.operation_text + " returned " +
             returned(wanted_return_) + ", but without faults " +
             returned(last_return(trials_.run(sound)));
    f.faults.clear();
    for (const Fault& fault : machine.faults) f.faults.push_back(fault_text(fault, machine));
    f.around.clear();
    return f;
  }

  /// Adds `expect` with the result, so that a test of the scenario shows whether the finding
  /// remains.
  void add_expectation() {
    const Trial t = trials_.run(best_);
    for (const char* list : {"faults", "readers", "states", "uninstalled"})
      if (best_[list].empty()) best_.erase(list);
    if (!t.valid || !t.death.empty()) return;
    OrderedJson expect;
    const bool all = std::all_of(t.returns.begin(), t.returns.end(),
                                 [](const std::optional<int>& ret) { return ret.has_value(); });
    if (all && t.returns.size() == best_["operations"].size()) {
      expect["ret"] = OrderedJson::array();
      for (const std::optional<int>& ret : t.returns) expect["ret"].push_back(return_json(*ret));
    }
    expect["hang"] = t.hang;
    expect["panic"] = t.panic;
    expect["findings"] = OrderedJson::array();
    for (const Finding& f : t.findings) {
      if (!f.is_cause() || f.invariant == kUnexplainedHang || f.invariant == kUnexplainedPanic)
        continue;
      OrderedJson one{{"invariant", f.invariant}};
      if (!f.place.empty()) one["place"] = f.place;
      if (f.cpu != kNoCpu) one["cpu"] = f.cpu;
      expect["findings"].push_back(std::move(one));
    }
    best_["expect"] = std::move(expect);
  }

  void count(Reduced& reduced) const {
    reduced.cpus = config().topology.nr_cpus();
    reduced.operations = best_["operations"].size();
    reduced.faults = best_.contains("faults") ? best_["faults"].size() : 0;
    reduced.states = best_.contains("states") ? best_["states"].size() : 0;
    for (const OrderedJson& state : best_["table"]["states"])
      if (!is_core_state(state)) ++reduced.states;
  }

  OrderedJson best_;
  const Finding& finding_;
  Trials& trials_;
  std::optional<int> wanted_return_;
  std::set<std::string> known_;  ///< invariants that the unreduced case breaks
};

}  // namespace

OrderedJson case_scenario(const OrderedJson& base, const CampaignPlan& plan, const CampaignCase& c,
                          std::optional<std::size_t> operations) {
  const MachineConfig& config = plan.config(c.design);
  OrderedJson scenario = base;
  for (const char* key : {"expect", "designs", "canary"}) scenario.erase(key);
  scenario["design"] = to_string(config.design);
  scenario["seed"] = c.seed;
  if (c.jitter != 1) scenario["jitter"] = c.jitter;
  if (!scenario.contains("operations")) scenario["operations"] = {{{"op", "boot"}}};
  for (const Operation& op : c.operations) {
    if (operations && scenario["operations"].size() == *operations) break;
    scenario["operations"].push_back(operation_json(op, config));
  }
  for (const LockReader& r : c.readers) scenario["readers"].push_back(reader_json(r));
  if (c.rcu) scenario["rcu"] = rcu_json(*c.rcu);
  if (!scenario.contains("faults")) scenario["faults"] = OrderedJson::array();
  for (const Fault& f : c.faults) scenario["faults"].push_back(fault_json(f, config));
  return scenario;
}

Reduced reduce(OrderedJson scenario, const Finding& finding, Trials& trials) {
  return Reduction(std::move(scenario), finding, trials).run();
}

}  // namespace cpuhp
