// What the kernel asks of a mounted folder, answered from the tree as sysfs would. One object a
// mount; its functions have the names of libfuse's.
#pragma once

#define FUSE_USE_VERSION 312  // 3.12
#include <fuse_lowlevel.h>
#include <sys/stat.h>

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/live/fuse_inodes.hpp"
#include "sim/live/tree.hpp"

namespace cpuhp {

class FuseFiles {
 public:
  FuseFiles(uid_t uid, gid_t gid) : uid_(uid), gid_(gid) {}
  /// Before the first request. `forget` takes the number of a file whose attributes the kernel may
  /// remember, and shall not any more.
  void attach(Session& session, std::function<void(Session&)> before_answer,
              std::function<void(fuse_ino_t)> forget);
  /// Something has happened to the machine: what came, and what has gone?
  void look();
  /// Callers that were sent a signal and wait all the same: are they about to die?
  void look_at_interrupted();
  bool any_interrupted() const;
  /// For fuse_session_new(), whose user data is the FuseFiles.
  static const fuse_lowlevel_ops& operations();

 private:
  friend struct FuseCalls;
  /// An open file or folder.
  struct Open {
    std::string path;
    std::optional<std::string> text;  ///< as it was when it was read at offset 0
    std::vector<std::string> names;   ///< of a folder
    bool gone = false;                ///< its folder has gone since, and may be back
  };
  /// What somebody set by chmod, chown or touch.
  struct Set {
    std::optional<mode_t> mode;
    std::optional<uid_t> uid;
    std::optional<gid_t> gid;
    std::optional<timespec> accessed, modified;
    timespec changed{};
  };
  /// A write that is not answered yet.
  struct Writing {
    pid_t caller = 0;
    bool interrupted = false;
  };
  /// A CPU as it was looked at last, and since when its folders are there; nothing: they are not.
  struct Seen {
    StateId state = -1;
    bool online = false;
    std::array<std::optional<timespec>, 2> folders;
  };

  void lookup(fuse_req_t req, fuse_ino_t parent, const char* name);
  void getattr(fuse_req_t req, fuse_ino_t ino);
  void setattr(fuse_req_t req, fuse_ino_t ino, const struct stat& wanted, int to_set);
  void open(fuse_req_t req, fuse_ino_t ino, fuse_file_info* fi);
  void read(fuse_req_t req, std::size_t size, off_t offset, fuse_file_info* fi);
  void write(fuse_req_t req, const char* bytes, std::size_t size, fuse_file_info* fi);
  void opendir(fuse_req_t req, fuse_ino_t ino, fuse_file_info* fi);
  void readdir(fuse_req_t req, std::size_t size, off_t offset, fuse_file_info* fi, bool plus);
  void release(fuse_req_t req, fuse_file_info* fi);
  void interrupted(fuse_req_t req);

  mode_t mode_of(const std::string& path, const TreeNode& node) const;
  struct stat attributes(const std::string& path, const TreeNode& node);
  fuse_entry_param entry(const std::string& path, const TreeNode& node);
  timespec since(const std::string& path) const;
  void came_or_went(CpuId cpu, std::size_t folder, bool there);
  std::uint64_t keep(Open open);

  uid_t uid_;
  gid_t gid_;
  Session* session_ = nullptr;
  std::optional<Tree> tree_;
  std::function<void(Session&)> before_answer_;
  FuseInodes inodes_;
  std::map<std::uint64_t, Open> open_;
  std::uint64_t next_open_ = 1;
  std::map<fuse_req_t, Writing> writing_;
  std::function<void(fuse_ino_t)> forget_;
  std::map<std::string, Set> set_;  ///< by path
  std::vector<Seen> seen_;          ///< by CPU
  timespec began_{};
};

}  // namespace cpuhp
