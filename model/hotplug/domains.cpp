#include "model/hotplug/domains.hpp"

#include <utility>

#include "model/machine.hpp"

namespace cpuhp {
namespace {

/// True when cpuset_hotplug_work rebuilds the domains, not the callback.
bool by_work(const Machine& m) {
  return !m.rules.cpusets_synchronous && m.core.system_state == SystemState::Running;
}

}  // namespace

bool domains_rebuilt_at_once(const Machine& m) {
  return m.core.system_state != SystemState::Booting && !by_work(m);
}

void rebuild_domains(Machine& m, CpuId cpu) {
  if (domains_rebuilt_at_once(m)) m.core.spend(Phase::DomainRebuild, cpu);
}

void domains_change(Machine& m) {
  m.rt.touch(writes(Object::Domains));
  if (by_work(m)) m.domains_stale = true;
}

void rebuild_stale_domains(Machine& m, CpuId cpu) {
  m.rt.settle(writes(Object::Domains));
  if (std::exchange(m.domains_stale, false)) m.core.spend(Phase::DomainRebuild, cpu);
}

}  // namespace cpuhp
