// Answers "what if something cost less?": runs the machine again with a changed cost.
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

/// A cost of the machine that is multiplied by a factor.
struct CostChange {
  CostKind kind = CostKind::Step;
  std::string name;                     ///< state, phase or lock
  std::int64_t millionths = 1'000'000;  ///< the factor; 500'000 means half
};

/// Parses "NAME=FACTOR" with a factor from 0 to 1000 and up to six decimals. A state's name changes
/// its cost in both directions. A lock's name changes all costs that are paid under the lock.
/// Throws BadInput for a name that the machine does not have.
CostChange parse_cost_change(const std::string& word, const MachineConfig& config);

/// Returns `config` with the changed costs.
MachineConfig with_changes(const MachineConfig& config, const std::vector<CostChange>& changes);

struct WhatIfRow {
  CostKind kind = CostKind::Step;
  std::string name;
  /// time of the operation with half of the cost; no value: it does not return
  std::optional<Ns> half;
  std::optional<Ns> none;  ///< time of the operation without the cost; no value: it does not return
};

struct WhatIf {
  Ns baseline{};                ///< time of the operation without changes
  std::vector<WhatIfRow> rows;  ///< the largest gain without the cost comes first
  std::size_t left_out = 0;     ///< number of costs that were not tried
  std::vector<CostChange> own;  ///< changes that the user asked for (--what-if)
  /// Time of the operation with all changes in `own`; no value: there are none, or the operation
  /// never returns.
  std::optional<Ns> own_time;
  /// The same in the other readings of the traces that the costs are from.
  struct Reading {
    std::optional<Ns> baseline, own;
  };
  std::vector<Reading> other_readings;
};

struct WhatIfOptions {
  std::size_t top = 10;  ///< largest number of rows; the most promising ones are chosen
  std::vector<CostChange> own;
  std::vector<MachineConfig> other_readings = {};  ///< machines to which `own` is applied, too
  /// Called after each run. Returns false to stop: remaining changes are not tried, and incomplete
  /// rows are left out.
  std::function<bool(std::size_t done, std::size_t of)> progress;
};

WhatIf what_if(Simulator& simulator, const MachineConfig& config, const CriticalChain& chain,
               const Blame& blame, const WhatIfOptions& options);

}  // namespace cpuhp
