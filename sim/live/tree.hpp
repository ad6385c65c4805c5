// The machine's files as a sysroot: sys/devices/system/{cpu,node} and what programs read of proc
// beside them. Values and errno of CPU hotplug's own files are model/sysfs's; this adds the folders
// around them. Whoever shows the tree (a prompt, a mounted folder) asks here.
//
//   Tree tree(session);
//   std::string text;
//   tree.read("sys/devices/system/cpu/online", &text);                // 0, "0-3\n"
//   tree.write("sys/devices/system/cpu/cpu3/online", "0\n", [](int ret) { ... });
//
// Paths are relative to the root, without a slash at either end; "" is the root.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/live/session.hpp"

namespace cpuhp {

/// Where the CPUs' files are.
inline constexpr std::string_view kCpuFolder = "sys/devices/system/cpu";

struct TreeNode {
  enum class Kind : std::uint8_t { None, Directory, File };
  Kind kind = Kind::None;
  bool writable = false;
  bool comes_and_goes = false;  ///< with the states that a CPU reaches
};

class Tree {
 public:
  explicit Tree(Session& session) : session_(session) {}

  TreeNode find(const std::string& path);
  /// What is not there now: may it be there later?
  bool may_appear(const std::string& path) const;
  /// 0 or -errno.
  int read(const std::string& path, std::string* text);
  int list(const std::string& path, std::vector<std::string>* names);
  /// One write(2): `reply` gets 0 or -errno, when the machine has done it.
  void write(const std::string& path, std::string_view text, std::function<void(int)> reply);
  /// Folders in a folder.
  std::size_t folders(const std::string& path);

 private:
  Session& session_;
  std::uint64_t samples_ = 0;  ///< of proc/stat
};

/// The part of `path` below `folder`: "" for the folder itself, nothing when it is not below it.
bool path_below(std::string_view path, std::string_view folder, std::string* rest);

}  // namespace cpuhp
