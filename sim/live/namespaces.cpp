#include "sim/live/namespaces.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "sim/error.hpp"

namespace cpuhp {
namespace {

constexpr const char* kCpuFiles = "/sys/devices/system/cpu";
constexpr long kFuseMagic = 0x65735546;  // FUSE_SUPER_MAGIC

void require(bool done, const std::string& what) {
  if (!done)
    throw BadInput{"--exec: cannot set up the namespaces: " + what + ": " +
                   std::generic_category().message(errno)};
}

void write_proc(const char* path, const std::string& text) {
  const int fd = ::open(path, O_WRONLY | O_CLOEXEC);
  const bool done =
      fd >= 0 && ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const int error = errno;
  if (fd >= 0) ::close(fd);
  errno = error;
  require(done, path);
}

bool exists(const std::string& path) {
  struct stat st {};
  return ::stat(path.c_str(), &st) == 0;
}

void read_only(const char* path) {
  if (!exists(path)) return;
  require(::mount(path, path, nullptr, MS_BIND | MS_REC, nullptr) == 0,
          std::string("mount ") + path);
  require(::mount(nullptr, path, nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr) == 0,
          std::string("mount ") + path + " read-only");
}

}  // namespace

void enter_namespaces(bool network) {
  const uid_t uid = ::geteuid();
  const gid_t gid = ::getegid();
  const int kinds = CLONE_NEWNS | (network ? CLONE_NEWNET : 0) | (uid != 0 ? CLONE_NEWUSER : 0);
  require(::unshare(kinds) == 0, "create the namespaces");
  if (uid != 0) {
    write_proc("/proc/self/setgroups", "deny");
    write_proc("/proc/self/uid_map", "0 " + std::to_string(uid) + " 1");
    write_proc("/proc/self/gid_map", "0 " + std::to_string(gid) + " 1");
  }
  require(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0,
          "make the mounts private");
}

int mount_fuse() {
  read_only("/sys");
  read_only("/proc/irq");
  const int device = ::open("/dev/fuse", O_RDWR | O_CLOEXEC);
  require(device >= 0, "/dev/fuse");
  const std::string options =
      "fd=" + std::to_string(device) +
      ",rootmode=40000,user_id=0,group_id=0,default_permissions,allow_other";
  require(
      ::mount("cpuhp-sim", kCpuFiles, "fuse.cpuhp-sim", MS_NOSUID | MS_NODEV, options.c_str()) == 0,
      std::string("mount ") + kCpuFiles);
  return device;
}

void cover_files() {
  const int root = ::open(kCpuFiles, O_PATH | O_DIRECTORY | O_CLOEXEC);
  require(root >= 0, kCpuFiles);
  const std::string machine = "/proc/self/fd/" + std::to_string(root);
  for (const std::string place :
       {"/sys/devices/system/node", "/proc/cpuinfo", "/proc/stat", "/proc/interrupts", kCpuFiles})
    if (exists(place))
      require(::mount((machine + place).c_str(), place.c_str(), nullptr, MS_BIND, nullptr) == 0,
              "mount " + place);
  ::close(root);
  struct statfs fs {};
  require(::statfs(kCpuFiles, &fs) == 0, kCpuFiles);
  if (fs.f_type != kFuseMagic)
    throw BadInput{std::string("--exec: ") + kCpuFiles +
                   " still shows the host's files, so the command was not run"};
}

}  // namespace cpuhp
