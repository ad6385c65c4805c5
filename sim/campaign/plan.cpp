#include "sim/campaign/plan.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "model/checks/checks.hpp"
#include "model/faults/candidates.hpp"
#include "model/judged_run.hpp"
#include "sim/campaign/random_case.hpp"
#include "sim/scenario/scenario_json.hpp"

namespace cpuhp {
namespace {

/// Returns the k-th pair of n things, in the order (0,1), (0,2), (1,2) for three.
std::pair<std::size_t, std::size_t> pair_at(std::uint64_t k, std::size_t n) {
  std::size_t first = 0;
  while (k >= n - 1 - first) {
    k -= n - 1 - first;
    ++first;
  }
  return {first, first + 1 + static_cast<std::size_t>(k)};
}

/// Simulated time at which a random case begins to prepare its probes. By then all its other
/// operations have ended, unless one hangs: they have a few delays and time-outs of some 10 s each.
constexpr Ns kQuiet = 10'000_s;

std::map<StateId, std::string> state_texts(const MachineConfig& config,
                                           const StateTable& effective) {
  std::map<StateId, std::string> texts;
  const auto add = [&](StateId id) { texts[id] = state_json(id, config, effective).dump(); };
  for (StateId id = 0; id <= effective.max(); ++id) add(id);
  for (std::size_t i = 0; i < config.declared.size(); ++i) add(declared_id(i));
  return texts;
}

std::uint64_t pairs_of(std::uint64_t n) { return n < 2 ? 0 : n * (n - 1) / 2; }

}  // namespace

CampaignPlan::CampaignPlan(std::vector<MachineConfig> configs, CampaignOptions options,
                           const RunMachine& run)
    : configs_(std::move(configs)), machines_(configs_), options_(std::move(options)) {
  enumerated_.resize(configs_.size());
  for (std::size_t design = 0; design < configs_.size(); ++design) {
    // No run reads a state's `source`. Without it, the copies of the table are cheaper.
    for (StateId id = 0; id <= machines_[design].table.max(); ++id)
      machines_[design].table.at(id).source.clear();
    blueprints_.push_back(std::make_shared<const Blueprint>(machines_[design]));
    judged_.push_back(judged_by(machines_[design], true));
    remember(judged_.back(), blueprints_.back()->names);
    candidates_.push_back(candidate_faults(configs_[design], kNoCpu, options_.kinds));
    state_texts_.push_back(state_texts(configs_[design], blueprints_.back()->table));
  }
  if (options_.singles || options_.pairs)
    for (std::size_t design = 0; design < configs_.size(); ++design) enumerate(design, run);
  for (const Enumerated& e : enumerated_) size_ += e.cases;
  size_ += options_.random;
}

/// Lists the faults that can hit. A run without faults counts the occasions on which each fault
/// could hit, and each occasion becomes a case.
void CampaignPlan::enumerate(std::size_t design, const RunMachine& run) {
  Enumerated& e = enumerated_[design];
  const MachineConfig& config = configs_[design];
  for (CpuId cpu = config.present.first(); cpu != kNoCpu; cpu = config.present.next(cpu + 1)) {
    e.victims.push_back(cpu);
    CampaignCase c{.design = design, .seed = config.seed, .jitter = config.jitter};
    add_cycle(c, cpu);
    c.faults = candidates(c, cpu);
    // this number is never reached: the faults don't hit, but their occasions are counted
    for (Fault& f : c.faults) f.nth = static_cast<std::uint32_t>(-1);
    const RunResult r = run(configure(c));
    for (std::size_t i = 0; i < c.faults.size(); ++i)
      for (std::uint32_t nth = 1; nth <= r.fault_counts[config.faults.size() + i]; ++nth) {
        e.singles.push_back(c.faults[i]);
        e.singles.back().nth = nth;
      }
  }
  e.cases = e.victims.size() + (options_.singles ? e.singles.size() : 0) +
            (options_.pairs ? pairs_of(e.singles.size()) : 0);
}

/// Returns the faults for a CPU. A teardown that may fail only in some operations has one fault for
/// each of these operations.
std::vector<Fault> CampaignPlan::candidates(const CampaignCase& c, CpuId cpu) {
  const std::vector<std::uint32_t> veto = operations_with_veto(configure(c).operations);
  std::vector<Fault> faults;
  for (Fault f : candidates_[c.design]) {
    f.cpu = cpu;
    if (f.kind != FaultKind::Error || f.direction != Direction::Down || veto.empty()) {
      faults.push_back(f);
      continue;
    }
    for (const std::uint32_t operation : veto) {
      faults.push_back(f);
      faults.back().during = operation;
    }
  }
  return faults;
}

CampaignCase CampaignPlan::at(std::uint64_t number) const {
  std::uint64_t k = number;
  for (std::size_t design = 0; design < enumerated_.size(); ++design) {
    const Enumerated& e = enumerated_[design];
    if (k >= e.cases) {
      k -= e.cases;
      continue;
    }
    CampaignCase c;
    if (k < e.victims.size()) {
      c = fault_free(design, e.victims[k]);
    } else if (k -= e.victims.size(); options_.singles && k < e.singles.size()) {
      c = struck(design, {e.singles[k]});
    } else {
      if (options_.singles) k -= e.singles.size();
      const auto [first, second] = pair_at(k, e.singles.size());
      c = struck(design, {e.singles[first], e.singles[second]});
    }
    c.number = number;
    return c;
  }
  CampaignCase c = random_case(k);
  c.number = number;
  return c;
}

void CampaignPlan::add_cycle(CampaignCase& c, CpuId cpu) const {
  c.operations.push_back({.kind = OpKind::Down, .cpu = cpu});
  c.operations.push_back({.kind = OpKind::Up, .cpu = cpu});
}

void CampaignPlan::add_probe(CampaignCase& c, CpuId cpu) const {
  c.probes.push_back({cpu, configs_[c.design].operations.size() + c.operations.size()});
  c.operations.push_back({.kind = OpKind::Up, .cpu = cpu});
  add_cycle(c, cpu);
}

CampaignCase CampaignPlan::fault_free(std::size_t design, CpuId victim) const {
  CampaignCase c{.mode = CaseMode::FaultFree,
                 .design = design,
                 .seed = configs_[design].seed,
                 .jitter = configs_[design].jitter};
  add_cycle(c, victim);
  add_probe(c, victim);
  return c;
}

std::vector<Fault> CampaignPlan::single_faults(std::size_t design, CpuId victim) const {
  std::vector<Fault> faults;
  std::ranges::copy_if(enumerated_[design].singles, std::back_inserter(faults),
                       [victim](const Fault& f) { return f.cpu == victim && f.nth == 1; });
  return faults;
}

CampaignCase CampaignPlan::struck(std::size_t design, std::vector<Fault> faults) const {
  CampaignCase c{.mode = faults.size() == 1 ? CaseMode::Single : CaseMode::Pair,
                 .design = design,
                 .faults = std::move(faults),
                 .seed = configs_[design].seed,
                 .jitter = configs_[design].jitter};
  std::vector<CpuId> victims;
  for (const Fault& f : c.faults)
    if (std::find(victims.begin(), victims.end(), f.cpu) == victims.end()) victims.push_back(f.cpu);
  c.operations.reserve(victims.size() * (2 + kProbeOperations));
  for (const CpuId cpu : victims) add_cycle(c, cpu);
  for (const CpuId cpu : victims) add_probe(c, cpu);
  return c;
}

CampaignCase CampaignPlan::random_case(std::uint64_t index) const {
  const auto design = static_cast<std::size_t>(index % configs_.size());
  RandomDraw draw = draw_random_case(configs_[design], candidates_[design], options_.seed, index);
  CampaignCase c{.mode = CaseMode::Random,
                 .design = design,
                 .faults = std::move(draw.faults),
                 .operations = std::move(draw.operations),
                 .readers = std::move(draw.readers),
                 .rcu = draw.rcu,
                 .seed = draw.seed,
                 .jitter = draw.jitter};
  const auto own = static_cast<std::uint32_t>(configs_[design].operations.size());
  for (Operation& op : c.operations)
    if (op.with) *op.with += own;
  // All CPUs of the case come up before the probes: a probe takes its CPU down, and that must not
  // be the last online CPU.
  for (const CpuId cpu : draw.victims) c.operations.push_back({.kind = OpKind::Up, .cpu = cpu});
  c.prepares = draw.victims.size();
  c.operations[c.operations.size() - c.prepares].at = kQuiet;
  for (const CpuId cpu : draw.victims) add_probe(c, cpu);
  return c;
}

const MachineConfig& CampaignPlan::configure(const CampaignCase& c, std::size_t operations) {
  const MachineConfig& own = configs_[c.design];
  MachineConfig& machine = machines_[c.design];
  machine.faults = own.faults;
  machine.faults.insert(machine.faults.end(), c.faults.begin(), c.faults.end());
  machine.operations = own.operations;
  machine.operations.insert(machine.operations.end(), c.operations.begin(),
                            c.operations.begin() + static_cast<std::ptrdiff_t>(operations));
  machine.readers = own.readers;
  machine.readers.insert(machine.readers.end(), c.readers.begin(), c.readers.end());
  machine.rcu = c.rcu.value_or(own.rcu);
  machine.seed = c.seed;
  machine.jitter = c.jitter;
  return machine;
}

std::string_view CampaignPlan::state_text(std::size_t design, StateId id) const {
  const auto found = state_texts_[design].find(id);
  return found == state_texts_[design].end() ? std::string_view() : found->second;
}

const Judged& CampaignPlan::judged(std::size_t design, bool complete) {
  judged_[design].complete = complete;
  return judged_[design];
}

const MachineConfig& CampaignPlan::configure(const CampaignCase& c) {
  return configure(c, c.operations.size());
}

const MachineConfig& CampaignPlan::configure_unprobed(const CampaignCase& c) {
  return configure(c, c.operations.size() - kProbeOperations * c.probes.size() - c.prepares);
}

const std::vector<int>& CampaignPlan::fault_free_returns(std::size_t design, CpuId cpu,
                                                         const RunMachine& run) {
  const auto [it, fresh] = fault_free_returns_.try_emplace({design, cpu});
  if (!fresh) return it->second;
  const MachineConfig& config = configure(fault_free(design, cpu));
  it->second.resize(config.operations.size(), -1);
  const RunResult r = run(config);
  for (std::size_t i = 0; i < r.operations.size(); ++i)
    if (const OpResult* op = r.operation(i)) it->second[i] = op->ret;
  return it->second;
}

}  // namespace cpuhp
