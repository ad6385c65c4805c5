// Checks every walk (a CPU's way through the states). It must call the states in order, go to its
// target, and go back after a failure as the kernel does.
//
// The check follows three walks for every CPU: the control CPU's, that of the CPU's own hotplug
// thread and, where the stream shows it, the walk through the STARTING section.
// docs/reference/check.md lists the invariants; order.cpp begins with two examples.
#pragma once

#include <array>
#include <vector>

#include "model/checks/walk/cpu_walks.hpp"

namespace cpuhp {

/// The state of the CPUs' walks between two parts of a run.
struct OrderSoFar {
  std::vector<CpuWalks> cpus;
  std::vector<CpuId> noted;   ///< see CpuWalks::noted
  std::vector<CpuId> listed;  ///< see CpuWalks::listed
  bool to_teardown = false;   ///< see Ground::to_teardown
};

/// Returns the findings, and tells `callbacks` which states each walk passed. This check does not
/// apply to the notifier design.
std::vector<Finding> check_order(const Walks& walks, Callbacks& callbacks, OrderSoFar& so_far);

inline constexpr std::array kOrderLaws{
    Law{"I1",
        "the steps of a walk up come in ascending order, those of a walk down in descending order"},
    Law{"I4",
        "the plugged CPU runs its own steps only between enter and exit of `cpuhp_kick_ap_work`, "
        "`cpu:bringup` or `cpu:teardown`"},
    Law{"I8", "a walk in one direction calls no state twice"},
    Law{"I10", "the rollback does not run the callback that failed"},
    Law{"I11, I12",
        "a walk that fails on its way up (I11) or down (I12) rolls back all steps that it has "
        "done"},
    Law{"I13",
        "`cpuhp_kick_ap_work`, `cpu:bringup` and `cpu:teardown` return the first error of their "
        "walk, and 0 only if no step failed; a walk rolls back only if a step failed"},
    Law{"I29",
        "a callback on the way up leaves the CPU in the step's state, and a callback on the "
        "way down in the state below; after `cpuhp_kick_ap_work`, `cpu:bringup` or "
        "`cpu:teardown` the CPU is in the state in which their walk ended; a walk begins in "
        "the state in which the last walk ended"},
    Law{"I31",
        "a multi-instance state runs its callback once for each instance, and a rollback undoes as "
        "many instances as were done"},
    Law{"target",
        "the target of each event is the target of its walk, or for a rollback the state in which "
        "the walk began; no step runs beyond the target"},
    Law{"task",
        "cpuhp/N, migration/N and kworker/N: run on CPU N; a pid keeps its name; the task of a "
        "walk stays on its CPU between two callbacks"}};

}  // namespace cpuhp
