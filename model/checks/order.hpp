// Each walk calls what it has to, in order, towards its target, and turns round as the kernel does.
//
//   Callbacks callbacks(stream, judged, walks);
//   for (const Finding& f : check_order(stream, judged, walks, callbacks)) ...
//
// It follows every CPU's state through its walks: the control CPU's, the hotplug thread's, and the
// STARTING section where it shows. docs/reference/check.md lists the invariants.
#pragma once

#include <vector>

#include "model/checks/callbacks.hpp"
#include "model/checks/walks.hpp"

namespace cpuhp {

/// Tells `callbacks` what every walk passed. Not for the notifier design.
std::vector<Finding> check_order(const EventStream& stream, const Judged& judged,
                                 const Walks& walks, Callbacks& callbacks);

}  // namespace cpuhp
