#include "sim/live/tree.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "sim/live/node_files.hpp"
#include "sim/live/proc_files.hpp"

namespace cpuhp {
namespace {

constexpr std::string_view kNodeFolder = "sys/devices/system/node";
constexpr std::string_view kProcFolder = "proc";

struct Folder {
  std::string_view path;
  std::vector<std::string> names;
};

/// Returns the folders around the machine's files.
const std::vector<Folder>& outer_folders() {
  static const std::vector<Folder> folders{{"", {"proc", "sys"}},
                                           {"sys", {"devices"}},
                                           {"sys/devices", {"system"}},
                                           {"sys/devices/system", {"cpu", "node"}}};
  return folders;
}

const Folder* outer_folder(std::string_view path) {
  for (const Folder& folder : outer_folders())
    if (folder.path == path) return &folder;
  return nullptr;
}

/// True for files that exist only in some states of a CPU.
bool is_passing(const SysfsEntry& entry) {
  return entry.place == SysfsPlace::PreparedCpu || entry.place == SysfsPlace::CachedCpu;
}

TreeNode of_kind(bool directory, bool file) {
  if (directory) return {.kind = TreeNode::Kind::Directory};
  if (file) return {.kind = TreeNode::Kind::File};
  return {};
}

}  // namespace

std::optional<std::string_view> path_below(std::string_view path, std::string_view folder) {
  if (!path.starts_with(folder)) return std::nullopt;
  path.remove_prefix(folder.size());
  if (path.empty()) return path;
  return path.front() == '/' ? std::optional(path.substr(1)) : std::nullopt;
}

std::string path_in(const std::string& folder, const std::string& name) {
  return folder.empty() ? name : folder + '/' + name;
}

TreeNode Tree::find(const std::string& path) {
  if (outer_folder(path) != nullptr) return {.kind = TreeNode::Kind::Directory};
  if (const auto rest = path_below(path, kCpuFolder)) {
    const SysfsNode node = find_node(session_.machine(), *rest);
    return {node.kind, node.writable(),
            (node.entry != nullptr && is_passing(*node.entry)) ||
                rest->find("/topology") != std::string_view::npos ||
                rest->find("/cache") != std::string_view::npos};
  }
  if (const auto rest = path_below(path, kNodeFolder)) {
    const NodeFiles nodes(session_.machine(), session_.config());
    return of_kind(nodes.is_folder(*rest), nodes.is_file(*rest));
  }
  if (const auto rest = path_below(path, kProcFolder))
    return of_kind(rest->empty(), is_proc_file(*rest));
  return {};
}

/// True only for files that depend on a CPU's state. All others exist always or never.
bool Tree::may_appear(const std::string& path) const {
  const std::string_view rest = path_below(path, kCpuFolder).value_or("");
  const std::size_t slash = rest.find('/');
  if (slash == std::string_view::npos || !rest.starts_with("cpu")) return false;
  return std::any_of(kSysfsFiles.begin(), kSysfsFiles.end(), [&](const SysfsEntry& e) {
    return is_passing(e) && path_below(e.path, rest.substr(slash + 1));
  });
}

int Tree::read(const std::string& path, std::string* text) {
  if (const auto rest = path_below(path, kCpuFolder))
    return read_file(session_.machine(), std::string(*rest), text);
  const TreeNode node = find(path);
  if (node.kind == TreeNode::Kind::None) return -ENOENT;
  if (node.kind == TreeNode::Kind::Directory) return -EISDIR;
  if (const auto rest = path_below(path, kNodeFolder))
    *text = NodeFiles(session_.machine(), session_.config()).text(*rest);
  else
    *text = proc_file(path_below(path, kProcFolder).value(), session_.machine(), session_.config(),
                      session_.now(), samples_);
  return 0;
}

int Tree::list(const std::string& path, std::vector<std::string>* names) {
  if (const Folder* folder = outer_folder(path); folder != nullptr) {
    *names = folder->names;
    return 0;
  }
  if (const auto rest = path_below(path, kCpuFolder))
    return list_folder(session_.machine(), std::string(*rest), names);
  const TreeNode node = find(path);
  if (node.kind == TreeNode::Kind::None) return -ENOENT;
  if (node.kind == TreeNode::Kind::File) return -ENOTDIR;
  if (const auto rest = path_below(path, kNodeFolder))
    *names = NodeFiles(session_.machine(), session_.config()).list(*rest);
  else
    names->assign(kProcFiles.begin(), kProcFiles.end());
  return 0;
}

void Tree::write(const std::string& path, std::string_view text, std::function<void(int)> reply) {
  const TreeNode node = find(path);
  if (node.kind == TreeNode::Kind::None) return reply(-ENOENT);
  if (node.kind == TreeNode::Kind::Directory) return reply(-EISDIR);
  if (!node.writable) return reply(-EACCES);
  const std::string file(path_below(path, kCpuFolder).value());
  session_.ask({.kind = OpKind::Write, .path = file, .text = std::string(text)},
               [reply = std::move(reply)](const OpResult& result) { reply(result.ret); });
}

std::size_t Tree::folders(const std::string& path) {
  if (path == kCpuFolder) return session_.config().present.weight() + 2;  // and hotplug, smt
  std::vector<std::string> names;
  if (list(path, &names) != 0) return 0;
  return static_cast<std::size_t>(
      std::count_if(names.begin(), names.end(),
                    [&](const std::string& name) { return is_folder(path_in(path, name)); }));
}

}  // namespace cpuhp
