// The notifier design: each action calls its part of the chain, every callback once, always in the
// same order.
//
//   for (const Finding& f : check_chain(stream, judged, walks)) ...
#pragma once

#include <vector>

#include "model/checks/walks.hpp"

namespace cpuhp {

/// I8: an action calls no callback twice for one CPU.
/// I1: of two callbacks the same one is called first, whatever the CPU and the operation.
std::vector<Finding> check_chain(const EventStream& stream, const Judged& judged,
                                 const Walks& walks);

}  // namespace cpuhp
