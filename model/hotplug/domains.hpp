// The scheduling domains, which the kernel rebuilds for each CPU that comes or goes: the part of
// hotplug that grows most with the machine (docs/kernel.md 5.4). Not at boot, where they are built
// once, after all CPUs.
#pragma once

#include "model/topology.hpp"

namespace cpuhp {

struct Machine;

/// True when the callbacks of sched:active rebuild the domains now, for which they may wait.
bool domains_rebuilt_at_once(const Machine& m);
/// kernel: cpuset_cpu_active() or cpuset_cpu_inactive(), in the CPU's own thread. From 6.10 on, and
/// while tasks are frozen, it rebuilds the domains itself.
void rebuild_domains(Machine& m, CpuId cpu);
/// Up to 6.9 it queues cpuset_hotplug_work, for which the operation waits after it has let the lock
/// go. Notes that the domains no longer fit the active CPUs.
void domains_change(Machine& m);
/// Rebuilds them then. The time of the kworker is the operation's here. Up to 5.13 no operation waits
/// for that work, but the next writer waits for it as a reader of the lock.
void rebuild_stale_domains(Machine& m, CpuId cpu);

}  // namespace cpuhp
