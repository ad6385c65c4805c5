// The files below /sys/devices/system/cpu, one line a file: what scenarios, the replay of
// recordings and a mounted machine know of them (docs/reference/sysfs.md).
//
//   for (const SysfsEntry& e : kSysfsFiles) ...      // {SysfsFile::CpuTarget, .path =
//   "hotplug/target", ...} SysfsNode n = machine.find("cpu3/hotplug/fail");  // n.kind == File,
//   n.writable()
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "model/cpumask.hpp"

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
};

/// Which directories have the file.
enum class SysfsPlace : std::uint8_t {
  Root,         ///< one for the machine
  PresentCpu,   ///< cpuN of each present CPU
  HotplugCpu,   ///< cpuN, unless the CPU may not go: the boot CPU of x86
  PreparedCpu,  ///< cpuN while it is past base/topology:prepare
};

struct SysfsEntry {
  SysfsFile file;
  SysfsPlace place;
  bool writable;
  std::string_view path;  ///< below the root, or below cpuN
};

inline constexpr std::array<SysfsEntry, 23> kSysfsFiles{{
    {SysfsFile::States, SysfsPlace::Root, false, "hotplug/states"},
    {SysfsFile::Isolated, SysfsPlace::Root, false, "isolated"},
    {SysfsFile::KernelMax, SysfsPlace::Root, false, "kernel_max"},
    {SysfsFile::Offline, SysfsPlace::Root, false, "offline"},
    {SysfsFile::Online, SysfsPlace::Root, false, "online"},
    {SysfsFile::Possible, SysfsPlace::Root, false, "possible"},
    {SysfsFile::Present, SysfsPlace::Root, false, "present"},
    {SysfsFile::SmtActive, SysfsPlace::Root, false, "smt/active"},
    {SysfsFile::SmtControl, SysfsPlace::Root, true, "smt/control"},
    {SysfsFile::CpuFail, SysfsPlace::PresentCpu, true, "hotplug/fail"},
    {SysfsFile::CpuState, SysfsPlace::PresentCpu, false, "hotplug/state"},
    {SysfsFile::CpuTarget, SysfsPlace::PresentCpu, true, "hotplug/target"},
    {SysfsFile::CpuOnline, SysfsPlace::HotplugCpu, true, "online"},
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
}};

/// What is at a path.
struct SysfsNode {
  enum class Kind : std::uint8_t { None, Directory, File };
  Kind kind = Kind::None;
  const SysfsEntry* entry = nullptr;  ///< of a file
  CpuId cpu = kNoCpu;                 ///< below cpuN

  bool writable() const { return entry != nullptr && entry->writable; }
};

}  // namespace cpuhp
