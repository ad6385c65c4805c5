// Series: SMT control, suspend and reboot move several CPUs, one after the other, while they hold
// cpu_add_remove_lock. In the asynchronous design all CPUs of a series move at the same time.
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

/// Takes the CPUs down, one after the other, until one is refused. `frozen`: for a suspend, which
/// may take CPUs down while hotplug is disabled.
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

/// kernel: _cpu_up() for each CPU, until one fails. `frozen`: after a suspend, when the other CPUs
/// come up even if one fails.
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
