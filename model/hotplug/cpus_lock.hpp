// cpu_hotplug_lock: cpus_write_lock() around one CPU's way up or down, cpus_read_lock() of everybody
// else. From 4.13 on it is a percpu rw-semaphore: a writer that finds it idle waits for a grace
// period of RCU, and then for the readers inside (docs/kernel.md 5.4).
#pragma once

#include <cstdint>

#include "model/topology.hpp"

namespace cpuhp {

struct Machine;

/// A series of CPUs can hold a lock over all of them (RcuPolicy). This says which one.
enum class SeriesHolds : std::uint8_t { Nothing, RcuSync, WriteLock };

/// `cpu`: the CPU for which the caller works.
void cpus_write_lock(Machine& m, CpuId cpu);
void cpus_write_unlock(Machine& m, CpuId cpu);
/// Calls `body` as the writer, and returns its result.
template <typename Body>
int as_cpus_writer(Machine& m, CpuId cpu, Body body) {
  cpus_write_lock(m, cpu);
  const int ret = body();
  cpus_write_unlock(m, cpu);
  return ret;
}
/// `reader`: the number of the scenario's reader that calls.
void cpus_read_lock(Machine& m, CpuId cpu, std::uint16_t reader = 0);
void cpus_read_unlock(Machine& m, CpuId cpu, std::uint16_t reader = 0);

/// Series: SMT control, suspend and reboot move several CPUs, one after the other, while they hold
/// cpu_add_remove_lock. In the asynchronous design all CPUs of a series move at the same time.
void lock_series(Machine& m);
void unlock_series(Machine& m);

}  // namespace cpuhp
