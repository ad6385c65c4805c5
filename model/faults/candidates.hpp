// All single faults that may strike one CPU of a machine: for each state with a callback, both
// directions and each kind that applies. Fault::nth is 1 in all of them: only a run can tell how
// often it passes the place that a fault strikes.
#pragma once

#include <vector>

#include "model/config.hpp"

namespace cpuhp {

/// Returns the kinds of which single faults are enumerated.
std::vector<FaultKind> enumerated_kinds();

/// Returns the numbers of the operations in which an error of a teardown is a veto. In all other
/// operations it is a BUG (kernel/cpu.c): when a state or an instance is removed, when a failed
/// setup is undone, when the machine reboots. An empty list means that it is a veto in every
/// operation.
std::vector<std::uint32_t> operations_with_veto(const std::vector<Operation>& operations);

/// Returns the faults in the order of the table, declared states after it, handshakes last. The
/// list is the same for every CPU, except for Fault::cpu.
std::vector<Fault> candidate_faults(const MachineConfig& config, CpuId cpu,
                                    const std::vector<FaultKind>& kinds);

}  // namespace cpuhp
