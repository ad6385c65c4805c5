// Looks up paths below /sys/devices/system/cpu in the machine's present state.
#include <cerrno>
#include <charconv>

#include "model/machine.hpp"
#include "model/sysfs/sysfs.hpp"

namespace cpuhp {
namespace {

/// Removes "cpuN" from the beginning of the path, and returns N. Returns kNoCpu when the path
/// begins with something else.
CpuId take_cpu(std::string_view* path) {
  std::string_view rest = *path;
  if (!rest.starts_with("cpu")) return kNoCpu;
  rest.remove_prefix(3);
  CpuId cpu = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), cpu);
  const auto digits = static_cast<std::size_t>(end - rest.data());
  if (error != std::errc{} || (digits > 1 && rest.front() == '0')) return kNoCpu;
  rest.remove_prefix(digits);
  if (!rest.empty() && !rest.starts_with('/')) return kNoCpu;
  if (!rest.empty()) rest.remove_prefix(1);
  *path = rest;
  return cpu;
}

bool is_below(std::string_view path, std::string_view folder) {
  if (path.starts_with('/')) return false;  // elsewhere
  return folder.empty() ||
         (path.starts_with(folder) && path.size() > folder.size() && path[folder.size()] == '/');
}

bool exists(const Machine& m, const SysfsEntry& entry, CpuId cpu) {
  // v4.5 has no states, and so no hotplug files.
  if (!m.design->has_states() && entry.path.starts_with("hotplug/")) return false;
  if (entry.machine && !m.config.files.test(static_cast<std::size_t>(*entry.machine))) return false;
  if (cpu == kNoCpu || entry.place == SysfsPlace::Root)
    return cpu == kNoCpu && entry.place == SysfsPlace::Root;
  if (entry.place == SysfsPlace::HotplugCpu)
    return cpu != m.config.boot_cpu || m.config.has_cpu0_online_file();
  if (entry.place == SysfsPlace::PreparedCpu) return shown_from(m, m.blueprint->topology_from, cpu);
  return entry.place == SysfsPlace::EachCpu || shown_from(m, m.blueprint->caches_from, cpu);
}

}  // namespace

bool shown_from(const Machine& m, StateId state, CpuId cpu) {
  return state >= 0 ? m.cpus[cpu].state >= state : m.core.online.test(cpu);
}

bool has_directory(const Machine& m, CpuId cpu) {
  return cpu < m.cpus.size() && (m.config.possible_have_files || m.present.test(cpu));
}

SysfsNode find_node(Machine& m, std::string_view path) {
  m.rt.settle(reads(Object::Files));
  SysfsNode node;
  node.cpu = take_cpu(&path);
  if (node.cpu != kNoCpu && !has_directory(m, node.cpu)) return node;
  if (path.empty()) node.kind = SysfsNode::Kind::Directory;
  for (const SysfsEntry& entry : kSysfsFiles) {
    if (!exists(m, entry, node.cpu)) continue;
    if (entry.path == path) {
      node.kind = SysfsNode::Kind::File;
      node.entry = &entry;
      break;
    }
    if (is_below(entry.path, path)) node.kind = SysfsNode::Kind::Directory;
  }
  return node;
}

int list_folder(Machine& m, const std::string& path, std::vector<std::string>* names) {
  const SysfsNode node = find_node(m, path);
  if (node.kind == SysfsNode::Kind::None) return -ENOENT;
  if (node.kind == SysfsNode::Kind::File) return -ENOTDIR;
  names->clear();
  std::string_view below = path;
  const bool in_cpu = take_cpu(&below) != kNoCpu;
  if (!in_cpu && below.empty())
    for (CpuId cpu = 0; cpu < m.cpus.size(); ++cpu)
      if (has_directory(m, cpu)) names->push_back("cpu" + std::to_string(cpu));
  for (const SysfsEntry& entry : kSysfsFiles) {
    if (!exists(m, entry, node.cpu) || !is_below(entry.path, below)) continue;
    std::string_view rest = entry.path.substr(below.empty() ? 0 : below.size() + 1);
    const std::string_view name = rest.substr(0, rest.find('/'));
    if (names->empty() || names->back() != name) names->emplace_back(name);
  }
  return 0;
}

}  // namespace cpuhp
