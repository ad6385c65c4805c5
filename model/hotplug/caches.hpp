// Caches and MTRRs of a starting CPU on x86: all other CPUs stand still while they are set
// (docs/kernel.md 2.2).
#pragma once

#include "model/cpumask.hpp"
#include "model/runtime.hpp"

namespace cpuhp {

struct Machine;

/// True when a CPU that is released now has to stop the machine: at run time. A boot and a resume
/// set the caches of all CPUs at their end (kernel: cache_aps_delayed_init).
bool caches_stop_machine(const Machine& m);

/// kernel: cache_ap_online(), up to 6.1 mtrr_ap_init(). The starting CPU does `work`. If
/// CpuRecord::stops_machine, it stops all online CPUs for that.
void set_up_caches(Machine& m, CpuId cpu, const Action& work);

/// kernel: cache_aps_init(), up to 6.1 mtrr_aps_init(), at the end of a resume.
void set_up_all_caches(Machine& m);

}  // namespace cpuhp
