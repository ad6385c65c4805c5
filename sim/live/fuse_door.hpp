// The live machine as a mounted folder (FUSE). It serves the files of tree.hpp, and behaves as
// sysfs does, including error codes (docs/reference/live.md).
//
// There is only one thread. It handles a request from the host's kernel when the machine has
// nothing to do or, with a pace, between two events of the machine.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "sim/live/session.hpp"

namespace cpuhp {

struct FuseOptions {
  std::string folder;         ///< an empty folder, on which to mount
  std::optional<int> device;  ///< used instead of `folder`: /dev/fuse, mounted already
  uid_t uid = 0;              ///< owner of the files
  gid_t gid = 0;
  bool allow_other = false;
  /// Called once, when the machine is ready for the first request.
  std::function<void()> ready = {};
  /// Called before each answer to a write.
  std::function<void(Session&)> before_answer = {};
  /// Called for a signal (SIGINT, SIGTERM, SIGHUP, SIGCHLD). The session ends when it returns false
  /// or is not set.
  std::function<bool(int)> signalled = {};
};

class FuseDoor final : public Door {
 public:
  /// Mounts the folder. Throws BadInput when this fails.
  explicit FuseDoor(FuseOptions options);
  /// Unmounts the folder.
  ~FuseDoor() override;
  bool serve(Session& session, int wait_ms) override;
  void look(Session& session) override;

 private:
  struct Mounted;
  std::unique_ptr<Mounted> mounted_;
};

}  // namespace cpuhp
