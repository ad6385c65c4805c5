// Series: several CPUs, one after the other, under one cpu_add_remove_lock, for SMT control,
// suspend and reboot. In the asynchronous design a series is one transaction, and all its CPUs are
// under way at once.
#include <cerrno>

#include "model/designs/async.hpp"
#include "model/designs/notifier.hpp"
#include "model/machine.hpp"

namespace cpuhp {

void Machine::lock_series() {
  lock(kCpuAddRemoveLock, config_.boot_cpu);
  core.rt.settle();
}

void Machine::unlock_series() { unlock(kCpuAddRemoveLock, config_.boot_cpu); }

/// Takes the CPUs down, up to the first that is refused. `frozen`: the suspending task takes them
/// down itself, which it may while hotplug is disabled.
int Machine::series_down(const std::vector<CpuId>& cpus, bool frozen, const EachResult& each) {
  if (!frozen && hotplug_disabled_ > 0) return cpus.empty() ? 0 : -EBUSY;
  if (async_) return async_->down_together(cpus, each);
  for (const CpuId cpu : cpus) {
    const int ret = config_.design == Design::Notifier ? NotifierDesign{*this}.down_maps_locked(cpu)
                    : frozen                           ? down_locked(cpu, at_.offline)
                                                       : down_maps_locked(cpu, at_.offline);
    each(cpu, ret);
    if (ret != 0) return ret;
  }
  return 0;
}

/// kernel: _cpu_up() for each CPU, up to the first that fails; after a suspend, for all of them.
int Machine::series_up(const std::vector<CpuId>& cpus, bool frozen, const EachResult& each) {
  if (async_) return async_->up_together(cpus, each);
  for (const CpuId cpu : cpus) {
    const int ret = config_.design == Design::Notifier ? NotifierDesign{*this}.up_maps_locked(cpu)
                                                       : up_locked(cpu, at_.online);
    each(cpu, ret);
    if (ret != 0 && !frozen) return ret;
  }
  return 0;
}

}  // namespace cpuhp
