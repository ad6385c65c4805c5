#include "sim/live/mount_point.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "sim/error.hpp"

namespace cpuhp {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse_folder(const std::string& folder, const std::string& why) {
  throw BadInput{"cannot mount " + folder + ": " + why};
}

/// Returns the path without symbolic links. Its last part is not resolved: it may be a dead mount.
std::string real_place(const std::string& folder) {
  std::error_code error;
  fs::path path = fs::absolute(folder, error).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  return (fs::canonical(path.parent_path(), error) / path.filename()).string();
}

bool is_ours(const std::string& place) {
  std::ifstream mounts("/proc/self/mounts");
  for (std::string line; std::getline(mounts, line);) {
    std::istringstream words(line);
    std::string source, target;
    words >> source >> target;
    if (source == "cpuhp-sim" && target == place) return true;
  }
  return false;
}

/// Unmounts `place`. Uses fusermount3 when this process has no right to unmount.
bool unmount(const std::string& place) {
  if (::umount2(place.c_str(), MNT_DETACH) == 0) return true;
  std::string words[] = {"fusermount3", "-u", "-z", "-q", "--", place};
  char* argv[7] = {};
  for (std::size_t i = 0; i < 6; ++i) argv[i] = words[i].data();
  pid_t child = 0;
  if (::posix_spawnp(&child, argv[0], nullptr, nullptr, argv, nullptr) != 0) return false;
  int status = 0;
  return ::waitpid(child, &status, 0) == child && status == 0;
}

}  // namespace

void prepare_mount_point(const std::string& folder) {
  std::error_code error;
  bool empty = fs::is_empty(folder, error);
  if (error.value() == ENOTCONN) {
    const std::string place = real_place(folder);
    if (!is_ours(place))
      refuse_folder(folder,
                    "a mount whose program has ended is still there; unmount this folder first");
    if (!unmount(place))
      refuse_folder(folder,
                    "the mount of a killed cpuhp-sim is still there and cannot be removed; unmount "
                    "this folder first");
    empty = fs::is_empty(folder, error);
  }
  if (error) refuse_folder(folder, error.message());
  if (!fs::is_directory(folder, error)) refuse_folder(folder, "expected a folder");
  if (!empty) refuse_folder(folder, "expected an empty folder");
}

void require_fuse_device() {
  const int fd = ::open("/dev/fuse", O_RDWR | O_CLOEXEC);
  if (fd >= 0) {
    ::close(fd);
    return;
  }
  throw BadInput{"cannot mount, because /dev/fuse cannot be opened: " +
                 std::generic_category().message(errno) +
                 "; use `cpuhp-sim shell`, which needs no FUSE"};
}

}  // namespace cpuhp
