// The `machine` object of a scenario. Internal to the readers of files.
#pragma once

#include "model/config.hpp"
#include "sim/scenario/json_document.hpp"

namespace cpuhp {

/// Reads topology, masks and flags, but not the kernel command line. That may change a cost, so
/// read_cmdline() must be called after the costs have been read.
void read_machine(const JsonRef& machine, MachineConfig& config);

/// Reads `machine.cmdline`. An unknown word is an error.
void read_cmdline(const JsonRef& machine, MachineConfig& config);

/// Reads the number of a possible CPU.
CpuId read_cpu(const JsonRef& value, const Topology& topology);

/// Reads a CPU list. Each CPU must be below `nr_cpus`.
CpuMask read_cpulist(const JsonRef& value, CpuId nr_cpus);

}  // namespace cpuhp
