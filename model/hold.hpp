// An order of events as a few holds: "this turn stands still until that one has run". All else
// follows the dates.
#pragma once

#include <cstdint>
#include <string>

#include "model/cpumask.hpp"
#include "model/events.hpp"

namespace cpuhp {

/// A turn of a task, a message or a CPU: what it does from one visible point to the next one.
struct NamedTurn {
  /// The operation under way: the first one of those that run beside one another.
  std::uint32_t operation = 0;
  CpuId cpu = 0;  ///< where it is
  Role role = Role::Other;
  std::string point;      ///< what it comes to: "lock cpu_hotplug_lock"
  std::uint32_t nth = 1;  ///< from 1: which of those that the rest says the same of
  bool operator==(const NamedTurn&) const = default;
};

/// A turn that stands still although it is due. What is made by it or follows it stands still, too.
struct Hold {
  NamedTurn held;
  NamedTurn until;  ///< it goes on when this one has run
  bool operator==(const Hold&) const = default;
};

}  // namespace cpuhp
