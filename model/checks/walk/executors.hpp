// Checks where each callback runs: on the control CPU, on the plugged CPU (the one that goes up or
// down) itself, or in that CPU's thread cpuhp/N.
#pragma once

#include <array>
#include <vector>

#include "model/checks/walk/walks.hpp"

namespace cpuhp {

/// The tasks that have run a CPU's callbacks so far.
struct CpuTasks {
  bool has_thread = false;  ///< an event of the CPU's cpuhp thread was seen
  bool boots = false;       ///< cpu:bringup was the CPU's last step with other steps inside
  /// A teardown failed while the CPU's thread rolled back within cpu:bringup. So the control CPU
  /// undoes the remaining states, in cpuhp_up_callbacks().
  bool stuck = false;
};

/// I5: PREPARE callbacks and cpu:teardown run on another CPU than the plugged CPU. I6: STARTING
/// callbacks run on the plugged CPU, and so do ONLINE callbacks, in its cpuhp thread.
std::vector<Finding> check_executors(const Walks& walks, std::vector<CpuTasks>& tasks);

inline constexpr std::array kExecutorsLaws{
    Law{"I5",
        "PREPARE callbacks, `cpuhp_kick_ap_work`, `cpu:bringup` and `cpu:teardown` run on the "
        "control CPU, never on the plugged CPU"},
    Law{"I6",
        "STARTING and ONLINE callbacks run on the plugged CPU, and ONLINE callbacks run in its "
        "cpuhp thread"}};

}  // namespace cpuhp
