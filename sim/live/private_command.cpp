#include "sim/live/private_command.hpp"

#include <linux/netlink.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <system_error>

#include "sim/error.hpp"
#include "sim/live/namespaces.hpp"

namespace cpuhp {
namespace {

constexpr int kNotStarted = 2, kNotExecutable = 126, kNotFound = 127;
constexpr std::size_t kMessageBytes = 512;
constexpr std::size_t kFilesMost = 2;

/// Sends a message with a text and open files.
bool send_files(int socket, const std::string& text, const int* files, std::size_t count) {
  std::array<char, CMSG_SPACE(kFilesMost * sizeof(int))> control{};
  std::string bytes = text.empty() ? " " : text;
  iovec part{bytes.data(), bytes.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (count > 0) {
    message.msg_control = control.data();
    message.msg_controllen = CMSG_SPACE(count * sizeof(int));
    cmsghdr* const head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(count * sizeof(int));
    std::memcpy(CMSG_DATA(head), files, count * sizeof(int));
  }
  return ::sendmsg(socket, &message, 0) >= 0;
}

/// Receives a message. Returns the number of its files, and its text in `text`.
std::size_t receive_files(int socket, std::string* text, int* files) {
  std::array<char, CMSG_SPACE(kFilesMost * sizeof(int))> control{};
  std::array<char, kMessageBytes> bytes{};
  iovec part{bytes.data(), bytes.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t got = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  if (got <= 0) return 0;
  text->assign(bytes.data(), static_cast<std::size_t>(got));
  const cmsghdr* const head = CMSG_FIRSTHDR(&message);
  if (head == nullptr || head->cmsg_type != SCM_RIGHTS) return 0;
  const std::size_t count = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
  std::memcpy(files, CMSG_DATA(head), count * sizeof(int));
  return count;
}

int open_uevent_socket() {
  const int fd = ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);
  if (fd < 0)
    throw BadInput{"--uevents: cannot open a uevent socket: " +
                   std::generic_category().message(errno)};
  return fd;
}

/// Runs in the child: prepares the namespaces and executes the command.
[[noreturn]] void become(int socket, std::vector<std::string> words, bool uevents) {
  const auto say = [](const std::string& what) {
    std::fprintf(stderr, "cpuhp-sim: error: %s\n", what.c_str());
  };
  try {
    enter_namespaces(uevents);
    std::array<int, kFilesMost> files{mount_fuse(), uevents ? open_uevent_socket() : -1};
    if (!send_files(socket, "", files.data(), uevents ? 2 : 1)) ::_exit(kNotStarted);
    for (const int fd : files)
      if (fd >= 0) ::close(fd);
  } catch (const BadInput& error) {
    send_files(socket, error.what(), nullptr, 0);
    ::_exit(kNotStarted);
  }
  try {
    cover_files();
  } catch (const BadInput& error) {
    say(error.what());
    ::_exit(kNotStarted);
  }
  // This program ignores SIGPIPE, which the command must not inherit.
  ::signal(SIGPIPE, SIG_DFL);
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  ::execvp(argv[0], argv.data());
  const int error = errno;
  say("cannot run " + words[0] + ": " + std::generic_category().message(error));
  ::_exit(error == ENOENT ? kNotFound : kNotExecutable);
}

}  // namespace

PrivateCommand::PrivateCommand(const std::vector<std::string>& words,
                               const PrivateCommandOptions& options) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
    throw BadInput{"--exec: " + std::generic_category().message(errno)};
  std::fflush(nullptr);
  child_ = ::fork();
  if (child_ < 0) throw BadInput{"--exec: " + std::generic_category().message(errno)};
  if (child_ == 0) become(ends[1], words, options.uevents);
  ::close(ends[1]);
  std::string text;
  std::array<int, kFilesMost> files{-1, -1};
  const std::size_t count = receive_files(ends[0], &text, files.data());
  ::close(ends[0]);
  if (count == 0) {
    ::waitpid(child_, nullptr, 0);
    throw BadInput{
        text.empty()
            ? "--exec: the process of the command died before the simulated files were mounted"
            : text};
  }
  device_ = files[0];
  uevent_socket_ = files[1];
}

PrivateCommand::~PrivateCommand() {
  if (uevent_socket_ >= 0) ::close(uevent_socket_);
  if (child_ <= 0) return;
  ::kill(child_, SIGTERM);
  ::waitpid(child_, nullptr, 0);
}

/// True when the command has ended.
bool PrivateCommand::reap(int flags) {
  int status = 0;
  if (child_ < 0) return true;
  if (::waitpid(child_, &status, flags) != child_) return false;
  child_ = -1;
  exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return true;
}

/// Passes SIGTERM and SIGHUP to the command, which gets SIGINT from the terminal itself.
bool PrivateCommand::signalled(int signal) {
  if (signal == SIGTERM || signal == SIGHUP) ::kill(child_, signal);
  return signal != SIGCHLD || !reap(WNOHANG);
}

int PrivateCommand::exit_code() {
  reap(0);
  return exit_code_;
}

}  // namespace cpuhp
