// What a stream of events is judged by: the kernel that made it, and how much of it is there.
//
//   const Judged judged = judged_by(config);              // a simulated run: model/config.hpp
//   const Judged real{.table = table, .traced_only = true};   // a kernel's own trace
#pragma once

#include "model/cpumask.hpp"
#include "model/state_table.hpp"

namespace cpuhp {

struct Judged {
  StateTable table;  ///< with the rules of its kernel
  Rules rules;
  /// The notifier design has no state machine: what only that one promises is not asked of it.
  bool notifier = false;
  /// Each CPU brings itself up and takes itself down: nobody parks its thread for it.
  bool async = false;
  CpuId boot_cpu = 0;
  CpuMask present;       ///< empty: unknown
  CpuMask housekeeping;  ///< empty: all
  CpuId max_cpus = kMaxCpus;
  /// The run came to its end: what a hang or panic left open is no finding.
  bool complete = true;
  /// Read from a kernel's trace: Enter, MultiEnter and Exit, STARTING and DYING not among them.
  bool traced_only = false;
};

}  // namespace cpuhp
