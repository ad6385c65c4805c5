// The environment of a recorded boot: the states that had callbacks when it brought its CPUs up,
// and those installed before and after.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "model/state_table.hpp"
#include "sim/trace/ftrace_reader.hpp"

namespace cpuhp {

/// One call of cpuhp_setup_state() or, for a multi-instance state, cpuhp_state_add_instance().
struct RecordedInstall {
  StateId state = -1;
  bool instance = false;
  CpuId on = kNoCpu;  ///< CPU on which the installing task ran, as far as the trace shows it
};

struct BootInstalls {
  std::vector<RecordedInstall> before, after;  ///< before and after smp_init()
  /// States of the table that had no callbacks during smp_init().
  std::set<StateId> absent;
  /// Instances of multi-instance states during smp_init(), as far as the trace shows them.
  std::map<StateId, std::uint16_t> instances;
  bool brings_up = false;  ///< the trace has the bring-up of a secondary CPU
};

BootInstalls boot_installs(const Ftrace& trace, const StateTable& table, CpuId boot_cpu);

}  // namespace cpuhp
