// Looks up paths below /sys/devices/system/cpu in the machine's present state.
#include <cerrno>
#include <charconv>

#include "model/machine.hpp"

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
  return folder.empty() ||
         (path.starts_with(folder) && path.size() > folder.size() && path[folder.size()] == '/');
}

}  // namespace

/// True when the CPU has the directory that the state's startup creates and its teardown removes.
/// Without such a state (-1), an online CPU has it.
bool Machine::shown_from(StateId state, CpuId cpu) const {
  return state >= 0 ? records_[cpu].state >= state : core.online.test(cpu);
}

bool Machine::exists(const SysfsEntry& entry, CpuId cpu) const {
  // v4.5 has no states, and so no hotplug files.
  if (!design_->has_states() && entry.path.starts_with("hotplug/")) return false;
  switch (entry.place) {
    case SysfsPlace::Root:
      return cpu == kNoCpu;
    case SysfsPlace::PresentCpu:
      return cpu != kNoCpu;
    case SysfsPlace::HotplugCpu:
      return cpu != kNoCpu && (cpu != config_.boot_cpu || config_.has_cpu0_online_file());
    case SysfsPlace::PreparedCpu:
      return cpu != kNoCpu && shown_from(blueprint_->topology_from, cpu);
    case SysfsPlace::CachedCpu:
      return cpu != kNoCpu && shown_from(blueprint_->caches_from, cpu);
  }
  return false;
}

SysfsNode Machine::find(std::string_view path) {
  core.rt.settle();
  SysfsNode node;
  node.cpu = take_cpu(&path);
  if (node.cpu != kNoCpu && !config_.present.test(node.cpu)) return node;
  if (path.empty()) node.kind = SysfsNode::Kind::Directory;
  for (const SysfsEntry& entry : kSysfsFiles) {
    if (!exists(entry, node.cpu)) continue;
    if (entry.path == path) {
      node.kind = SysfsNode::Kind::File;
      node.entry = &entry;
      break;
    }
    if (is_below(entry.path, path)) node.kind = SysfsNode::Kind::Directory;
  }
  return node;
}

int Machine::list(const std::string& path, std::vector<std::string>* names) {
  const SysfsNode node = find(path);
  if (node.kind == SysfsNode::Kind::None) return -ENOENT;
  if (node.kind == SysfsNode::Kind::File) return -ENOTDIR;
  names->clear();
  std::string_view below = path;
  const bool in_cpu = take_cpu(&below) != kNoCpu;
  if (!in_cpu && below.empty())
    for (CpuId cpu = config_.present.first(); cpu != kNoCpu; cpu = config_.present.next(cpu + 1))
      names->push_back("cpu" + std::to_string(cpu));
  for (const SysfsEntry& entry : kSysfsFiles) {
    if (!exists(entry, node.cpu) || !is_below(entry.path, below)) continue;
    std::string_view rest = entry.path.substr(below.empty() ? 0 : below.size() + 1);
    const std::string_view name = rest.substr(0, rest.find('/'));
    if (names->empty() || names->back() != name) names->emplace_back(name);
  }
  return 0;
}

}  // namespace cpuhp
