// Reads of the files below /sys/devices/system/cpu (docs/kernel.md 6.1, 5.5).
#include <algorithm>
#include <cerrno>

#include "model/machine.hpp"
#include "model/sysfs/sysfs.hpp"
#include "model/sysfs/text.hpp"

namespace cpuhp {
namespace {

constexpr CpuId kKernelMax = 8'191;  // CONFIG_NR_CPUS - 1 of CONFIG_MAXSMP

/// Returns one line "%3d: %s" for each named state.
std::string states_text(const StateTable& table) {
  std::string text;
  for (const State& state : table.all()) {
    if (state.name.empty()) continue;
    const std::string number = std::to_string(state.id);
    text += std::string(number.size() < 3 ? 3 - number.size() : 0, ' ') + number + ": " +
            state.name + '\n';
  }
  return text;
}

std::string root_file(const Machine& m, SysfsFile file) {
  const CpuId possible = m.config.topology.nr_cpus();
  const auto those = [possible](auto wanted) {
    CpuMask mask(possible);
    for (CpuId cpu = 0; cpu < possible; ++cpu)
      if (wanted(cpu)) mask.set(cpu);
    return cpulist_text(mask) + '\n';
  };
  if (file == SysfsFile::States) return states_text(m.table());
  if (file == SysfsFile::Isolated)
    return those([&m](CpuId cpu) {
      return !m.config.housekeeping.empty() && !m.config.housekeeping.test(cpu);
    });
  if (file == SysfsFile::KernelMax)
    return std::to_string(std::max(kKernelMax, possible - 1)) + '\n';
  // Offline CPUs include possible ones that are not present.
  if (file == SysfsFile::Offline)
    return those([&m](CpuId cpu) { return !m.core.online.test(cpu); });
  if (file == SysfsFile::Online) return cpulist_text(m.core.online) + '\n';
  if (file == SysfsFile::Possible) return those([](CpuId) { return true; });
  if (file == SysfsFile::Present) return cpulist_text(m.present) + '\n';
  if (file == SysfsFile::SmtActive) return smt_active(m) ? "1\n" : "0\n";
  if (file == SysfsFile::SmtControl) return smt_control_text(m) + '\n';
  if (file == SysfsFile::Dispatching) return m.dispatching ? "1\n" : "0\n";
  if (file == SysfsFile::Dlpar) return "memory,cpu\n";
  return {};
}

std::string cpu_file(const Machine& m, SysfsFile file, CpuId cpu) {
  const CpuRecord& st = m.cpus[cpu];
  if (file == SysfsFile::CpuFail) return std::to_string(st.fail) + '\n';
  if (file == SysfsFile::CpuState) return std::to_string(st.state) + '\n';
  if (file == SysfsFile::CpuTarget) return std::to_string(st.target) + '\n';
  if (file == SysfsFile::CpuOnline) return st.dev_offline ? "0\n" : "1\n";
  if (file == SysfsFile::CpuUevent) return "DRIVER=processor\n";
  if (file == SysfsFile::Configure) return m.standby.test(cpu) ? "0\n" : "1\n";
  return {};
}

/// Returns the text of a topology file. Sibling masks have only online CPUs: the kernel adds a CPU
/// when it starts, and removes it when it dies.
std::string topology_file(const Machine& m, SysfsFile file, CpuId cpu) {
  const Topology& t = m.config.topology;
  const auto online = [&](auto wanted) {
    CpuMask mask(t.nr_cpus());
    if (!m.core.online.test(cpu)) return mask;
    for (CpuId other = m.core.online.first(); other != kNoCpu;
         other = m.core.online.next(other + 1))
      if (wanted(other)) mask.set(other);
    return mask;
  };
  const auto threads = [&] { return online([&](CpuId o) { return t.same_core(cpu, o); }); };
  const auto package = [&] { return online([&](CpuId o) { return t.same_socket(cpu, o); }); };
  if (file == SysfsFile::CoreId) return std::to_string(t.place(cpu).core) + '\n';
  if (file == SysfsFile::PackageId) return std::to_string(t.place(cpu).socket) + '\n';
  if (file == SysfsFile::CoreCpus || file == SysfsFile::ThreadSiblings)
    return cpumask_text(threads(), t.nr_cpus()) + '\n';
  if (file == SysfsFile::CoreCpusList || file == SysfsFile::ThreadSiblingsList)
    return cpulist_text(threads()) + '\n';
  if (file == SysfsFile::CoreSiblings || file == SysfsFile::PackageCpus)
    return cpumask_text(package(), t.nr_cpus()) + '\n';
  if (file == SysfsFile::CoreSiblingsList || file == SysfsFile::PackageCpusList)
    return cpulist_text(package()) + '\n';
  return {};
}

}  // namespace

int read_file(Machine& m, const std::string& path, std::string* text) {
  const SysfsNode node = find_node(m, path);
  if (node.kind == SysfsNode::Kind::None) return -ENOENT;
  if (node.kind == SysfsNode::Kind::Directory) return -EISDIR;
  const SysfsFile file = node.entry->file;
  m.rt.touch(reads(Object::Online));
  m.rt.touch(reads(Object::CpuRecord, node.cpu));
  if (file == SysfsFile::Probe || file == SysfsFile::Release || file == SysfsFile::Rescan)
    return -EACCES;  // for writing only
  const SysfsPlace place = node.entry->place;
  *text = place == SysfsPlace::Root          ? root_file(m, file)
          : place == SysfsPlace::PreparedCpu ? topology_file(m, file, node.cpu)
          : place == SysfsPlace::CachedCpu   ? cache_file(m, *node.entry, node.cpu)
                                             : cpu_file(m, file, node.cpu);
  return 0;
}

}  // namespace cpuhp
