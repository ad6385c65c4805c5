// A state that is set up or removed calls every CPU that is past it, once, in ascending order.
//
//   for (const Finding& f : check_installs(stream, judged, walks)) ...
#pragma once

#include <vector>

#include "model/checks/walks.hpp"

namespace cpuhp {

/// I32, as far as callbacks show how far each CPU is.
std::vector<Finding> check_installs(const EventStream& stream, const Judged& judged,
                                    const Walks& walks);

}  // namespace cpuhp
