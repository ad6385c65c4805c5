// From power-on through smp_init(), and the rest of the boot.
#pragma once

#include "model/cpumask.hpp"

namespace cpuhp {

struct Machine;

/// Sets the state at power-on: firmware has started the boot CPU, and all others are off. Starts
/// the task that carries out the configured operations.
void power_on(Machine& m);
/// kernel: smp_init() and bringup_nonboot_cpus(). Brings up all present CPUs, at most maxcpus= of
/// them. The boot goes on when a CPU fails to come up. All CPUs are up when it returns; a design in
/// which smp_init() returns earlier has done some of the boot's work by then.
void bringup_nonboot_cpus(Machine& m);
/// kernel: what kernel_init() does after smp_init(): sched_init_smp(), the initcalls, and so on.
/// Then the boot is done.
void finish_boot(Machine& m);
/// kernel: setup_max_cpus. With the defect, the kernel decrements it before it tests for 0, so 0
/// becomes a huge number (6ef8eb512572).
CpuId boot_limit(const Machine& m);

}  // namespace cpuhp
