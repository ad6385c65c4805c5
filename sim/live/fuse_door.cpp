#include "sim/live/fuse_door.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "sim/error.hpp"
#include "sim/live/fuse_files.hpp"
#include "sim/live/mount_point.hpp"
#include "sim/live/signals.hpp"
#include "sim/stop.hpp"

namespace cpuhp {
namespace {

/// Returns the last error message of libfuse, which our own message includes.
std::string& complaint() {
  static std::string text;
  return text;
}

void keep_complaint(fuse_log_level, const char* format, va_list arguments) {
  std::array<char, 256> line{};
  std::vsnprintf(line.data(), line.size(), format, arguments);
  complaint() = line.data();
  while (complaint().ends_with('\n')) complaint().pop_back();
}

}  // namespace

struct FuseDoor::Mounted {
  FuseOptions options;
  FuseFiles files;
  Signals signals;
  fuse_session* session = nullptr;
  fuse_buf buffer{};
  bool attached = false;
  int in_a_row = 0;  ///< number of requests handled since signals were checked last

  explicit Mounted(FuseOptions o) : options(std::move(o)), files(options.uid, options.gid) {}

  void mount() {
    fuse_set_log_func(keep_complaint);
    std::string words = "default_permissions,fsname=cpuhp-sim";
    if (options.allow_other) words += ",allow_other";
    std::array<std::string, 3> arguments{"cpuhp-sim", "-o", words};
    std::array<char*, 3> argv{arguments[0].data(), arguments[1].data(), arguments[2].data()};
    fuse_args args = FUSE_ARGS_INIT(static_cast<int>(argv.size()), argv.data());
    session = fuse_session_new(&args, &FuseFiles::operations(), sizeof(fuse_lowlevel_ops), &files);
    fuse_opt_free_args(&args);
    const std::string place =
        options.device ? "/dev/fd/" + std::to_string(*options.device) : options.folder;
    if (session != nullptr && fuse_session_mount(session, place.c_str()) == 0) {
      const int fd = fuse_session_fd(session);
      ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
      return;
    }
    if (session != nullptr) fuse_session_destroy(session);
    throw BadInput{"cannot mount " + place + ": " + complaint()};
  }

  ~Mounted() {
    if (session == nullptr) return;
    fuse_session_unmount(session);
    fuse_session_destroy(session);
    std::free(buffer.mem);  // NOLINT(cppcoreguidelines-owning-memory): libfuse allocated it
  }

  enum class Request { Taken, None, End };

  Request request() {
    const int got = fuse_session_receive_buf(session, &buffer);
    if (got == -EINTR || got == -EAGAIN) return Request::None;
    if (got <= 0) return Request::End;
    fuse_session_process_buf(session, &buffer);
    return fuse_session_exited(session) == 0 ? Request::Taken : Request::End;
  }

  /// True when the next request may be handled without a check for signals. Requests come in long
  /// sequences, so it is enough to check from time to time.
  bool may_take_at_once() {
    constexpr int kInARow = 64;
    if (in_a_row++ < kInARow) return true;
    in_a_row = 0;
    return false;
  }

  bool signal() {
    const int number = signals.take();
    if (number == 0) return true;
    if (options.signalled) return options.signalled(number);
    if (number != SIGCHLD) note_stop(number);
    return number == SIGCHLD;
  }
};

FuseDoor::FuseDoor(FuseOptions options) {
  if (!options.device) {
    prepare_mount_point(options.folder);
    require_fuse_device();
  }
  mounted_ = std::make_unique<Mounted>(std::move(options));
  mounted_->mount();
}

FuseDoor::~FuseDoor() = default;

void FuseDoor::look(Session&) {
  if (mounted_->attached) mounted_->files.look();
}

bool FuseDoor::serve(Session& session, int wait_ms) {
  Mounted& m = *mounted_;
  if (!m.attached) {
    m.attached = true;
    m.files.attach(session, m.options.before_answer, [&m](fuse_ino_t number) {
      // offset -1: drops the attributes only
      fuse_lowlevel_notify_inval_inode(m.session, number, -1, 0);
    });
    if (m.options.ready) m.options.ready();
  }
  if (m.may_take_at_once()) {
    const auto taken = m.request();
    if (taken != Mounted::Request::None) return taken == Mounted::Request::Taken;
  }
  m.in_a_row = 0;
  m.files.look_at_interrupted();
  constexpr int kLookAgain = 50;  // ms
  if (m.files.any_interrupted()) wait_ms = wait_ms < 0 ? kLookAgain : std::min(wait_ms, kLookAgain);
  std::array<pollfd, 2> files{
      {{fuse_session_fd(m.session), POLLIN, 0}, {m.signals.fd(), POLLIN, 0}}};
  if (::poll(files.data(), files.size(), wait_ms) < 0) return errno == EINTR;
  if (files[1].revents != 0 && !m.signal()) return false;
  return files[0].revents == 0 || m.request() != Mounted::Request::End;
}

}  // namespace cpuhp
