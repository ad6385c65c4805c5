// The per-CPU threads: the hotplug thread cpuhp/N, the requests of the control CPU to it
// (docs/kernel.md 4.4), and when they are parked.
#pragma once

#include "model/cpu_record.hpp"

namespace cpuhp {

struct Machine;

// --- requests to the hotplug thread
/// kernel: cpuhp_kick_ap(): the AP's thread runs the callbacks on the way to the target, and undoes
/// them when one fails.
int kick_ap(Machine& m, CpuId cpu, CpuRecord& st, StateId target);
/// kernel: __cpuhp_kick_ap().
void kick_ap_thread(Machine& m, CpuId cpu, CpuRecord& st);
/// kernel: cpuhp_kick_ap_work(): lets the AP's thread run ONLINE callbacks. In the trace, an Enter
/// and an Exit enclose the events of these callbacks.
int kick_ap_work(Machine& m, CpuId cpu);
using ThreadWork = void (*)(Machine& m, CpuId cpu);
/// Starts the work of the hotplug thread. An idle cpuhp thread has no task in the simulator, so a
/// wake-up starts a task on its CPU. A thread on its way up has called all callbacks that cannot wait
/// when `work` begins. When none is left, `work` must not wait.
void start_thread(Machine& m, CpuId cpu, ThreadWork work);
/// Wakes cpuhp/N. A parked thread is not woken: it checks should_run when it is unparked.
void wake_cpuhp_thread(Machine& m, CpuId cpu);
/// Waits for complete_ap_thread().
void wait_for_ap_thread(Machine& m, CpuRecord& st, bool bringup);

// --- what the hotplug thread does
/// kernel: all iterations of cpuhp_thread_fun(). Each iteration runs one callback. The last one has
/// no next state, or its callback failed.
int thread_walk(Machine& m, CpuId cpu);
/// kernel: complete_ap_thread(). In v4.6 there is one completion for both directions.
void complete_ap_thread(Machine& m, CpuId cpu, bool bringup);

// --- parking
/// kernel: kthread_park(). Returns when the thread no longer runs on its CPU.
void park_cpuhp_thread(Machine& m, CpuId cpu);
void unpark_cpuhp_thread(Machine& m, CpuId cpu);
/// kernel: smpboot_park_threads(): parks all per-CPU threads except those that park themselves.
void park_smpboot_threads(Machine& m, CpuId cpu);
void unpark_smpboot_threads(Machine& m, CpuId cpu);

}  // namespace cpuhp
