// Arrows between CPUs in pictures. They lead from a kick to the AP that reports alive, from this
// report to the CPU that releases the AP, from a release to the AP that continues, and from a
// completion to the task that waited for it.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "model/events.hpp"

namespace cpuhp {

struct Arrow {
  std::string_view name;  ///< kick, alive, release, completion
  std::size_t from = 0;   ///< `from` and `to` are indices of events
  std::size_t to = 0;
};

/// Returns arrows from an event to the event that it causes in another task, ordered by `to`. At
/// most one arrow begins at an event, and at most one ends there.
std::vector<Arrow> arrows(const EventStream& stream);

}  // namespace cpuhp
