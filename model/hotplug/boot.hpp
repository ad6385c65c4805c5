// From power-on through smp_init().
#pragma once

#include "model/cpumask.hpp"

namespace cpuhp {

struct Machine;

/// Sets the state at power-on: firmware has started the boot CPU, and all others are off. Starts
/// the task that carries out the configured operations.
void power_on(Machine& m);
/// kernel: smp_init() and bringup_nonboot_cpus(). Brings up all present CPUs, at most maxcpus= of
/// them. The boot goes on when a CPU fails to come up.
void bringup_nonboot_cpus(Machine& m);
/// kernel: setup_max_cpus. With the defect, the kernel decrements it before it tests for 0, so 0
/// becomes a huge number (6ef8eb512572).
CpuId boot_limit(const Machine& m);

}  // namespace cpuhp
