// What the scheduler and RCU have to do with a CPU that comes or goes: which tasks may run there,
// and how ordinary ones leave it.
#pragma once

#include "model/cpumask.hpp"
#include "model/ns.hpp"

namespace cpuhp {

struct Machine;

/// Sets or clears `active`: general work may run on an active CPU only.
void set_active(Machine& m, CpuId cpu, bool on);
/// kernel: sched_cpu_activate(): the run queue is online, the CPU active, the domains rebuilt.
void activated(Machine& m, CpuId cpu);
/// kernel: the way out of sched_cpu_deactivate() after an error. It sets `active` again, because the
/// rollback does not call the startup of the failed step.
void deactivate_failed(Machine& m, CpuId cpu);
/// Moves the running task away from a CPU that goes down, to the first other active CPU if there is
/// one.
void leave_cpu(Machine& m, CpuId cpu);
/// Waits for an RCU grace period, which ends when the RCU callbacks queued before have run. The
/// CPU's ksoftirqd runs these, so the wait never ends when the defect parks ksoftirqd before it.
/// On a CPU whose threads are still parked since its start, no RCU callback is queued.
void synchronize_rcu(Machine& m, CpuId cpu);
/// kernel: sched_setaffinity(). Refused when the scheduler or the cpusets exclude the CPU. Later
/// the work moves to another CPU whenever its CPU is taken down.
int run_on(Machine& m, CpuId cpu, Ns work);
/// kernel: sched_cpu_wait_empty(): waits until only the CPU's kernel threads are left on it.
void wait_empty(Machine& m, CpuId cpu);

}  // namespace cpuhp
