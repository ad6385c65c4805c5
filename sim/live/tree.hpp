// The machine's files, with the folders around them: sys/devices/system/{cpu,node}, and files of
// proc about CPUs. model/sysfs produces the contents and error codes for files of CPU hotplug. Both
// the prompt and a mounted folder show this tree. Paths are relative to the root, without a slash
// at either end; "" is the root.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/sysfs/sysfs.hpp"
#include "sim/live/session.hpp"

namespace cpuhp {

/// The folder with the CPUs' files.
inline constexpr std::string_view kCpuFolder = "sys/devices/system/cpu";

struct TreeNode {
  using Kind = SysfsNode::Kind;
  Kind kind = Kind::None;
  bool writable = false;
  bool comes_and_goes = false;  ///< whether it exists depends on the state of a CPU
};

class Tree {
 public:
  explicit Tree(Session& session) : session_(session) {}

  TreeNode find(const std::string& path);
  /// True for a path that does not exist now and may exist later.
  bool may_appear(const std::string& path) const;
  /// read() and list() return 0 or -errno.
  int read(const std::string& path, std::string* text);
  int list(const std::string& path, std::vector<std::string>* names);
  /// Does one write(2). `reply` is called with 0 or -errno when the operation has ended.
  void write(const std::string& path, std::string_view text, std::function<void(int)> reply);
  bool is_folder(const std::string& path) { return find(path).kind == TreeNode::Kind::Directory; }
  /// Returns the number of folders in a folder.
  std::size_t folders(const std::string& path);

 private:
  Session& session_;
  std::uint64_t samples_ = 0;  ///< number of reads of proc/stat
};

/// Returns the part of `path` below `folder`, "" for the folder itself; no value when `path` is not
/// below it.
std::optional<std::string_view> path_below(std::string_view path, std::string_view folder);
/// Returns the path of a name in a folder.
std::string path_in(const std::string& folder, const std::string& name);

}  // namespace cpuhp
