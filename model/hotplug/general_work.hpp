// General work: ordinary tasks that run on a CPU, and leave it when it goes down.
#pragma once

#include "model/cpumask.hpp"
#include "model/ns.hpp"

namespace cpuhp {

struct Machine;

/// kernel: sched_setaffinity(). Refused when the scheduler or the cpusets exclude the CPU. Later
/// the work moves to another CPU whenever its CPU is taken down.
int run_on(Machine& m, CpuId cpu, Ns work);
/// kernel: sched_cpu_wait_empty(): waits until only the CPU's kernel threads are left on it.
void wait_empty(Machine& m, CpuId cpu);

}  // namespace cpuhp
