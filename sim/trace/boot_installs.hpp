// Finds out which states had callbacks when a recorded boot brought up its CPUs, and which ones
// were registered before and after that.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "model/state_table.hpp"
#include "sim/trace/ftrace_reader.hpp"

namespace cpuhp {

/// One call of cpuhp_setup_state(), or, if `instance`, one of cpuhp_state_add_instance().
struct RecordedInstall {
  StateId state = -1;
  bool instance = false;
  CpuId on = kNoCpu;  ///< CPU of the calling task, if the trace shows it
  Ns at{};            ///< date of the first call
  NameId call = 0;    ///< name of the callback
  int error = 0;      ///< of the callback for `failed_on`: the kernel took the state away again
  CpuId failed_on = kNoCpu;
};

struct BootInstalls {
  std::vector<RecordedInstall> before, after;  ///< before and after smp_init()
  /// States of the table without callbacks during smp_init().
  std::set<StateId> absent;
  /// Numbers of instances during smp_init(), if the trace shows them.
  std::map<StateId, std::uint16_t> instances;
  bool brings_up = false;  ///< the trace shows the bring-up of another CPU than the boot CPU
};

BootInstalls boot_installs(const Ftrace& trace, const StateTable& table, CpuId boot_cpu);

}  // namespace cpuhp
