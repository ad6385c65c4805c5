// Checks that each walk calls its states in order, goes to its target, and goes back after a
// failure as the kernel does.
//
// The check follows three walks of every CPU: that of the control CPU, that of the CPU's own
// hotplug thread and, where the stream shows it, the one through the STARTING section.
// docs/reference/check.md lists the invariants; order.cpp begins with two examples.
#pragma once

#include <array>
#include <vector>

#include "model/checks/callbacks.hpp"
#include "model/checks/walks.hpp"

namespace cpuhp {

/// Returns the findings, and tells `callbacks` which states each walk passed. Not for the notifier
/// design.
std::vector<Finding> check_order(const EventStream& stream, const Judged& judged,
                                 const Walks& walks, Callbacks& callbacks);

inline constexpr std::array kOrderLaws{
    Law{"I1", "steps of one way up ascend, of one way down descend"},
    Law{"I4",
        "within the brackets `cpuhp_kick_ap_work`, `cpu:bringup` and `cpu:teardown` run the "
        "plugged CPU's own steps, and these run nowhere else"},
    Law{"I8", "one way calls no state twice"},
    Law{"I10", "a step that failed is not run again on the way back"},
    Law{"I11, I12",
        "a walk that failed on its way up (I11) or down (I12) turns round and undoes what it did"},
    Law{"I13",
        "a bracket gives back the first error of its walk, and 0 only where nothing failed; a walk "
        "does not turn round unless something failed"},
    Law{"I29",
        "a callback leaves its CPU in the step's state, on the way down in the one below; a "
        "bracket leaves it where its walk ended; a walk begins where the last one ended"},
    Law{"I31",
        "a multi-instance state runs once for each instance, and undoes as many as it had done"},
    Law{"target",
        "the target of an event is that of its walk, of a way back where the walk began; nothing "
        "runs beyond it"},
    Law{"task",
        "cpuhp/N, migration/N and kworker/N: run on CPU N, a pid keeps its name, a walk's task "
        "does not change its CPU between two callbacks"}};

}  // namespace cpuhp
