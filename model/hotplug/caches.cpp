#include "model/hotplug/caches.hpp"

#include "model/machine.hpp"

namespace cpuhp {

bool caches_stop_machine(const Machine& m) {
  return m.rules.online_stops_machine && m.core.system_state == SystemState::Running;
}

void set_up_caches(Machine& m, CpuId cpu, const Action& work) {
  // A rollback and a registration run the startup on a CPU that is up.
  if (!m.cpus[cpu].stops_machine || m.rt.role() != Role::ApBoot) return work();
  m.rt.stop_machine(cpu, StopFor::Caches, [&] {
    m.core.spend(Phase::StopMachine, cpu);
    work();
  });
}

void set_up_all_caches(Machine& m) {
  if (!m.rules.online_stops_machine) return;
  const CpuId cpu = m.rt.cpu();
  m.rt.stop_machine(cpu, StopFor::Caches, [&] { m.core.spend(Phase::StopMachine, cpu); });
}

}  // namespace cpuhp
