// Takedown: kernel/cpu.c from cpu_down() to finish_cpu(), and what the dying CPU itself does.
#pragma once

#include "model/cpumask.hpp"
#include "model/state_table.hpp"

namespace cpuhp {

struct Machine;

/// kernel: cpu_down(); any task may call it. Returns 0 or -errno.
int cpu_down(Machine& m, CpuId cpu, StateId target);
/// kernel: cpu_down_maps_locked().
int down_maps_locked(Machine& m, CpuId cpu, StateId target);
/// kernel: _cpu_down().
int down_locked(Machine& m, CpuId cpu, StateId target);
/// kernel: takedown_cpu(), the callback of cpu:teardown.
int takedown_cpu(Machine& m, CpuId cpu);
/// kernel: take_cpu_down(). Runs on the dying CPU while all others are stopped.
int take_cpu_down(Machine& m, CpuId cpu);
/// The control CPU waits until the dying CPU reports its death. A time-out is only logged, and the
/// takedown continues (docs/kernel.md 5.1).
void cpu_die(Machine& m, CpuId cpu);
/// kernel: finish_cpu(), the teardown of cpu:bringup: the CPU's idle task drops its last borrowed
/// mm.
int finish_cpu(Machine& m, CpuId cpu);

}  // namespace cpuhp
