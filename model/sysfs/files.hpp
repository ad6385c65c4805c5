// The files below /sys/devices/system/cpu, one line each. Scenarios, replayed recordings and
// mounted machines use them (docs/reference/sysfs.md).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "model/cpumask.hpp"
#include "model/machine_files.hpp"

namespace cpuhp {

enum class SysfsFile : std::uint8_t {
  States,
  Isolated,
  KernelMax,
  Offline,
  Online,
  Possible,
  Present,
  SmtActive,
  SmtControl,
  CpuFail,
  CpuState,
  CpuTarget,
  CpuOnline,
  CpuUevent,
  CoreCpus,
  CoreCpusList,
  CoreId,
  CoreSiblings,
  CoreSiblingsList,
  PackageCpus,
  PackageCpusList,
  PackageId,
  ThreadSiblings,
  ThreadSiblingsList,
  CacheLevel,
  CacheLineSize,
  CacheSets,
  CacheSharedList,
  CacheSharedMap,
  CacheSize,
  CacheType,
  CacheWays,
  Configure,
  Dispatching,
  Dlpar,
  Probe,
  Release,
  Rescan,
};

/// In which directories a file exists, and for which CPUs.
enum class SysfsPlace : std::uint8_t {
  Root,         ///< the root directory
  EachCpu,      ///< cpuN of each CPU that has a directory: each present one, or each possible one
  HotplugCpu,   ///< cpuN of each CPU that may be taken down: not for the boot CPU of x86
  PreparedCpu,  ///< cpuN while the CPU has passed base/topology:prepare
  CachedCpu,    ///< cpuN while the CPU has passed base/cacheinfo:online
};

struct SysfsEntry {
  SysfsFile file;
  SysfsPlace place;
  bool writable;
  std::string_view path;   ///< below the root, or below cpuN; absolute for a file elsewhere
  std::uint8_t cache = 0;  ///< for a file of a cache: index of the CPU's cache
  /// For a file that only some machines have: which one.
  std::optional<MachineFile> machine = {};
};

inline constexpr std::array<SysfsEntry, 62> kSysfsFiles{{
    {SysfsFile::States, SysfsPlace::Root, false, "hotplug/states"},
    {SysfsFile::Isolated, SysfsPlace::Root, false, "isolated"},
    {SysfsFile::KernelMax, SysfsPlace::Root, false, "kernel_max"},
    {SysfsFile::Offline, SysfsPlace::Root, false, "offline"},
    {SysfsFile::Online, SysfsPlace::Root, false, "online"},
    {SysfsFile::Possible, SysfsPlace::Root, false, "possible"},
    {SysfsFile::Present, SysfsPlace::Root, false, "present"},
    {SysfsFile::SmtActive, SysfsPlace::Root, false, "smt/active"},
    {SysfsFile::SmtControl, SysfsPlace::Root, true, "smt/control"},
    {SysfsFile::CpuFail, SysfsPlace::EachCpu, true, "hotplug/fail"},
    {SysfsFile::CpuState, SysfsPlace::EachCpu, false, "hotplug/state"},
    {SysfsFile::CpuTarget, SysfsPlace::EachCpu, true, "hotplug/target"},
    {SysfsFile::CpuOnline, SysfsPlace::HotplugCpu, true, "online"},
    {SysfsFile::CpuUevent, SysfsPlace::EachCpu, true, "uevent"},
    {SysfsFile::CoreCpus, SysfsPlace::PreparedCpu, false, "topology/core_cpus"},
    {SysfsFile::CoreCpusList, SysfsPlace::PreparedCpu, false, "topology/core_cpus_list"},
    {SysfsFile::CoreId, SysfsPlace::PreparedCpu, false, "topology/core_id"},
    {SysfsFile::CoreSiblings, SysfsPlace::PreparedCpu, false, "topology/core_siblings"},
    {SysfsFile::CoreSiblingsList, SysfsPlace::PreparedCpu, false, "topology/core_siblings_list"},
    {SysfsFile::PackageCpus, SysfsPlace::PreparedCpu, false, "topology/package_cpus"},
    {SysfsFile::PackageCpusList, SysfsPlace::PreparedCpu, false, "topology/package_cpus_list"},
    {SysfsFile::PackageId, SysfsPlace::PreparedCpu, false, "topology/physical_package_id"},
    {SysfsFile::ThreadSiblings, SysfsPlace::PreparedCpu, false, "topology/thread_siblings"},
    {SysfsFile::ThreadSiblingsList, SysfsPlace::PreparedCpu, false,
     "topology/thread_siblings_list"},
    {SysfsFile::CacheLineSize, SysfsPlace::CachedCpu, false, "cache/index0/coherency_line_size", 0},
    {SysfsFile::CacheLevel, SysfsPlace::CachedCpu, false, "cache/index0/level", 0},
    {SysfsFile::CacheSets, SysfsPlace::CachedCpu, false, "cache/index0/number_of_sets", 0},
    {SysfsFile::CacheSharedList, SysfsPlace::CachedCpu, false, "cache/index0/shared_cpu_list", 0},
    {SysfsFile::CacheSharedMap, SysfsPlace::CachedCpu, false, "cache/index0/shared_cpu_map", 0},
    {SysfsFile::CacheSize, SysfsPlace::CachedCpu, false, "cache/index0/size", 0},
    {SysfsFile::CacheType, SysfsPlace::CachedCpu, false, "cache/index0/type", 0},
    {SysfsFile::CacheWays, SysfsPlace::CachedCpu, false, "cache/index0/ways_of_associativity", 0},
    {SysfsFile::CacheLineSize, SysfsPlace::CachedCpu, false, "cache/index1/coherency_line_size", 1},
    {SysfsFile::CacheLevel, SysfsPlace::CachedCpu, false, "cache/index1/level", 1},
    {SysfsFile::CacheSets, SysfsPlace::CachedCpu, false, "cache/index1/number_of_sets", 1},
    {SysfsFile::CacheSharedList, SysfsPlace::CachedCpu, false, "cache/index1/shared_cpu_list", 1},
    {SysfsFile::CacheSharedMap, SysfsPlace::CachedCpu, false, "cache/index1/shared_cpu_map", 1},
    {SysfsFile::CacheSize, SysfsPlace::CachedCpu, false, "cache/index1/size", 1},
    {SysfsFile::CacheType, SysfsPlace::CachedCpu, false, "cache/index1/type", 1},
    {SysfsFile::CacheWays, SysfsPlace::CachedCpu, false, "cache/index1/ways_of_associativity", 1},
    {SysfsFile::CacheLineSize, SysfsPlace::CachedCpu, false, "cache/index2/coherency_line_size", 2},
    {SysfsFile::CacheLevel, SysfsPlace::CachedCpu, false, "cache/index2/level", 2},
    {SysfsFile::CacheSets, SysfsPlace::CachedCpu, false, "cache/index2/number_of_sets", 2},
    {SysfsFile::CacheSharedList, SysfsPlace::CachedCpu, false, "cache/index2/shared_cpu_list", 2},
    {SysfsFile::CacheSharedMap, SysfsPlace::CachedCpu, false, "cache/index2/shared_cpu_map", 2},
    {SysfsFile::CacheSize, SysfsPlace::CachedCpu, false, "cache/index2/size", 2},
    {SysfsFile::CacheType, SysfsPlace::CachedCpu, false, "cache/index2/type", 2},
    {SysfsFile::CacheWays, SysfsPlace::CachedCpu, false, "cache/index2/ways_of_associativity", 2},
    {SysfsFile::CacheLineSize, SysfsPlace::CachedCpu, false, "cache/index3/coherency_line_size", 3},
    {SysfsFile::CacheLevel, SysfsPlace::CachedCpu, false, "cache/index3/level", 3},
    {SysfsFile::CacheSets, SysfsPlace::CachedCpu, false, "cache/index3/number_of_sets", 3},
    {SysfsFile::CacheSharedList, SysfsPlace::CachedCpu, false, "cache/index3/shared_cpu_list", 3},
    {SysfsFile::CacheSharedMap, SysfsPlace::CachedCpu, false, "cache/index3/shared_cpu_map", 3},
    {SysfsFile::CacheSize, SysfsPlace::CachedCpu, false, "cache/index3/size", 3},
    {SysfsFile::CacheType, SysfsPlace::CachedCpu, false, "cache/index3/type", 3},
    {SysfsFile::CacheWays, SysfsPlace::CachedCpu, false, "cache/index3/ways_of_associativity", 3},
    {SysfsFile::Configure, SysfsPlace::EachCpu, true, "configure", 0, MachineFile::Configure},
    {SysfsFile::Dispatching, SysfsPlace::Root, true, "dispatching", 0, MachineFile::Dispatching},
    {SysfsFile::Dlpar, SysfsPlace::Root, true, "/sys/kernel/dlpar", 0, MachineFile::Dlpar},
    {SysfsFile::Probe, SysfsPlace::Root, true, "probe", 0, MachineFile::Probe},
    {SysfsFile::Release, SysfsPlace::Root, true, "release", 0, MachineFile::Probe},
    {SysfsFile::Rescan, SysfsPlace::Root, true, "rescan", 0, MachineFile::Rescan},
}};

/// What is at a path.
struct SysfsNode {
  enum class Kind : std::uint8_t { None, Directory, File };
  Kind kind = Kind::None;
  const SysfsEntry* entry = nullptr;  ///< for a file: its entry
  CpuId cpu = kNoCpu;                 ///< for a path below cpuN: that CPU

  bool writable() const { return entry != nullptr && entry->writable; }
};

}  // namespace cpuhp
