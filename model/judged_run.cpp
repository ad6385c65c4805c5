#include "model/judged_run.hpp"

#include "model/config.hpp"

namespace cpuhp {

Judged judged_by(const MachineConfig& config, bool complete) {
  Judged judged{.table = effective_table(config),
                .rules = effective_rules(config),
                .notifier = !has_state_machine(config.design),
                .async = cpus_move_themselves(config.design),
                .boot_cpu = config.boot_cpu,
                .present = config.present,
                .housekeeping = config.housekeeping,
                .max_cpus = config.max_cpus,
                .limits = config.limits,
                .complete = complete,
                .traced_only = false};
  const Topology& topology = config.topology;
  if (topology.smt())
    for (CpuId cpu = 0; cpu < topology.nr_cpus(); ++cpu)
      judged.core_of.push_back(topology.place(cpu).core * topology.sockets() +
                               topology.place(cpu).socket);
  for (const LockReader& reader : config.readers) judged.readers.push_back(reader.name);
  for (const StateId state : config.uninstalled)
    judged.table.at(state) = {.id = state, .section = judged.table.section(state)};
  return judged;
}

}  // namespace cpuhp
