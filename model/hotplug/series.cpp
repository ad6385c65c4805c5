// Series: SMT control, suspend and reboot move several CPUs, one after the other, while they hold
// cpu_add_remove_lock. In the asynchronous design all CPUs of a series move at the same time.
#include <cerrno>

#include "model/machine.hpp"

namespace cpuhp {

void Machine::lock_series() {
  lock(kCpuAddRemoveLock, config_.boot_cpu);
  core.rt.settle();
}

void Machine::unlock_series() { unlock(kCpuAddRemoveLock, config_.boot_cpu); }

int Machine::series_down(const std::vector<CpuId>& cpus, bool frozen,
                         const DesignPort::EachResult& each) {
  if (!frozen && hotplug_disabled_ > 0) return cpus.empty() ? 0 : -EBUSY;
  return design_->series_down(cpus, frozen, each);
}

}  // namespace cpuhp
