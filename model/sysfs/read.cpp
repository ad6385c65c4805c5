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
  switch (file) {
    case SysfsFile::States:
      return states_text(m.table());
    case SysfsFile::Isolated:
      return those([&m](CpuId cpu) {
        return !m.config.housekeeping.empty() && !m.config.housekeeping.test(cpu);
      });
    case SysfsFile::KernelMax:
      return std::to_string(std::max(kKernelMax, possible - 1)) + '\n';
    // Offline CPUs include possible ones that are not present.
    case SysfsFile::Offline:
      return those([&m](CpuId cpu) { return !m.core.online.test(cpu); });
    case SysfsFile::Online:
      return cpulist_text(m.core.online) + '\n';
    case SysfsFile::Possible:
      return those([](CpuId) { return true; });
    case SysfsFile::Present:
      return cpulist_text(m.config.present) + '\n';
    case SysfsFile::SmtActive:
      return smt_active(m) ? "1\n" : "0\n";
    case SysfsFile::SmtControl:
      return smt_control_text(m) + '\n';
    default:
      return {};
  }
}

std::string cpu_file(const Machine& m, SysfsFile file, CpuId cpu) {
  const CpuRecord& st = m.cpus[cpu];
  switch (file) {
    case SysfsFile::CpuFail:
      return std::to_string(st.fail) + '\n';
    case SysfsFile::CpuState:
      return std::to_string(st.state) + '\n';
    case SysfsFile::CpuTarget:
      return std::to_string(st.target) + '\n';
    case SysfsFile::CpuOnline:
      return st.dev_offline ? "0\n" : "1\n";
    case SysfsFile::CpuUevent:
      return "DRIVER=processor\n";
    default:
      return {};
  }
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
  switch (file) {
    case SysfsFile::CoreId:
      return std::to_string(t.place(cpu).core) + '\n';
    case SysfsFile::PackageId:
      return std::to_string(t.place(cpu).socket) + '\n';
    case SysfsFile::CoreCpus:
    case SysfsFile::ThreadSiblings:
      return cpumask_text(threads(), t.nr_cpus()) + '\n';
    case SysfsFile::CoreCpusList:
    case SysfsFile::ThreadSiblingsList:
      return cpulist_text(threads()) + '\n';
    case SysfsFile::CoreSiblings:
    case SysfsFile::PackageCpus:
      return cpumask_text(package(), t.nr_cpus()) + '\n';
    case SysfsFile::CoreSiblingsList:
    case SysfsFile::PackageCpusList:
      return cpulist_text(package()) + '\n';
    default:
      return {};
  }
}

}  // namespace

int read_file(Machine& m, const std::string& path, std::string* text) {
  const SysfsNode node = find_node(m, path);
  if (node.kind == SysfsNode::Kind::None) return -ENOENT;
  if (node.kind == SysfsNode::Kind::Directory) return -EISDIR;
  switch (node.entry->place) {
    case SysfsPlace::Root:
      *text = root_file(m, node.entry->file);
      break;
    case SysfsPlace::PresentCpu:
    case SysfsPlace::HotplugCpu:
      *text = cpu_file(m, node.entry->file, node.cpu);
      break;
    case SysfsPlace::PreparedCpu:
      *text = topology_file(m, node.entry->file, node.cpu);
      break;
    case SysfsPlace::CachedCpu:
      *text = cache_file(m, *node.entry, node.cpu);
      break;
  }
  return 0;
}

}  // namespace cpuhp
