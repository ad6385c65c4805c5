// Checks that each walk calls its states in order, towards its target, and turns round as the
// kernel does.
//
// The check follows every CPU's state through its walks: the control CPU's, the hotplug thread's,
// and the STARTING section where it shows. docs/reference/check.md lists the invariants; order.cpp
// begins with two worked walks.
#pragma once

#include <vector>

#include "model/checks/callbacks.hpp"
#include "model/checks/walks.hpp"

namespace cpuhp {

/// Returns the findings, and tells `callbacks` which states every walk passed. Not for the notifier
/// design.
std::vector<Finding> check_order(const EventStream& stream, const Judged& judged,
                                 const Walks& walks, Callbacks& callbacks);

}  // namespace cpuhp
