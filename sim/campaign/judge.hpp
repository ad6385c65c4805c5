// What a case came out as: its outcome, and what of it nobody may excuse with the faults.
//
//   const Verdict v = judge_case(plan, c, run);
//   v.outcome; v.findings;      // Outcome::Error, [probe: up of CPU 3 ...]
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/checks/finding.hpp"
#include "sim/campaign/plan.hpp"

namespace cpuhp {

enum class Outcome : std::uint8_t { Ok, Error, Hang, Panic, Crash };
inline constexpr std::array<std::string_view, 5> kOutcomeNames{"ok", "error", "hang", "panic",
                                                               "crash"};
constexpr std::string_view to_string(Outcome outcome) {
  return kOutcomeNames[static_cast<std::size_t>(outcome)];
}

/// What the campaign itself finds, beside the invariants of the checks.
inline constexpr std::string_view kUnexplainedHang = "unexplained-hang";
inline constexpr std::string_view kUnexplainedPanic = "unexplained-panic";
inline constexpr std::string_view kProbe = "probe";
inline constexpr std::string_view kCrash = "crash";

/// What faults bring about by their nature.
struct Excused {
  bool hang = false;
  bool panic = false;
  bool probe = false;  ///< the CPU may be lost for good
};
Excused excused_by(const std::vector<Fault>& struck, const Rules& rules);

struct Verdict {
  Outcome outcome = Outcome::Ok;
  std::vector<std::optional<int>> returns;  ///< of each operation; none: it never returned
  std::vector<Finding> findings;
  std::string digest;
};

/// `run` with RunOptions::keep_events.
Verdict judge_case(CampaignPlan& plan, const CampaignCase& c, const RunMachine& run);

/// A hang or panic of a run that its faults do not explain.
std::vector<Finding> unexplained(const RunResult& result, const MachineConfig& config);

}  // namespace cpuhp
