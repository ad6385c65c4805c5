// The cases of a fault campaign: for each case the faults, their CPU, the design and the
// operations. Cases are numbered from 0. The number alone determines the case, so that any process
// can make it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/blueprint.hpp"
#include "model/checks/judged.hpp"
#include "model/config.hpp"
#include "model/faults/sites.hpp"
#include "sim/run/run.hpp"

namespace cpuhp {

/// A function that simulates a machine. The result depends only on the machine.
using RunMachine = std::function<RunResult(const MachineConfig&)>;

enum class CaseMode : std::uint8_t { FaultFree, Single, Pair, Random };
inline constexpr std::array<std::string_view, 4> kCaseModeNames{"fault_free", "single", "pair",
                                                                "random"};
constexpr std::string_view to_string(CaseMode mode) {
  return kCaseModeNames[static_cast<std::size_t>(mode)];
}

struct CampaignOptions {
  bool singles = true;
  bool pairs = false;
  std::uint64_t random = 0;  ///< number of random cases
  std::uint64_t seed = 1;    ///< seed of the random cases
  bool led = false;          ///< each random case aims at a site: CampaignPlan::aim_at()
  std::vector<FaultKind> kinds;
  std::optional<FaultKind> dropped = {};  ///< tests only: a kind that no case tries
};

/// How often operations without faults pass a site on one CPU.
struct SitePasses {
  CpuId cpu = kNoCpu;
  InstanceId instance = kNoInstance;  ///< of a multi-instance state
  std::uint32_t passes = 0;
  bool operator==(const SitePasses&) const = default;
};

/// A site of a design. It counts once for each CPU, instance and time that it is passed.
struct CampaignSite {
  FaultSite site;
  std::string_view impossible;     ///< why no fault can strike there; empty: one can
  std::vector<SitePasses> passed;  ///< empty, if no fault can strike there
};

/// Three operations on a CPU at the end of a case: bring it up, take it down, bring it up. When the
/// faults are over by then, they must not change the results of the last two.
struct Probe {
  CpuId cpu = kNoCpu;
  std::size_t first = 0;  ///< index of the first operation
  std::size_t down() const { return first + 1; }
  std::size_t up() const { return first + 2; }
};

inline constexpr std::size_t kProbeOperations = 3;

struct CampaignCase {
  std::uint64_t number = 0;
  CaseMode mode = CaseMode::FaultFree;
  std::size_t design = 0;     ///< index in the campaign's designs
  std::vector<Fault> faults;  ///< faults besides those of the scenario
  /// For each fault with Fault::during, which counts anew: the time, over all operations, that it
  /// strikes its site. Empty: Fault::nth of each.
  std::vector<std::uint32_t> times;
  std::vector<Operation> operations;  ///< operations that follow those of the scenario
  std::vector<LockReader> readers;    ///< readers besides those of the scenario
  std::optional<RcuConfig> rcu;       ///< in place of the scenario's
  std::vector<Probe> probes;          ///< their operations come last
  std::size_t prepares = 0;  ///< number of operations just before the probes, which prepare them
  std::uint64_t seed = 0;
  std::uint32_t jitter = 1;
};

class CampaignPlan {
 public:
  /// Takes one configuration for each design. `run` makes runs without faults, to count how often
  /// each fault could hit.
  CampaignPlan(std::vector<MachineConfig> configs, CampaignOptions options, const RunMachine& run);

  std::uint64_t size() const { return size_; }
  CampaignCase at(std::uint64_t number) const;
  /// Returns the case of that CPU without a fault.
  CampaignCase fault_free(std::size_t design, CpuId victim) const;
  /// Returns the faults of the CPU that cases with one fault try, each once, with nth = 1.
  std::vector<Fault> single_faults(std::size_t design, CpuId victim) const;
  /// Returns the machine for a case. The reference is valid until another case is configured.
  const MachineConfig& configure(const CampaignCase& c);
  /// Returns the machine for a case without the probes and what prepares them. A fault that hits as
  /// often here as in the whole case was over before the probes.
  const MachineConfig& configure_unprobed(const CampaignCase& c);

