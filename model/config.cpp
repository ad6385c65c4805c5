#include "model/config.hpp"

#include <set>
#include <utility>

namespace cpuhp {

Rules effective_rules(const MachineConfig& config) {
  Rules r = config.table.rules();
  switch (config.design) {
    case Design::Notifier:
      // x86 has CoreSync::Full from 6.5 on. With the notifier design, the control CPU of such a
      // kernel busy-waits for the AP instead (docs/kernel.md 2.2).
      r.bringup_spins = r.bringup_spins || r.core_sync == CoreSync::Full;
      r.core_sync = CoreSync::None;
      r.split_startup = r.parallel_bringup = r.maxcpus_counts_tries = false;
      break;
    case Design::Symmetric:
      r.parallel_bringup = false;
      // arm64's tables of 6.5 and later have no cpu:kick_ap: there cpu:bringup kicks the AP
      // (docs/kernel.md 5.1).
      r.split_startup = r.split_startup && config.table.anchors().kick_ap >= 0;
      break;
    case Design::Parallel:
    case Design::Async:
      r.core_sync = CoreSync::Full;
      r.split_startup = true;
      r.bringup_spins = r.ap_kicks_itself = false;
      break;
  }
  return r;
}

StateTable effective_table(const MachineConfig& config) {
  StateTable table = config.table;
  if (config.design == Design::Parallel || config.design == Design::Async) table.split_startup();
  // Without Rules::split_startup, cpu:bringup kicks the AP, even when the table has cpu:kick_ap.
  const StateId kick = table.anchors().kick_ap;
  if (kick >= 0 && !effective_rules(config).split_startup) table.at(kick).startup.clear();
  return table;
}

void ignore_absent_cpus(MachineConfig& config) {
  if (!config.table.rules().absent_cpus_ignored) return;
  const CpuId cpus = config.topology.nr_cpus();
  const CpuId there = config.present.weight();
  // A kernel that ignores absent CPUs gives the lowest numbers to the present ones. If a scenario
  // numbers them in another way, it is not known which CPUs to remove, so all stay.
  for (CpuId cpu = 0; cpu < there; ++cpu)
    if (!config.present.test(cpu)) return;
  std::set<std::uint32_t> packages;
  for (CpuId cpu = 0; cpu < there; ++cpu) packages.insert(config.topology.place(cpu).socket);
  std::vector<CpuPlace> places;
  for (CpuId cpu = 0; cpu < cpus; ++cpu) {
    const CpuPlace place = config.topology.place(cpu);
    if (cpu < there || !packages.contains(place.socket)) places.push_back(place);
  }
  const auto possible = static_cast<CpuId>(places.size());
  if (possible == cpus) return;
  const auto shrink = [&](CpuMask& mask) {
    CpuMask smaller(possible);
    for (CpuId cpu = mask.first(); cpu != kNoCpu && cpu < possible; cpu = mask.next(cpu + 1))
      smaller.set(cpu);
    mask = std::move(smaller);
  };
  shrink(config.present);
  if (!config.housekeeping.empty()) shrink(config.housekeeping);
  config.topology = Topology(std::move(places));
}

}  // namespace cpuhp
