// What leads from one CPU to another: a kick to the AP's first sign of life, that to the control
// CPU that releases it, a release to the AP that goes on, a completion to the task that waited for
// it.
//
//   for (const Arrow& a : arrows(stream))
//     stream.events[a.from];   // the kick, a.name "kick"
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "model/events.hpp"

namespace cpuhp {

struct Arrow {
  std::string_view name;  ///< kick, alive, release, completion
  std::size_t from = 0;   ///< places in the stream
  std::size_t to = 0;
};

/// By their ends. No event begins two of them, and none ends two.
std::vector<Arrow> arrows(const EventStream& stream);

}  // namespace cpuhp
