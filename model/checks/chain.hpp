// The notifier design: each action calls its part of the chain, every callback once, always in the
// same order.
//
//   for (const Finding& f : check_chain(stream, judged, walks)) ...
#pragma once

#include <vector>

#include "model/checks/walks.hpp"

namespace cpuhp {

/// once: an action calls no callback twice for one CPU;
/// chain: two callbacks keep their order, whatever the CPU and the operation, and an action that
/// was not cut short by an error calls all of them.
std::vector<Finding> check_chain(const EventStream& stream, const Judged& judged,
                                 const Walks& walks);

}  // namespace cpuhp
