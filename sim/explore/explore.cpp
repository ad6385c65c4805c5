#include "sim/explore/explore.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "model/judged_run.hpp"
#include "sim/campaign/judge.hpp"
#include "sim/explore/holds.hpp"
#include "sim/explore/undated.hpp"

namespace cpuhp {
namespace {

/// A machine from which operations are explored.
struct Begin {
  std::optional<RestingRun> rest;  ///< no value: before power-on
  RunChecks checks;
  std::vector<Hold> holds;  ///< that bring the machine there
};

/// A machine to which operations can come.
struct End {
  RestingRun undated;
  Begin begin;
};

/// Returns the number of the operation after those that begin together with `first`.
std::size_t end_of_part(const MachineConfig& config, std::size_t first) {
  std::size_t until = first + 1;
  while (until < config.operations.size() && config.operations[until].with) ++until;
  return until;
}

std::string returns_text(const std::vector<OpResult>& results) {
  std::string text;
  for (const OpResult& op : results)
    text += op.returned ? fmt::format(" {}", op.ret) + (op.text.empty() ? "" : "=" + op.text)
                        : std::string(" -");
  return text;
}

std::string cpu_text(StateId state, StateId target, StateId fail, bool online, bool active) {
  return fmt::format(" {}>{}{}{}{}", state, target, online ? "o" : "", active ? "a" : "",
                     fail >= 0 ? fmt::format("!{}", fail) : "");
}

/// Says in one line what a machine has come to.
std::string end_text(const RestingRun& rest) {
  std::string text = "rest:" + returns_text(rest.machine.operations.results) + " |";
  for (CpuId cpu = 0; cpu < rest.machine.cpus.size(); ++cpu) {
    const CpuRecord& st = rest.machine.cpus[cpu];
    text += cpu_text(st.state, st.target, st.fail, rest.core.online.test(cpu),
                     rest.machine.active.test(cpu));
  }
  return text;
}

std::string end_text(const RunResult& result) {
  // A panic stops the others wherever they are in their work, which nobody else can have seen.
  if (result.panic) return "panic: " + *result.panic + " |" + returns_text(result.operations);
  std::string text = "hang:";
  for (const HungTask& t : result.hung)
    text += fmt::format(" {}@{} {} of {}", to_string(t.role), t.on,
                        result.stream.names[t.wait.what], static_cast<std::int32_t>(t.wait.cpu));
  text += " |" + returns_text(result.operations) + " |";
  for (const FinalCpu& c : result.final)
    text += cpu_text(c.state, c.target, c.fail, c.online, c.active);
  return text;
}

/// True when the two are the same finding in two orders.
bool same_finding(const Finding& a, const Finding& b) {
  return a.invariant == b.invariant && a.place == b.place && a.cpu == b.cpu;
}

class Exploration {
 public:
  Exploration(Simulator& simulator, const MachineConfig& config, const ExploreOptions& options)
      : simulator_(simulator),
        config_(config),
        options_(options),
        blueprint_(std::make_shared<const Blueprint>(config)),
        judged_(judged_by(config, true)),
        judged_dead_(judged_by(config, false)) {}

  Explored run() {
    std::vector<Begin> begins(1);
    for (std::size_t first = 0; first < config_.operations.size() && !begins.empty();) {
      const std::size_t until = end_of_part(config_, first);
      ends_.clear();
      for (const Begin& begin : begins) explore_from(begin, first, until);
      begins.clear();
      for (End& end : ends_) begins.push_back(std::move(end.begin));
      first = until;
    }
    all_.rests = begins.size();
    if (options_.reduce) reduce();
    for (const std::string& text : texts_) all_.ends.push_back(text);
    all_.deaths = static_cast<std::size_t>(std::ranges::count_if(
        texts_, [](const std::string& text) { return !text.starts_with("rest:"); }));
    return std::move(all_);
  }

 private:
  void explore_from(const Begin& begin, std::size_t first, std::size_t until) {
    all_.parts.push_back({.first = first, .until = until});
    const std::unique_ptr<Policy> policy = options_.policy(first);
    policy->things.dropped = options_.dropped;
    bool stopped = stopped_;
    while (!stopped && policy->prepare()) {
      run_once(begin, *policy, until);
      ExploredPart& part = all_.parts.back();
      part.turns += policy->turns().size();
      part.deepest = std::max(part.deepest, policy->turns().size());
      ++(policy->redundant() ? part.redundant : part.orders);
      if (++runs_ >= options_.most_orders) stopped = true;
      if (options_.ran) options_.ran(*policy);
    }
    stopped_ = stopped;
    ExploredPart& part = all_.parts.back();
    part.complete = policy->complete();
    if (!part.complete)
      part.bound = stopped ? fmt::format("stopped after {} runs", runs_) : policy->bound();
  }

