// The live machine as a mounted folder (FUSE): the tree of tree.hpp, which behaves as sysfs does,
// down to the errno (docs/reference/live.md).
//
// There is one thread. It takes a request from the host's kernel when the machine has nothing left
// to do, or, with a pace, between two events of the machine.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "sim/live/session.hpp"

namespace cpuhp {

struct FuseOptions {
  std::string folder;         ///< an empty folder to mount on
  std::optional<int> device;  ///< instead of `folder`: /dev/fuse, already mounted
  uid_t uid = 0;              ///< owner of the files
  gid_t gid = 0;
  bool allow_other = false;
  /// Called once, when the machine is ready, before the first request is taken.
  std::function<void()> ready = {};
  /// Called before a write is answered.
  std::function<void(Session&)> before_answer = {};
  /// Called with a signal (SIGINT, SIGTERM, SIGHUP, SIGCHLD). When it returns false, or is not set,
  /// the session ends.
  std::function<bool(int)> signalled = {};
};

class FuseDoor final : public Door {
 public:
  /// Mounts the folder. Throws BadInput when it can't be mounted.
  explicit FuseDoor(FuseOptions options);
  /// Unmounts.
  ~FuseDoor() override;
  bool serve(Session& session, int wait_ms) override;
  void look(Session& session) override;

 private:
  struct Mounted;
  std::unique_ptr<Mounted> mounted_;
};

}  // namespace cpuhp
