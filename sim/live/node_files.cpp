#include "sim/live/node_files.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "model/sysfs/text.hpp"

namespace cpuhp {
namespace {

constexpr std::array<std::string_view, 4> kLists{"has_cpu", "online", "possible", "uevent"};
constexpr std::array<std::string_view, 4> kFilesOfNode{"cpulist", "cpumap", "distance", "meminfo"};
constexpr long kNodeKib = 4L << 20;
constexpr int kHere = 10, kElsewhere = 20;  // distances as in ACPI's SLIT

template <typename Names>
bool has(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Splits "node3/cpumap" into 3 and "cpumap". Returns -1 for a path outside of the nodes' folders.
long split(std::string_view path, std::string_view* rest) {
  if (!path.starts_with("node")) return -1;
  path.remove_prefix(4);
  CpuId node = 0;
  const auto [end, error] = std::from_chars(path.data(), path.data() + path.size(), node);
  const auto digits = static_cast<std::size_t>(end - path.data());
  if (error != std::errc{} || (digits > 1 && path.front() == '0')) return -1;
  path.remove_prefix(digits);
  if (!path.empty() && path.front() != '/') return -1;
  *rest = path.empty() ? path : path.substr(1);
  return node;
}

}  // namespace

NodeFiles::NodeFiles(const Machine& machine, const MachineConfig& config)
    : machine_(machine), config_(config) {
  for (CpuId cpu = 0; cpu < config.topology.nr_cpus(); ++cpu)
    count_ = std::max(count_, config.topology.place(cpu).node + 1);
}

bool NodeFiles::is_folder(std::string_view path) const {
  std::string_view rest;
  const long node = split(path, &rest);
  return path.empty() || (node >= 0 && node < count_ && rest.empty() && !path.ends_with('/'));
}

bool NodeFiles::is_file(std::string_view path) const {
  std::string_view rest;
  const long node = split(path, &rest);
  return node >= 0 ? node < count_ && has(kFilesOfNode, rest) : has(kLists, path);
}

std::vector<std::string> NodeFiles::list(std::string_view path) const {
  if (!path.empty()) return {kFilesOfNode.begin(), kFilesOfNode.end()};
  std::vector<std::string> names(kLists.begin(), kLists.end());
  for (CpuId node = 0; node < count_; ++node) names.push_back("node" + std::to_string(node));
  return names;
}

CpuMask NodeFiles::nodes(bool with_cpus) const {
  CpuMask mask(count_);
  for (CpuId node = 0; node < count_; ++node)
    if (!with_cpus || !cpus(node).empty()) mask.set(node);
  return mask;
}

/// Returns the node's online CPUs.
CpuMask NodeFiles::cpus(CpuId node) const {
  CpuMask mask(config_.topology.nr_cpus());
  for (CpuId cpu = 0; cpu < config_.topology.nr_cpus(); ++cpu)
    if (config_.topology.place(cpu).node == node && machine_.core.online.test(cpu)) mask.set(cpu);
  return mask;
}

std::string NodeFiles::text(std::string_view path) const {
  std::string_view rest;
  const long found = split(path, &rest);
  if (found < 0) {
    if (path == "uevent") return {};
    return cpulist_text(nodes(path == "has_cpu")) + '\n';
  }
  const auto node = static_cast<CpuId>(found);
  if (rest == "cpulist") return cpulist_text(cpus(node)) + '\n';
  if (rest == "cpumap") return cpumask_text(cpus(node), config_.topology.nr_cpus()) + '\n';
  std::string text;
  if (rest == "distance") {
    for (CpuId other = 0; other < count_; ++other)
      text += (other == 0 ? "" : " ") + std::to_string(other == node ? kHere : kElsewhere);
    return text + '\n';
  }
  for (const std::string_view what : {"MemTotal", "MemFree"})
    text += "Node " + std::to_string(node) + ' ' + std::string(what) + ":       " +
            std::to_string(kNodeKib) + " kB\n";
  return text;
}

}  // namespace cpuhp