  void run_once(const Begin& begin, Policy& policy, std::size_t until) {
    RunOptions options{.exact = options_.exact, .blueprint = blueprint_};
    options.order = &policy;
    options.until = until;
    options.timeouts = options_.timeouts;
    if (begin.rest) options.from = &*begin.rest;
    std::optional<RestingRun> rest;
    std::shared_ptr<const EventStream> part;
    options.at_rest = [&](RestingRun&& at, EventStream&& events) {
      rest.emplace(std::move(at));
      part = std::make_shared<const EventStream>(std::move(events));
    };
    RunResult result = simulator_.run(config_, options);
    if (policy.redundant()) return;
    RunChecks checks = begin.checks;
    std::vector<Finding> findings;
    if (rest) {
      findings = checks.finish(part, judged_);
      texts_of_part(end_text(*rest), until);
    } else {
      part = std::make_shared<const EventStream>(std::move(result.stream));
      findings = checks.finish(part, judged_dead_);
      result.stream = *part;
      if (findings.empty()) findings = unexplained(result, config_);
      texts_.insert(end_text(result));
    }
    for (Finding& f : findings)
      if (f.is_cause()) note(std::move(f), begin, policy, part->names);
    if (!rest) return;
    RestingRun plain = undated(*rest);
    if (std::ranges::any_of(ends_, [&](const End& e) { return e.undated == plain; })) return;
    End end{std::move(plain), {std::move(rest), begin.checks, holds(begin, policy, part->names)}};
    end.begin.checks.take(part, judged_);
    ends_.push_back(std::move(end));
  }

  void texts_of_part(std::string text, std::size_t until) {
    if (until == config_.operations.size()) texts_.insert(std::move(text));
  }

  /// Returns the holds of the run that is over, from power-on.
  std::vector<Hold> holds(const Begin& begin, const Policy& policy, const Names& names) const {
    std::vector<Hold> all = begin.holds;
    for (Hold& hold : holds_of(policy.turns(), policy.ready(), names,
                               static_cast<std::uint32_t>(all_.parts.back().first)))
      all.push_back(std::move(hold));
    return all;
  }

  void note(Finding finding, const Begin& begin, const Policy& policy, const Names& names) {
    for (FoundOrder& known : all_.found)
      if (same_finding(known.finding, finding)) {
        ++known.runs;
        return;
      }
    all_.found.push_back({std::move(finding), 1, holds(begin, policy, names)});
  }

  /// Leaves out of each finding's order what it does not need.
  void reduce() {
    for (FoundOrder& found : all_.found) {
      const auto shows = [&](const std::vector<Hold>& holds) {
        MachineConfig config = config_;
        config.order = holds;
        ++all_.replays;
        const RunResult result = simulator_.run(config);
        std::vector<Finding> all = check_all(result.stream, result.ok() ? judged_ : judged_dead_);
        if (all.empty()) all = unexplained(result, config);
        return std::ranges::any_of(
            all, [&](const Finding& f) { return same_finding(f, found.finding); });
      };
      found.repeats = shows(found.holds);
      if (found.repeats) found.holds = fewest_holds(std::move(found.holds), shows);
    }
  }

  Simulator& simulator_;
  const MachineConfig& config_;
  const ExploreOptions& options_;
  std::shared_ptr<const Blueprint> blueprint_;
  Judged judged_, judged_dead_;
  Explored all_;
  std::vector<End> ends_;
  std::set<std::string> texts_;
  std::uint64_t runs_ = 0;
  bool stopped_ = false;
};

}  // namespace

bool Explored::complete() const { return std::ranges::all_of(parts, &ExploredPart::complete); }

std::uint64_t Explored::orders() const {
  return std::accumulate(parts.begin(), parts.end(), std::uint64_t{0},
                         [](std::uint64_t n, const ExploredPart& p) { return n + p.orders; });
}

Explored explore(Simulator& simulator, const MachineConfig& config, const ExploreOptions& options) {
  return Exploration(simulator, config, options).run();
}

}  // namespace cpuhp
