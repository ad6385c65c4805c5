// Explores a machine: runs its operations in every order in which what one CPU does can be seen by
// another, and judges each run.
//
// Operations that run beside one another are explored together, and the next ones from each machine
// that they can come to. So the orders of two operations that follow one another are added, and not
// multiplied.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/checks/checks.hpp"
#include "model/hold.hpp"
#include "sim/explore/policy.hpp"
#include "sim/run/resting_run.hpp"
#include "sim/run/run.hpp"

namespace cpuhp {

/// A finding of an exploration, and an order that shows it.
struct FoundOrder {
  Finding finding;
  std::uint64_t runs = 0;   ///< how many orders show it
  std::vector<Hold> holds;  ///< an order that shows it; none of the holds can be left out
  bool repeats = false;     ///< a run with the holds shows it. Otherwise they are not reduced.
};

/// What can be said of operations that are explored together, from one machine.
struct ExploredPart {
  std::size_t first = 0, until = 0;  ///< the operations
  std::uint64_t orders = 0;          ///< runs that went to their end
  std::uint64_t redundant = 0;       ///< runs that were given up: an equivalent one is known
  std::uint64_t turns = 0;           ///< of all runs
  std::size_t deepest = 0;           ///< turns of the longest run
  bool complete = false;
  std::string bound;  ///< why it is not complete
};

struct Explored {
  std::vector<ExploredPart> parts;
  std::size_t rests = 0;   ///< distinct machines to which the last operations can come
  std::size_t deaths = 0;  ///< distinct ways in which a run hangs or panics
  std::vector<FoundOrder> found;
  std::uint64_t replays = 0;  ///< runs that reduced the orders of findings
  bool complete() const;
  std::uint64_t orders() const;
  /// What the machine can come to after all, one line each, sorted: for comparing explorations.
  std::vector<std::string> ends;
};

struct ExploreOptions {
  /// Makes the policy of the operations that begin with number `first`.
  std::function<std::unique_ptr<Policy>(std::size_t first)> policy = [](std::size_t) {
    return make_dpor();
  };
  std::uint64_t most_orders = UINT64_MAX;  ///< runs of all parts together
  bool exact = false;                      ///< each step is a point
  bool reduce = true;                      ///< leave out of a finding's order what it does not need
  std::uint32_t dropped = 0;               ///< tests only: bits of Objects that are left out
  bool timeouts =
      false;  ///< deadlines pass at any time, and not only where nothing else can happen
  /// Called after each run.
  std::function<void(const Policy&)> ran = {};
};

/// Explores the operations of `config`, which without_dates() has made.
Explored explore(Simulator& simulator, const MachineConfig& config, const ExploreOptions& options);

}  // namespace cpuhp
