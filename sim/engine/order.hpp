// The order of a run, decided by somebody outside of the engine. Where a run has an `Order`, its dates
// decide nothing: of all that could happen next, the order takes one, and whatever was due before
// stands still meanwhile. So each order is that of a run in which some CPUs and messages take longer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "model/events.hpp"
#include "model/touch.hpp"

namespace cpuhp {

/// Something that could happen next: a step of a task, a message that arrives, a CPU that takes its
/// next task. A turn goes from one visible point to the next one of the same task.
struct ReadyTurn {
  /// Who it is: a task, a message or a CPU. The same in all orders in which its makers have done the
  /// same up to then.
  std::uint64_t who = 0;
  /// Number of the turn that made it possible; 0: the begin of the run. Turns count from 1.
  std::uint32_t made_in = 0;
  CpuId cpu = 0;
  Role role = Role::Other;
  /// What its first point touches, as far as that is known before.
  Touch first;
  /// A deadline that passes. It can do so only where nothing else can happen, and depends on
  /// everything.
  bool deadline = false;
};

/// What choose() returns to end the run.
inline constexpr std::size_t kNoTurn = static_cast<std::size_t>(-1);

class Order {
 public:
  virtual ~Order() = default;
  /// Returns the index of the one that is next. `ready` is in the order of the dates: index 0 is what
  /// a run without an order does. Not empty. kNoTurn ends the run, which has no result then.
  virtual std::size_t choose(std::span<const ReadyTurn> ready) = 0;
  /// Says what the turn under way touches; before the first turn: the setup of the run.
  virtual void touched(const Touch& what) = 0;
  /// Called before the first turn. `names`: the names of completions and locks, as long as the run
  /// lasts.
  virtual void begin(const Names& names) = 0;
};

}  // namespace cpuhp
