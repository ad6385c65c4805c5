#include "sim/campaign/plan.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <span>
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

/// True when a teardown there is a BUG of the kernel if it fails in an operation that removes a
/// state, undoes a setup, or shuts down.
bool vetoes(const FaultSite& site) {
  return site.kind == FaultKind::Error && site.direction == Direction::Down;
}

/// Returns the site whose passes are those of `site`: all kinds of faults of a callback strike at the
/// same calls, except an error where only some operations may fail.
FaultSite counted_by(FaultSite site, bool some_operations) {
  if (site.state >= 0 && !(some_operations && vetoes(site))) site.kind = FaultKind::Delay;
  return site;
}

/// Returns faults that never strike, and so count how often the CPU passes the site: one for each
/// instance, and for each operation in which a fault may strike.
std::vector<Fault> probes_of(const FaultSite& site, const MachineConfig& config,
                             const std::vector<std::uint32_t>& veto) {
  Fault probe = fault_at(site);
  probe.nth = static_cast<std::uint32_t>(-1);  // this number is never reached
  std::vector<Fault> probes{probe};
  if (site.state >= 0) {
    const std::vector<InstanceId> instances = instances_in_run(config, site.state);
    if (!instances.empty()) probes.clear();
    for (const InstanceId instance : instances) {
      probe.instance = instance;
      probes.push_back(probe);
    }
  }
  if (!vetoes(site) || veto.empty()) return probes;
  std::vector<Fault> during;
  for (Fault f : probes)
    for (const std::uint32_t operation : veto) {
      f.during = operation;
      during.push_back(f);
    }
  return during;
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
    if (options_.dropped)
      std::erase_if(candidates_.back(),
                    [&](const Fault& f) { return f.kind == *options_.dropped; });
    sites_.emplace_back();
    for (const SiteCell& cell : site_cells(configs_[design], options_.kinds))
      sites_.back().push_back({cell.site, cell.impossible, {}});
    state_texts_.push_back(state_texts(configs_[design], blueprints_.back()->table));
  }
  constexpr std::uint64_t kRunsMin = 64, kCasesPerRun = 10;
  if (!options_.singles && !options_.pairs) {
    std::uint64_t runs = 0;
    for (const MachineConfig& config : configs_) runs += config.present.weight();
    has_sites_ = options_.led || runs <= std::max(kRunsMin, options_.random / kCasesPerRun);
  }
  if (has_sites_)
    for (std::size_t design = 0; design < configs_.size(); ++design) enumerate(design, run);
  for (const Enumerated& e : enumerated_) size_ += e.cases;
  size_ += options_.random;
  if (options_.led) aim_at([](const Aim&) { return true; });
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
    const std::vector<Fault> tried = candidates(c, cpu), probes = site_probes(c, cpu);
    c.faults = tried;
    // this number is never reached: the faults don't hit, but their occasions are counted
    for (Fault& f : c.faults) f.nth = static_cast<std::uint32_t>(-1);
    c.faults.insert(c.faults.end(), probes.begin(), probes.end());
    const RunResult r = run(configure(c));
    const auto counts = r.fault_counts.begin() + static_cast<std::ptrdiff_t>(config.faults.size());
    std::map<FaultSite, std::uint32_t> times;
    for (std::size_t i = 0; i < tried.size(); ++i)
      for (std::uint32_t nth = 1; nth <= counts[static_cast<std::ptrdiff_t>(i)]; ++nth) {
        e.singles.push_back(tried[i]);
        e.singles.back().nth = nth;
        e.times.push_back(++times[site_of(tried[i])]);
      }
    count_passes(design, cpu, probes,
                 {counts + static_cast<std::ptrdiff_t>(tried.size()), r.fault_counts.end()});
  }
  tell_unpassed(design);
  if (options_.singles || options_.pairs)
    e.cases = e.victims.size() + (options_.singles ? e.singles.size() : 0) +
              (options_.pairs ? pairs_of(e.singles.size()) : 0);
}

/// Returns faults that count how often the CPU passes each site.
std::vector<Fault> CampaignPlan::site_probes(const CampaignCase& c, CpuId cpu) {
  const MachineConfig& config = configure(c);
  const std::vector<std::uint32_t> veto = operations_with_veto(config.operations);
  std::set<FaultSite> probed;
  std::vector<Fault> probes;
  for (const CampaignSite& s : sites_[c.design]) {
    const FaultSite site = counted_by(s.site, !veto.empty());
    if (!s.impossible.empty() || !probed.insert(site).second) continue;
    for (Fault& probe : probes_of(site, config, veto)) {
      probe.cpu = cpu;
      probes.push_back(probe);
    }
  }
  return probes;
}

