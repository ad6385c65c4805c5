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

TreeNode of_machine(const SysfsNode& node) {
  const bool passing = node.entry != nullptr && (node.entry->place == SysfsPlace::PreparedCpu ||
                                                 node.entry->place == SysfsPlace::CachedCpu);
  switch (node.kind) {
    case SysfsNode::Kind::None:
      return {};
    case SysfsNode::Kind::Directory:
      return {.kind = TreeNode::Kind::Directory};
    case SysfsNode::Kind::File:
      return {TreeNode::Kind::File, node.writable(), passing};
  }
  return {};
}

TreeNode of_kind(bool directory, bool file) {
  if (directory) return {.kind = TreeNode::Kind::Directory};
  if (file) return {.kind = TreeNode::Kind::File};
  return {};
}

}  // namespace

bool path_below(std::string_view path, std::string_view folder, std::string* rest) {
  if (!path.starts_with(folder)) return false;
  path.remove_prefix(folder.size());
  if (!path.empty() && path.front() != '/') return false;
  *rest = path.empty() ? path : path.substr(1);
  return true;
}

TreeNode Tree::find(const std::string& path) {
  if (outer_folder(path) != nullptr) return {.kind = TreeNode::Kind::Directory};
  std::string rest;
  if (path_below(path, kCpuFolder, &rest)) {
    TreeNode node = of_machine(session_.machine().find(rest));
    node.comes_and_goes = node.comes_and_goes || rest.find("/topology") != std::string::npos ||
                          rest.find("/cache") != std::string::npos;
    return node;
  }
  if (path_below(path, kNodeFolder, &rest)) {
    const NodeFiles nodes(session_.machine(), session_.config());
    return of_kind(nodes.is_folder(rest), nodes.is_file(rest));
  }
  if (path_below(path, kProcFolder, &rest)) return of_kind(rest.empty(), is_proc_file(rest));
  return {};
}

/// True only for files that depend on a CPU's state. All others exist always or never.
bool Tree::may_appear(const std::string& path) const {
  std::string rest;
  if (!path_below(path, kCpuFolder, &rest)) return false;
  const std::size_t slash = rest.find('/');
  if (slash == std::string::npos || !rest.starts_with("cpu")) return false;
  const std::string_view below = std::string_view(rest).substr(slash + 1);
  std::string ignored;
  return std::any_of(kSysfsFiles.begin(), kSysfsFiles.end(), [&](const SysfsEntry& e) {
    const bool passing = e.place == SysfsPlace::PreparedCpu || e.place == SysfsPlace::CachedCpu;
    return passing && path_below(e.path, below, &ignored);
  });
}

int Tree::read(const std::string& path, std::string* text) {
  std::string rest;
  if (path_below(path, kCpuFolder, &rest)) return session_.machine().read(rest, text);
  const TreeNode node = find(path);
  if (node.kind == TreeNode::Kind::None) return -ENOENT;
  if (node.kind == TreeNode::Kind::Directory) return -EISDIR;
  if (path_below(path, kNodeFolder, &rest)) {
    *text = NodeFiles(session_.machine(), session_.config()).text(rest);
    return 0;
  }
  path_below(path, kProcFolder, &rest);
  *text = proc_file(rest, session_.machine(), session_.config(), session_.now(), samples_);
  return 0;
}

int Tree::list(const std::string& path, std::vector<std::string>* names) {
  if (const Folder* folder = outer_folder(path); folder != nullptr) {
    *names = folder->names;
    return 0;
  }
  std::string rest;
  if (path_below(path, kCpuFolder, &rest)) return session_.machine().list(rest, names);
  const TreeNode node = find(path);
  if (node.kind == TreeNode::Kind::None) return -ENOENT;
  if (node.kind == TreeNode::Kind::File) return -ENOTDIR;
  if (path_below(path, kNodeFolder, &rest))
    *names = NodeFiles(session_.machine(), session_.config()).list(rest);
  else
    names->assign(kProcFiles.begin(), kProcFiles.end());
  return 0;
}

void Tree::write(const std::string& path, std::string_view text, std::function<void(int)> reply) {
  const TreeNode node = find(path);
  if (node.kind == TreeNode::Kind::None) return reply(-ENOENT);
  if (node.kind == TreeNode::Kind::Directory) return reply(-EISDIR);
  if (!node.writable) return reply(-EACCES);
  std::string rest;
  path_below(path, kCpuFolder, &rest);
  session_.ask({.kind = OpKind::Write, .path = rest, .text = std::string(text)},
               [reply = std::move(reply)](const OpResult& result) { reply(result.ret); });
}

std::size_t Tree::folders(const std::string& path) {
  if (path == kCpuFolder) return session_.config().present.weight() + 2;  // and hotplug, smt
  std::vector<std::string> names;
  if (list(path, &names) != 0) return 0;
  std::size_t count = 0;
  for (const std::string& name : names)
    if (find(path.empty() ? name : path + '/' + name).kind == TreeNode::Kind::Directory) ++count;
  return count;
}

}  // namespace cpuhp
