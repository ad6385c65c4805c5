// Arrows between CPUs: from a kick to the AP's first sign of life, from there to the control CPU
// that releases it, from a release to the AP that continues, and from a completion to the task that
// waited for it.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "model/events.hpp"

namespace cpuhp {

struct Arrow {
  std::string_view name;  ///< kick, alive, release, completion
  std::size_t from = 0;   ///< indices of the two events
  std::size_t to = 0;
};

/// Returns the arrows, ordered by their ends. No event begins or ends two arrows.
std::vector<Arrow> arrows(const EventStream& stream);

}  // namespace cpuhp
