// Every single fault that may strike one CPU of a machine: each state with a callback, both
// directions, each kind that applies. Fault::nth is 1 in all of them: only a run can tell how often
// a fault's place is passed.
#pragma once

#include <vector>

#include "model/config.hpp"

namespace cpuhp {

/// Returns the kinds that single faults are made of.
std::vector<FaultKind> enumerated_kinds();

/// Returns the numbers of the operations in which an error of a teardown is a veto. In all others
/// it is a BUG (kernel/cpu.c): when the state or instance is taken away, when a failed setup is
/// undone, when the machine reboots. Empty: every operation is one with a veto.
std::vector<std::uint32_t> operations_with_veto(const std::vector<Operation>& operations);

/// Returns the faults in the order of the table, declared states after it, handshakes last. The
/// list is the same for every CPU, except for Fault::cpu.
std::vector<Fault> candidate_faults(const MachineConfig& config, CpuId cpu,
                                    const std::vector<FaultKind>& kinds);

}  // namespace cpuhp