  /// A single fault, as random cases aim at its site.
  struct Aim {
    std::size_t design = 0;
    Fault fault;
    std::uint32_t time = 0;  ///< as CampaignCase::times
  };
  /// Has random cases aim only at the sites for which `wanted` is true; at first they aim at all. In
  /// an order that follows from the seed, each is aimed at once before any is aimed at again. Where
  /// a design has none, its cases aim at nothing.
  void aim_at(const std::function<bool(const Aim&)>& wanted);
  /// Returns the numbers of the single faults at whose sites random cases aim, by design.
  const std::vector<std::vector<std::size_t>>& aims() const { return aims_; }

  /// False when the sites were not counted. A campaign of random cases only does not count them
  /// where that takes many runs: one for each CPU and design, more than a tenth of its cases.
  bool has_sites() const { return has_sites_; }
  /// Returns the sites of that design, also those at which no fault can strike, in the order of
  /// site_cells(), as runs without faults pass them.
  const std::vector<CampaignSite>& sites(std::size_t design) const { return sites_[design]; }
  /// Returns the number of the time that the case's fault strikes its site.
  static std::uint32_t time_of(const CampaignCase& c, std::size_t fault) {
    return fault < c.times.size() ? c.times[fault] : c.faults[fault].nth;
  }

  /// Returns a state as JSON text for a scenario: its name or number; empty: no such state.
  std::string_view state_text(std::size_t design, StateId id) const;

  /// Returns the blueprint that all machines of that design share.
  const std::shared_ptr<const Blueprint>& blueprint(std::size_t design) const {
    return blueprints_[design];
  }
  /// Returns what the checks need besides the events. `complete`: the run did not hang or panic.
  const Judged& judged(std::size_t design, bool complete);

  std::size_t designs() const { return configs_.size(); }
  const MachineConfig& config(std::size_t design) const { return configs_[design]; }
  /// Returns the results of the operations of a run without faults, in which the CPU goes down and
  /// up. The last three belong to the CPU's probe. Only the first call makes the run.
  const std::vector<int>& fault_free_returns(std::size_t design, CpuId cpu, const RunMachine& run);

 private:
  /// For one design: the CPUs and faults of the cases with one or two faults.
  struct Enumerated {
    std::vector<CpuId> victims;
    std::vector<Fault> singles;
    std::vector<std::uint32_t> times;  ///< of each single fault: CampaignCase::times
    std::uint64_t cases = 0;
  };

  void enumerate(std::size_t design, const RunMachine& run);
  std::vector<Fault> candidates(const CampaignCase& c, CpuId cpu);
  CampaignCase struck(std::size_t design, const std::vector<std::size_t>& singles) const;
  std::vector<Fault> site_probes(const CampaignCase& c, CpuId cpu);
  void count_passes(std::size_t design, CpuId cpu, const std::vector<Fault>& probes,
                    std::span<const std::uint32_t> counts);
  void tell_unpassed(std::size_t design);
  CampaignCase random_case(std::uint64_t index) const;
  const Fault* aim_of(std::size_t design, std::uint64_t index) const;
  void add_cycle(CampaignCase& c, CpuId cpu) const;
  void add_probe(CampaignCase& c, CpuId cpu) const;
  const MachineConfig& configure(const CampaignCase& c, std::size_t operations);

  std::vector<MachineConfig> configs_;  ///< as loaded
  /// by design: the loaded machine, but with the faults and operations that configure() set last
  std::vector<MachineConfig> machines_;
  std::vector<std::shared_ptr<const Blueprint>> blueprints_;
  std::vector<Judged> judged_;
  std::vector<std::map<StateId, std::string>> state_texts_;
  std::vector<std::vector<Fault>> candidates_;  ///< by design: the faults, for any CPU
  CampaignOptions options_;
  std::vector<Enumerated> enumerated_;
  std::vector<std::vector<CampaignSite>> sites_;  ///< by design
  bool has_sites_ = true;
  std::vector<std::vector<std::size_t>> aims_;  ///< by design: indices of single faults
  std::uint64_t size_ = 0;
  std::map<std::pair<std::size_t, CpuId>, std::vector<int>> fault_free_returns_;
};

}  // namespace cpuhp
