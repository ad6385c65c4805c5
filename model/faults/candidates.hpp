// All single faults that may hit one CPU of a machine: for each state with a callback, each
// direction and each kind that applies. Fault::nth is always 1 here, because only a run shows how
// often a fault could hit.
#pragma once

#include <vector>

#include "model/config.hpp"

namespace cpuhp {

/// Returns all kinds of faults, in the order of FaultKind.
std::vector<FaultKind> enumerated_kinds();

/// Returns the numbers of the operations in which a teardown may refuse with an error. In all other
/// operations such an error is a BUG (kernel/cpu.c): the removal of a state or an instance, the
/// undo of a failed setup, a reboot. An empty list means every operation.
std::vector<std::uint32_t> operations_with_veto(const std::vector<Operation>& operations);

/// Returns the faults that may hit the CPU: first those of callbacks in the table's order, then
/// those of declared states, then those of handshakes. The lists for two CPUs differ only in
/// Fault::cpu.
std::vector<Fault> candidate_faults(const MachineConfig& config, CpuId cpu,
                                    const std::vector<FaultKind>& kinds);

}  // namespace cpuhp
