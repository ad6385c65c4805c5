// The cases of a fault campaign: which faults strike which CPU, in which design, and what is done
// to the machine meanwhile. Cases are numbered from 0; each follows from its number alone, so that
// any process can make any of them.
//
//   CampaignPlan plan(scenario_of_each_design, {.singles = true}, run);
//   for (std::uint64_t i = 0; i < plan.size(); ++i) {
//     const CampaignCase c = plan.at(i);
//     const RunResult r = run(plan.configure(c));
//   }
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/blueprint.hpp"
#include "model/config.hpp"
#include "sim/run/run.hpp"

namespace cpuhp {

/// One deterministic run, on whatever engine the caller has.
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
  std::uint64_t seed = 1;    ///< of random cases
  std::vector<FaultKind> kinds;
};

/// A CPU that was brought up once more, taken down and brought up, after everything else: whatever
/// a fault did that is over, the last two work as without it.
struct Probe {
  CpuId cpu = kNoCpu;
  std::size_t first = 0;  ///< of its three operations
  std::size_t down() const { return first + 1; }
  std::size_t up() const { return first + 2; }
};

inline constexpr std::size_t kProbeOperations = 3;

struct CampaignCase {
  std::uint64_t number = 0;
  CaseMode mode = CaseMode::FaultFree;
  std::size_t design = 0;             ///< index among the campaign's
  std::vector<Fault> faults;          ///< beside the scenario's own
  std::vector<Operation> operations;  ///< after the scenario's own
  std::vector<Probe> probes;          ///< the last of them
  std::size_t prepares = 0;           ///< how many before these only prepare the probes
  std::uint64_t seed = 0;
  std::uint32_t jitter = 1;
};

class CampaignPlan {
 public:
  /// One configuration a design. `run` is called for the fault-free runs that tell how often each
  /// place is passed.
  CampaignPlan(std::vector<MachineConfig> configs, CampaignOptions options, const RunMachine& run);

  std::uint64_t size() const { return size_; }
  CampaignCase at(std::uint64_t number) const;
  /// The machine of a case, valid until the next call.
  const MachineConfig& configure(const CampaignCase& c);
  /// The same up to where nothing of it may strike any more: without the probes and what prepares
  /// them.
  const MachineConfig& configure_unprobed(const CampaignCase& c);

  /// How a scenario's file calls a state, as JSON; empty: it is none.
  std::string_view state_text(std::size_t design, StateId id) const;

  /// What all machines of that design have in common.
  const std::shared_ptr<const Blueprint>& blueprint(std::size_t design) const {
    return blueprints_[design];
  }
  /// What a run under that design is judged by.
  const Judged& judged(std::size_t design, bool complete);

  std::size_t designs() const { return configs_.size(); }
  const MachineConfig& config(std::size_t design) const { return configs_[design]; }
  /// What every operation returns when nothing fails and that CPU goes down and up; run once and
  /// remembered. The last three are its probe.
  const std::vector<int>& fault_free_returns(std::size_t design, CpuId cpu, const RunMachine& run);

 private:
  /// What is enumerated of a design.
  struct Enumerated {
    std::vector<CpuId> victims;
    std::vector<Fault> singles;
    std::uint64_t cases = 0;
  };

  void enumerate(std::size_t design, const RunMachine& run);
  std::vector<Fault> candidates(const CampaignCase& c, CpuId cpu);
  CampaignCase fault_free(std::size_t design, CpuId victim) const;
  CampaignCase struck(std::size_t design, std::vector<Fault> faults) const;
  CampaignCase random_case(std::uint64_t index) const;
  void add_cycle(CampaignCase& c, CpuId cpu) const;
  void add_probe(CampaignCase& c, CpuId cpu) const;
  const MachineConfig& configure(const CampaignCase& c, std::size_t operations);

  std::vector<MachineConfig> configs_;   ///< as loaded
  std::vector<MachineConfig> machines_;  ///< the same with a case's faults and operations
  std::vector<std::shared_ptr<const Blueprint>> blueprints_;
  std::vector<Judged> judged_;
  std::vector<std::map<StateId, std::string>> state_texts_;
  std::vector<std::vector<Fault>> candidates_;  ///< of any CPU
  CampaignOptions options_;
  std::vector<Enumerated> enumerated_;
  std::uint64_t size_ = 0;
  std::map<std::pair<std::size_t, CpuId>, std::vector<int>> fault_free_returns_;
};

}  // namespace cpuhp
