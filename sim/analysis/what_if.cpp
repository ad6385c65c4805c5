#include "sim/analysis/what_if.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <memory>
#include <utility>

#include "sim/error.hpp"
#include "sim/scenario/suggest.hpp"

namespace cpuhp {
namespace {

constexpr std::array<std::string_view, 3> kCostNames{"step", "phase", "lock"};
constexpr std::int64_t kWhole = 1'000'000;
constexpr std::int64_t kFactorMax = 1'000 * kWhole;

Ns scaled(Ns d, std::int64_t millionths) {
  return {d.v / kWhole * millionths + d.v % kWhole * millionths / kWhole};
}

void scale(Dist& dist, std::int64_t millionths) {
  for (Ns& d : dist.quantiles) d = scaled(d, millionths);
  if (dist.measured == nullptr) return;
  auto measured = std::make_shared<TracedDurations>(*dist.measured);
  for (auto& [cpu, occurrences] : measured->by_cpu)
    for (std::vector<Ns>& instances : occurrences)
      for (Ns& d : instances) d = scaled(d, millionths);
  dist.measured = std::move(measured);
}

void scale(CostPart& part, std::int64_t millionths) {
  scale(part.work, millionths);
  scale(part.wait, millionths);
  part.per_online = scaled(part.per_online, millionths);
  part.per_online_squared = scaled(part.per_online_squared, millionths);
}

/// Returns the states that can have costs: those of the kernel's table, and those that the scenario
/// declares.
std::vector<std::pair<StateId, std::string>> cost_states(const MachineConfig& config) {
  std::vector<std::pair<StateId, std::string>> all;
  for (const State& s : config.table.all()) all.emplace_back(s.id, s.name);
  for (std::size_t i = 0; i < config.declared.size(); ++i)
    all.emplace_back(declared_id(i), config.declared[i].name);
  return all;
}

/// Calls f(kind, name, cost) for each cost of a phase or step. f changes a phase's cost in place. A
/// step's cost is a copy, which is stored in `config` when f returns true.
template <typename F>
void for_each_cost(MachineConfig& config, F f) {
  for (std::size_t i = 0; i < kPhases; ++i)
    f(CostKind::Phase, kPhaseNames[i], config.costs.phases[i]);
  for (const auto& [id, name] : cost_states(config))
    for (const Direction direction : {Direction::Up, Direction::Down}) {
      Cost cost = config.costs.step(id, direction);
      if (f(CostKind::Step, name, cost)) config.costs.set_step(id, direction, std::move(cost));
    }
}

std::optional<CostKind> kind_of(const std::string& name, const MachineConfig& config) {
  for (const auto& [id, state] : cost_states(config))
    if (!state.empty() && state == name) return CostKind::Step;
  if (std::ranges::find(kPhaseNames, name) != kPhaseNames.end()) return CostKind::Phase;
  const auto& locks = config.costs.lock_names;
  if (std::ranges::find(locks, name) != locks.end()) return CostKind::Lock;
  return std::nullopt;
}

std::vector<std::string> cost_names(const MachineConfig& config) {
  std::vector<std::string> names;
  for (const auto& [id, state] : cost_states(config))
    if (!state.empty()) names.push_back(state);
  names.insert(names.end(), kPhaseNames.begin(), kPhaseNames.end());
  names.insert(names.end(), config.costs.lock_names.begin(), config.costs.lock_names.end());
  return names;
}

/// Parses a factor: "0.5" -> 500'000 (millionths).
std::optional<std::int64_t> parse_millionths(std::string_view text) {
  const std::size_t point = text.find('.');
  const std::string whole(text.substr(0, point));
  std::string decimals(point == std::string_view::npos ? "" : text.substr(point + 1));
  if (whole.empty() || decimals.size() > 6 || (point != std::string_view::npos && decimals.empty()))
    return std::nullopt;
  decimals.resize(6, '0');
  const std::string digits = whole + decimals;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const bool plain = digits.find_first_not_of("0123456789") == std::string::npos;
  if (error != std::errc{} || end != digits.data() + digits.size() || !plain || value > kFactorMax)
    return std::nullopt;
  return value;
}

/// A cost to try. Candidates are ordered by their share of the chain, then by their sum.
struct Candidate {
  CostKind kind = CostKind::Step;
  std::string name;
  Ns on_chain{}, sum{};
};

Candidate& candidate(std::vector<Candidate>& all, CostKind kind, const std::string& name) {
  for (Candidate& c : all)
    if (c.kind == kind && c.name == name) return c;
  return all.emplace_back(Candidate{kind, name, {}, {}});
}

/// Returns the sum of the chain's links of one kind. Used for latencies (such as wake-ups), because
/// Blame has no rows for them.
Ns on_chain(const CriticalChain& chain, LinkKind kind) {
  Ns sum{};
  for (const ChainLink& link : chain.links)
    if (link.kind == kind) sum += link.duration;
  return sum;
}

void add_locks(std::vector<Candidate>& all, const MachineConfig& config) {
  MachineConfig copy = config;
  std::map<LockId, Candidate> locks;
  for_each_cost(copy, [&](CostKind, std::string_view, const Cost& cost) {
    for (const CostPart& part : cost.parts)
      if (part.lock != kNoLock) locks[part.lock].sum += part.work.mean() + part.wait.mean();
    return false;
  });
  for (auto& [id, lock] : locks) {
    lock.kind = CostKind::Lock;
    lock.name = config.costs.lock_names[static_cast<std::size_t>(id)];
    lock.sum = lock.sum * config.present.weight();
    all.push_back(lock);
  }
}

std::vector<Candidate> candidates(const MachineConfig& config, const Blame& blame,
                                  const CriticalChain& chain) {
  std::vector<Candidate> all;
  for (const BlameRow& row : blame.rows) {
    if (row.kind != BlameKind::Step && row.kind != BlameKind::Phase) continue;
    const CostKind kind = row.kind == BlameKind::Step ? CostKind::Step : CostKind::Phase;
    if (kind_of(row.name, config) != kind) continue;
    Candidate& c = candidate(all, kind, row.name);
    c.on_chain += row.on_chain;
    c.sum += row.sum;
  }
  for (const auto& [phase, kind] :
       {std::pair(Phase::WakeUp, LinkKind::WakeUp), std::pair(Phase::SpinExit, LinkKind::SpinExit),
        std::pair(Phase::Ipi, LinkKind::Interrupt)})
    if (!config.costs.phase(phase).parts.empty())
      candidate(all, CostKind::Phase, std::string(to_string(phase))).on_chain +=
          on_chain(chain, kind);
  add_locks(all, config);
  std::ranges::stable_sort(all, std::greater{},
                           [](const Candidate& c) { return std::pair(c.on_chain, c.sum); });
  return all;
}

class ChangedRuns {
 public:
  ChangedRuns(Simulator& simulator, const MachineConfig& config, const Span& span,
              const WhatIfOptions& options, std::size_t runs)
      : simulator_(simulator), config_(config), span_(span), options_(options), of_(runs) {}

