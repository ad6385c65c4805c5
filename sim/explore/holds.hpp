// From the order of a run to the holds that make it, and the fewest that still show a finding.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "model/hold.hpp"
#include "sim/explore/turns.hpp"

namespace cpuhp {

/// Returns the holds of a run: which turns were due, and stood still until which others had run.
/// `ready`: by turn, those that could have been next. `operation`: that of the turns.
std::vector<Hold> holds_of(std::span<const TurnTaken> turns,
                           std::span<const std::vector<ReadyTurn>> ready, const Names& names,
                           std::uint32_t operation);

/// Leaves out holds as long as `shows` is true of what is left. Returns the fewest that it comes to:
/// none of them can be left out alone.
std::vector<Hold> fewest_holds(std::vector<Hold> holds,
                               const std::function<bool(const std::vector<Hold>&)>& shows);

}  // namespace cpuhp
