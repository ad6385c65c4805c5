// Answers to "what if something cost less?", found by running a machine with the changed cost.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "model/config.hpp"
#include "sim/analysis/blame.hpp"
#include "sim/run/run.hpp"

namespace cpuhp {

enum class CostKind : std::uint8_t { Step, Phase, Lock };
std::string_view to_string(CostKind kind);

/// One cost of a machine, times a factor.
struct CostChange {
  CostKind kind = CostKind::Step;
  std::string name;                     ///< state, phase or lock
  std::int64_t millionths = 1'000'000;  ///< the factor: 500'000 is half
};

/// Parses "NAME=FACTOR", factor 0 to 1000 with up to six decimals. A step counts in both
/// directions; a lock means every cost that is paid while it is held. Throws BadInput for a name
/// that the machine does not have.
CostChange parse_cost_change(const std::string& word, const MachineConfig& config);

/// Returns `config` with these costs changed.
MachineConfig with_changes(const MachineConfig& config, const std::vector<CostChange>& changes);

struct WhatIfRow {
  CostKind kind = CostKind::Step;
  std::string name;
  std::optional<Ns> half;  ///< the operation's time at 50 % of that cost; none: it does not return
  std::optional<Ns> none;  ///< the operation's time at 0 %; none: it does not return
};

struct WhatIf {
  Ns baseline{};                ///< the operation's time without changes
  std::vector<WhatIfRow> rows;  ///< the largest gain at 0 % first
  std::size_t left_out = 0;     ///< costs that were not tried
  std::vector<CostChange> own;  ///< the user's own changes (--what-if)
  std::optional<Ns> own_time;  ///< time with all of `own`; none: not asked for, or it never returns
};

struct WhatIfOptions {
  std::size_t top = 10;  ///< at most that many rows, the most promising ones
  std::vector<CostChange> own;
  /// Called after each run. Returns false to stop: the remaining changes are then not tried, and
  /// incomplete rows are left out.
  std::function<bool(std::size_t done, std::size_t of)> progress;
};

WhatIf what_if(Simulator& simulator, const MachineConfig& config, const CriticalChain& chain,
               const Blame& blame, const WhatIfOptions& options);

}  // namespace cpuhp
