// The caches in cpuN/cache. Every simulated machine has the same caches, because programs such as
// lscpu and hwloc expect some. CPU hotplug only adds and removes the files, and changes which CPUs
// share a cache.
#include <array>

#include "model/machine.hpp"
#include "model/sysfs/sysfs.hpp"
#include "model/sysfs/text.hpp"

namespace cpuhp {
namespace {

struct Cache {
  int level;
  std::string_view type;
  bool per_socket;  ///< one cache per socket; otherwise one per core
  int kib, ways;
};

constexpr int kLineBytes = 64;
constexpr std::array<Cache, 4> kCaches{{{1, "Data", false, 48, 12},
                                        {1, "Instruction", false, 32, 8},
                                        {2, "Unified", false, 2'048, 16},
                                        {3, "Unified", true, 32'768, 16}}};

}  // namespace

std::string cache_file(const Machine& m, const SysfsEntry& entry, CpuId cpu) {
  const Cache& cache = kCaches[entry.cache];
  const Topology& t = m.config.topology;
  const auto sharers = [&] {
    CpuMask mask(t.nr_cpus());
    for (CpuId other = m.core.online.first(); other != kNoCpu;
         other = m.core.online.next(other + 1))
      if (shown_from(m, m.blueprint->caches_from, other) &&
          (cache.per_socket ? t.same_socket(cpu, other) : t.same_core(cpu, other)))
        mask.set(other);
    return mask;
  };
  if (entry.file == SysfsFile::CacheLevel) return std::to_string(cache.level) + '\n';
  if (entry.file == SysfsFile::CacheLineSize) return std::to_string(kLineBytes) + '\n';
  if (entry.file == SysfsFile::CacheSets)
    return std::to_string(cache.kib * 1'024 / kLineBytes / cache.ways) + '\n';
  if (entry.file == SysfsFile::CacheSharedList) return cpulist_text(sharers()) + '\n';
  if (entry.file == SysfsFile::CacheSharedMap) return cpumask_text(sharers(), t.nr_cpus()) + '\n';
  if (entry.file == SysfsFile::CacheSize) return std::to_string(cache.kib) + "K\n";
  if (entry.file == SysfsFile::CacheType) return std::string(cache.type) + '\n';
  if (entry.file == SysfsFile::CacheWays) return std::to_string(cache.ways) + '\n';
  return {};
}

}  // namespace cpuhp
