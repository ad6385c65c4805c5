// Answers the requests of the host's kernel for a mounted folder, as sysfs would. Each mount has
// one object. Its functions have the names of libfuse.
#pragma once

#define FUSE_USE_VERSION 312  // libfuse 3.12
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
  /// Has to be called before the first request. `forget` gets the number of a file whose attributes
  /// have changed, and which the host's kernel may have cached.
  void attach(Session& session, std::function<void(Session&)> before_answer,
              std::function<void(fuse_ino_t)> forget);
  /// Looks for files that have appeared or disappeared. To be called when the machine has changed.
  void look();
  /// Ends the wait of callers that got a signal before and are now about to die.
  void look_at_interrupted();
  bool any_interrupted() const;
  /// Returns the table for fuse_session_new(), whose user data must be the FuseFiles.
  static const fuse_lowlevel_ops& operations();

 private:
  friend struct FuseCalls;
  /// An open file or folder.
  struct OpenFile {
    std::string path;
    std::optional<std::string> text;  ///< contents, as read at offset 0
    std::vector<std::string> names;   ///< names in a folder
    /// the file's folder has disappeared since the open, even if it came back
    bool gone = false;
  };
  /// Attributes that chmod, chown or touch have set.
  struct Set {
    std::optional<mode_t> mode;
    std::optional<uid_t> uid;
    std::optional<gid_t> gid;
    std::optional<timespec> accessed, modified;
    timespec changed{};
  };
  /// A write without an answer so far.
  struct Writing {
    fuse_req_t request = nullptr;
    pid_t caller = 0;
    bool interrupted = false;
  };
  /// A CPU as look() saw it the last time. `folders`: since when each of its folders exists, by the
  /// host's clock; no value: it does not exist.
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
  void let_go_if_dying(std::uint64_t number);

  mode_t mode_of(const std::string& path, const TreeNode& node) const;
  struct stat attributes(const std::string& path, const TreeNode& node);
  fuse_entry_param entry(const std::string& path, const TreeNode& node);
  timespec since(const std::string& path) const;
  void came_or_went(CpuId cpu, std::size_t folder, bool there);
  std::uint64_t keep(OpenFile open);

  uid_t uid_;
  gid_t gid_;
  Session* session_ = nullptr;
  std::optional<Tree> tree_;
  std::function<void(Session&)> before_answer_;
  FuseInodes inodes_;
  std::map<std::uint64_t, OpenFile> open_;
  std::uint64_t next_open_ = 1;
  /// Writes without an answer. The key is a number, and not the address of the request: libfuse
  /// reuses the address after the answer, when the machine may still work on the old request.
  std::map<std::uint64_t, Writing> writing_;
  std::uint64_t next_write_ = 1;
  std::function<void(fuse_ino_t)> forget_;
  std::map<std::string, Set> set_;  ///< by path
  std::vector<Seen> seen_;          ///< by CPU
  timespec began_{};
};

}  // namespace cpuhp
