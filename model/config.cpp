#include "model/config.hpp"

#include <set>
#include <utility>

namespace cpuhp {

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