  /// False when the caller wants no more what-if runs.
  bool wanted() const { return wanted_; }

  std::optional<Ns> with(const std::vector<CostChange>& changes) {
    const RunResult result = simulator_.run(with_changes(config_, changes), {.keep_events = false});
    if (options_.progress) wanted_ = options_.progress(++done_, of_);
    const OpResult* const done = result.operation(static_cast<std::size_t>(span_.operation));
    if (done == nullptr) return std::nullopt;
    // A boot ends when its CPUs are up, and drivers may set up states after that.
    const bool boot = span_.what == "boot" && result.up > done->begin;
    const Ns end = boot ? std::min(done->end, result.up) : done->end;
    return span_.begin == Ns{} ? end : end - done->begin;
  }

 private:
  Simulator& simulator_;
  const MachineConfig& config_;
  const Span& span_;
  const WhatIfOptions& options_;
  const std::size_t of_;
  std::size_t done_ = 0;
  bool wanted_ = true;
};

}  // namespace

std::string_view to_string(CostKind kind) { return kCostNames[static_cast<std::size_t>(kind)]; }

CostChange parse_cost_change(const std::string& word, const MachineConfig& config) {
  const std::size_t equals = word.rfind('=');
  const std::string option = "--what-if " + word;
  if (equals == std::string::npos || equals == 0)
    throw BadInput{option + ": expected NAME=FACTOR, for example microcode=0.5"};
  const std::string name = word.substr(0, equals);
  const std::optional<std::int64_t> factor = parse_millionths(word.substr(equals + 1));
  if (!factor)
    throw BadInput{option + ": expected a factor from 0 to 1000 with up to six decimals"};
  const std::optional<CostKind> kind = kind_of(name, config);
  if (!kind)
    throw BadInput{
        BadInputAt{.message = option + ": this machine has no step, phase or lock \"" + name + '"',
                   .suggestion = nearest(name, cost_names(config))}};
  return {*kind, name, *factor};
}

MachineConfig with_changes(const MachineConfig& config, const std::vector<CostChange>& changes) {
  MachineConfig changed = config;
  for (const CostChange& change : changes) {
    const bool of_lock = change.kind == CostKind::Lock;
    const LockId lock = of_lock ? changed.costs.lock(change.name) : kNoLock;
    for_each_cost(changed, [&](CostKind kind, std::string_view name, Cost& cost) {
      bool scaled_any = false;
      for (CostPart& part : cost.parts) {
        if (of_lock ? part.lock != lock : kind != change.kind || name != change.name) continue;
        scale(part, change.millionths);
        scaled_any = true;
      }
      return scaled_any;
    });
  }
  return changed;
}

WhatIf what_if(Simulator& simulator, const MachineConfig& config, const CriticalChain& chain,
               const Blame& blame, const WhatIfOptions& options) {
  WhatIf found{.baseline = chain.span.total(), .own = options.own};
  std::vector<Candidate> all = candidates(config, blame, chain);
  found.left_out = all.size() - std::min(all.size(), options.top);
  all.resize(all.size() - found.left_out);
  ChangedRuns runs(simulator, config, chain.span, options,
                   2 * all.size() + (options.own.empty() ? 0 : 1));
  for (const Candidate& c : all) {
    const std::optional<Ns> half = runs.with({{c.kind, c.name, kWhole / 2}});
    if (!runs.wanted()) break;
    found.rows.push_back({c.kind, c.name, half, runs.with({{c.kind, c.name, 0}})});
    if (!runs.wanted()) break;
  }
  std::ranges::stable_sort(found.rows, {},
                           [](const WhatIfRow& row) { return row.none.value_or(kNever); });
  if (!runs.wanted()) found.own.clear();
  if (found.own.empty()) return found;
  found.own_time = runs.with(options.own);
  for (const MachineConfig& reading : options.other_readings) {
    ChangedRuns other(simulator, reading, chain.span, {}, 2);
    found.other_readings.push_back({other.with({}), other.with(options.own)});
  }
  return found;
}

}  // namespace cpuhp
