// Bring-up as the control CPU drives it: kernel/cpu.c from cpu_up() to
// bringup_wait_for_ap_online().
#pragma once

#include "model/cpu_record.hpp"

namespace cpuhp {

struct Machine;

/// kernel: cpu_up(). Returns 0 or -errno.
int cpu_up(Machine& m, CpuId cpu, StateId target);
/// kernel: _cpu_up().
int up_locked(Machine& m, CpuId cpu, StateId target);
/// kernel: cpuhp_kick_ap_alive(). Kicks the AP, and does not wait for it.
int kick_ap_alive(Machine& m, CpuId cpu);
/// Startup of cpu:bringup: the kernel's bringup_cpu() up to 6.4, cpuhp_bringup_ap() from 6.5 on.
int bringup_cpu(Machine& m, CpuId cpu);
/// The architecture's __cpu_up(), for kernels before 6.5 (docs/kernel.md 2.2) and for bring-ups
/// without cpu:kick_ap.
int arch_cpu_up(Machine& m, CpuId cpu);
/// kernel: cpuhp_wait_for_sync_state(). Polls for 1 ms, and then sleeps between polls. `budget`
/// limits the whole wait.
bool wait_for_sync_state(Machine& m, Completion& flag, Ns budget);
/// Warns that the CPU did not come up, and gives the reason from its boot-status word.
void blame(Machine& m, CpuId cpu);

}  // namespace cpuhp
