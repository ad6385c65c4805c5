// Every single fault that may strike one CPU of a machine: each state with a callback, both
// directions, each kind that applies.
//
//   for (const Fault& f : candidate_faults(config, 3)) ...   // f.nth is 1: how often its place is
//                                                            // passed, only a run can tell
#pragma once

#include <vector>

#include "model/config.hpp"

namespace cpuhp {

/// Kinds that single faults are made of.
std::vector<FaultKind> enumerated_kinds();

/// Where an error of a teardown is a veto: not when its state or instance is taken away, nor when a
/// setup that failed is undone, nor when the machine reboots, where it is a BUG (kernel/cpu.c). All
/// operations but those; empty: there are none of them.
std::vector<std::uint32_t> operations_with_veto(const std::vector<Operation>& operations);

/// In the order of the table, declared states after it, handshakes last. The same of every CPU, but
/// for Fault::cpu.
std::vector<Fault> candidate_faults(const MachineConfig& config, CpuId cpu,
                                    const std::vector<FaultKind>& kinds);

}  // namespace cpuhp
