// The verdict on a case: its outcome, and the findings that its faults don't explain.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/checks/exercised.hpp"
#include "model/checks/finding.hpp"
#include "sim/campaign/plan.hpp"

namespace cpuhp {

enum class Outcome : std::uint8_t { Ok, Error, Hang, Panic, Crash };
inline constexpr std::array<std::string_view, 5> kOutcomeNames{"ok", "error", "hang", "panic",
                                                               "crash"};
constexpr std::string_view to_string(Outcome outcome) {
  return kOutcomeNames[static_cast<std::size_t>(outcome)];
}

/// Names of the findings that campaigns have in addition to the findings of the checks.
inline constexpr std::string_view kUnexplainedHang = "unexplained-hang";
inline constexpr std::string_view kUnexplainedPanic = "unexplained-panic";
inline constexpr std::string_view kProbe = "probe";
inline constexpr std::string_view kCrash = "crash";

/// Bad outcomes that a fault may cause. With such a fault they are no findings.
struct Excused {
  bool hang = false;
  bool panic = false;
  bool probe = false;  ///< a failed probe: the CPU may never work again
};
/// Returns the bad outcomes that faults may cause. `struck`: the faults that hit in the run.
/// model/faults/kinds.hpp says what each kind may cause.
Excused excused_by(const std::vector<Fault>& struck, const Rules& rules);

/// A fault of the case that hit.
struct StruckFault {
  std::size_t fault = 0;              ///< index in the case's faults
  std::uint32_t time = 0;             ///< the time that it hit its site (CampaignCase::times)
  InstanceId instance = kNoInstance;  ///< of a multi-instance state
  StateId back = -1;                  ///< state in which the CPU rested next; -1: it never rested
};

struct Verdict {
  Outcome outcome = Outcome::Ok;
  /// Results of the operations; no value: the operation never returned.
  std::vector<std::optional<int>> returns;
  std::vector<Finding> findings;
  std::string digest;
  std::vector<StruckFault> struck;  ///< ordered by index
  std::uint64_t invariants = 0;     ///< those with something to judge: Exercised::invariants()
  std::vector<Turn> turns;          ///< walks that turned back
  /// States that the run registered under numbers of their own, as Fault::state has them.
  std::map<StateId, StateId> registered;
};

/// The run of a case, and what its checks have found.
struct CheckedRun {
  RunResult result;
  std::vector<Finding> findings;
  Exercised exercised;
  bool whole = true;  ///< false: `result.stream` lacks the first events of the run
};

/// Runs a case with `run`, which must use RunOptions::keep_events, and checks the run.
CheckedRun check_case(CampaignPlan& plan, const CampaignCase& c, const RunMachine& run);
/// Judges the run of a case. `run` makes the other runs that are needed, as for check_case(); where
/// there is something to find, it makes the run again that is not whole.
Verdict judge_case(CampaignPlan& plan, const CampaignCase& c, const RunMachine& run,
                   CheckedRun checked);
/// Runs, checks and judges a case.
Verdict judge_case(CampaignPlan& plan, const CampaignCase& c, const RunMachine& run);

/// Returns a finding for a hang or panic that the faults don't explain.
std::vector<Finding> unexplained(const RunResult& result, const MachineConfig& config);

}  // namespace cpuhp
