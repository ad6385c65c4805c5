#include "model/hotplug/cpus_lock.hpp"

#include <utility>

#include "model/hotplug/domains.hpp"
#include "model/machine.hpp"

namespace cpuhp {
namespace {

/// Takes or lets go what writers hold: the lock, and before that what its readers see of writers.
void write_lock(Machine& m, CpuId cpu) {
  if (m.rules.hotplug_lock_percpu) m.core.rcu.enter(m.core, cpu);
  lock(m, kCpuHotplugLock, cpu);
}

void write_unlock(Machine& m, CpuId cpu) {
  unlock(m, kCpuHotplugLock, cpu);
  if (m.rules.hotplug_lock_percpu) m.core.rcu.exit(m.core);
}

SeriesHolds held_over_series(const Machine& m) {
  if (m.core.system_state != SystemState::Running) return SeriesHolds::Nothing;
  if (m.config.rcu.policy == RcuPolicy::Hoisted) return SeriesHolds::WriteLock;
  const bool syncs = m.config.rcu.policy == RcuPolicy::Held && m.rules.hotplug_lock_percpu;
  return syncs ? SeriesHolds::RcuSync : SeriesHolds::Nothing;
}

}  // namespace

void cpus_write_lock(Machine& m, CpuId cpu) {
  if (m.series_holds != SeriesHolds::WriteLock) write_lock(m, cpu);
}

void cpus_write_unlock(Machine& m, CpuId cpu) {
  if (m.series_holds == SeriesHolds::WriteLock) return;
  write_unlock(m, cpu);
  rebuild_stale_domains(m, cpu);
}

void cpus_read_lock(Machine& m, CpuId cpu, std::uint16_t reader) {
  m.core.lock(kCpuHotplugLock).read_lock(m.core, cpu, reader);
}

void cpus_read_unlock(Machine& m, CpuId cpu, std::uint16_t reader) {
  m.core.lock(kCpuHotplugLock).read_unlock(m.core, cpu, reader);
}

void lock_series(Machine& m) {
  const CpuId boot = m.config.boot_cpu;
  lock(m, kCpuAddRemoveLock, boot);
  m.rt.settle(reads(Object::Operations));
  const SeriesHolds holds = held_over_series(m);
  if (holds == SeriesHolds::RcuSync) m.core.rcu.enter(m.core, boot);
  if (holds == SeriesHolds::WriteLock) write_lock(m, boot);
  m.series_holds = holds;
}

void unlock_series(Machine& m) {
  const CpuId boot = m.config.boot_cpu;
  const SeriesHolds held = std::exchange(m.series_holds, SeriesHolds::Nothing);
  if (held == SeriesHolds::RcuSync) m.core.rcu.exit(m.core);
  if (held == SeriesHolds::WriteLock) {
    write_unlock(m, boot);
    rebuild_stale_domains(m, boot);
  }
  unlock(m, kCpuAddRemoveLock, boot);
}

}  // namespace cpuhp