/// Adds what the probes of a CPU have counted.
void CampaignPlan::count_passes(std::size_t design, CpuId cpu, const std::vector<Fault>& probes,
                                std::span<const std::uint32_t> counts) {
  std::map<FaultSite, std::vector<SitePasses>> passed;
  const bool veto =
      std::ranges::any_of(probes, [](const Fault& f) { return f.during.has_value(); });
  for (std::size_t i = 0; i < probes.size(); ++i) {
    if (counts[i] == 0) continue;
    std::vector<SitePasses>& of = passed[site_of(probes[i])];
    if (of.empty() || of.back().instance != probes[i].instance)
      of.push_back({cpu, probes[i].instance, 0});
    of.back().passes += counts[i];
  }
  for (CampaignSite& s : sites_[design]) {
    const auto found = passed.find(counted_by(s.site, veto));
    if (s.impossible.empty() && found != passed.end())
      s.passed.insert(s.passed.end(), found->second.begin(), found->second.end());
  }
}

/// Tells why sites that no CPU has passed are impossible.
void CampaignPlan::tell_unpassed(std::size_t design) {
  const MachineConfig& config = configs_[design];
  const auto goes_down = [](const CampaignSite& s) {
    return s.site.direction == Direction::Down || info(s.site.kind).occasion == Occasion::Takedown;
  };
  const bool any_down = std::ranges::any_of(
      sites_[design], [&](const CampaignSite& s) { return goes_down(s) && !s.passed.empty(); });
  const auto set_up = [&config](StateId state) {
    return std::ranges::any_of(config.operations, [state](const Operation& op) {
      return op.kind == OpKind::Setup && op.state == state;
    });
  };
  for (CampaignSite& s : sites_[design]) {
    if (!s.impossible.empty() || !s.passed.empty()) continue;
    Impossible why = Impossible::NeverPassed;
    if (is_declared(s.site.state) && !set_up(s.site.state))
      why = Impossible::NotSetUp;
    else if (s.site.state >= 0 && is_multi(config, s.site.state) &&
             instances_in_run(config, s.site.state).empty())
      why = Impossible::NoInstance;
    else if (goes_down(s) && config.present.weight() == 1)
      why = Impossible::OneCpu;
    else if (goes_down(s) && !any_down)
      why = Impossible::NeverDown;
    s.impossible = to_string(why);
  }
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
      c = struck(design, {k});
    } else {
      if (options_.singles) k -= e.singles.size();
      const auto [first, second] = pair_at(k, e.singles.size());
      c = struck(design, {first, second});
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

/// Returns the case of one or two of the single faults.
CampaignCase CampaignPlan::struck(std::size_t design,
                                  const std::vector<std::size_t>& singles) const {
  const Enumerated& e = enumerated_[design];
  CampaignCase c{.mode = singles.size() == 1 ? CaseMode::Single : CaseMode::Pair,
                 .design = design,
                 .seed = configs_[design].seed,
                 .jitter = configs_[design].jitter};
  for (const std::size_t i : singles) {
    c.faults.push_back(e.singles[i]);
    c.times.push_back(e.times[i]);
  }
  std::vector<CpuId> victims;
  for (const Fault& f : c.faults)
    if (std::find(victims.begin(), victims.end(), f.cpu) == victims.end()) victims.push_back(f.cpu);
  c.operations.reserve(victims.size() * (2 + kProbeOperations));
  for (const CpuId cpu : victims) add_cycle(c, cpu);
  for (const CpuId cpu : victims) add_probe(c, cpu);
  return c;
}

void CampaignPlan::aim_at(const std::function<bool(const Aim&)>& wanted) {
  aims_.assign(configs_.size(), {});
  for (std::size_t design = 0; design < configs_.size(); ++design) {
    const Enumerated& e = enumerated_[design];
    for (std::size_t i = 0; i < e.singles.size(); ++i)
      if (wanted({design, e.singles[i], e.times[i]})) aims_[design].push_back(i);
  }
}

/// Returns the fault at whose site the random case aims; nullptr: at none.
const Fault* CampaignPlan::aim_of(std::size_t design, std::uint64_t index) const {
  if (aims_.empty() || aims_[design].empty()) return nullptr;
  const std::vector<std::size_t>& aims = aims_[design];
  const std::uint64_t turn = index / configs_.size();
  return &enumerated_[design].singles[aims[permuted(turn, aims.size(), options_.seed)]];
}

CampaignCase CampaignPlan::random_case(std::uint64_t index) const {
  const auto design = static_cast<std::size_t>(index % configs_.size());
  RandomDraw draw = draw_random_case(configs_[design], candidates_[design], options_.seed, index);
  if (const Fault* const aim = aim_of(design, index)) lead_to(draw, *aim);
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
