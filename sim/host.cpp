#include "sim/host.hpp"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <ostream>
#include <streambuf>
#include <system_error>
#include <utility>
#include <vector>

#include "sim/error.hpp"
#include "sim/stop.hpp"

namespace cpuhp {
namespace {

constexpr unsigned fewest_columns = 20;
constexpr unsigned usual_columns = 80;
constexpr mode_t readable_by_all = 0666;  // the umask is applied to it

[[noreturn]] void refuse(const std::string& path, int error) {
  throw BadInput{"cannot write " + path + ": " + std::generic_category().message(error)};
}

/// An open file descriptor, closed when it goes out of scope.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const { return fd_; }
  /// Closes the file. Returns 0 or errno: a file system may report only now that a write failed.
  int close() { return ::close(std::exchange(fd_, -1)) == 0 ? 0 : errno; }

 private:
  int fd_;
};

/// Returns 0 or errno.
int write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

/// A stream buffer for a file descriptor. It remembers the first error.
class DescriptorBuffer : public std::streambuf {
 public:
  explicit DescriptorBuffer(int fd) : fd_(fd) {
    setp(bytes_.data(), bytes_.data() + bytes_.size());
  }
  /// Writes what is left in the buffer. Returns 0 or errno.
  int finish() {
    sync();
    return error_;
  }

 protected:
  int_type overflow(int_type c) override {
    if (sync() != 0) return traits_type::eof();
    if (!traits_type::eq_int_type(c, traits_type::eof())) sputc(traits_type::to_char_type(c));
    return traits_type::not_eof(c);
  }
  int sync() override {
    const std::string_view pending(pbase(), static_cast<std::size_t>(pptr() - pbase()));
    if (error_ == 0) error_ = write_all(fd_, pending);
    setp(bytes_.data(), bytes_.data() + bytes_.size());
    return error_ == 0 ? 0 : -1;
  }

 private:
  int fd_;
  int error_ = 0;
  std::array<char, 1 << 16> bytes_;
};

/// Returns 0 or errno.
int write_to(int fd, const std::function<void(std::ostream&)>& write) {
  DescriptorBuffer buffer(fd);
  std::ostream out(&buffer);
  write(out);
  return buffer.finish();
}

int open_beside(const std::string& beside, mode_t mode) {
  return ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, mode);
}

void write_directly(const std::string& path, const std::function<void(std::ostream&)>& write) {
  Descriptor file{::open(path.c_str(), O_WRONLY | O_CLOEXEC)};
  if (file.get() < 0) refuse(path, errno);
  int error = write_to(file.get(), write);
  if (error == 0) error = file.close();
  if (error != 0) refuse(path, error);
}

/// Returns the name of the temporary file for `target`. A process writes one file at a time, so its
/// id keeps two writers apart.
std::string beside(const std::string& target) {
  return target + ".part-" + std::to_string(::getpid());
}

/// Returns the file that a path means after symbolic links are resolved.
std::string behind_links(const std::string& path, bool exists) {
  if (!exists) return path;
  std::error_code unresolved;
  const std::string target = std::filesystem::canonical(path, unresolved).string();
  if (unresolved) refuse(path, unresolved.value());
  return target;
}

/// Makes the missing folders, outermost first, and appends them to `made`. Returns 0 or errno.
int make_folders(const std::filesystem::path& folder, std::vector<std::filesystem::path>& made) {
  std::filesystem::path so_far;
  for (const std::filesystem::path& part : folder) {
    so_far /= part;
    if (part.empty()) continue;
    if (::mkdir(so_far.c_str(), 0777) == 0) {  // before umask
      made.push_back(so_far);
      continue;
    }
    const int error = errno;
    struct stat there {};
    if (::stat(so_far.c_str(), &there) != 0) return error;
    if (!S_ISDIR(there.st_mode)) return ENOTDIR;
  }
  return 0;
}

std::optional<unsigned> columns_of_environment() {
  const char* const text = std::getenv("COLUMNS");
  if (text == nullptr) return std::nullopt;
  const std::string_view digits = text;
  unsigned columns = 0;
  const auto [end, error] = std::from_chars(digits.begin(), digits.end(), columns);
  if (error != std::errc{} || end != digits.end() || columns == 0) return std::nullopt;
  return columns;
}

}  // namespace

std::int64_t host_milliseconds() {
  const auto since_start = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(since_start).count();
}

std::int64_t host_nanoseconds_since_1970() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(since).count();
}

unsigned host_cores() {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  if (::sched_getaffinity(0, sizeof cpus, &cpus) != 0) return 1;
  return std::max(1u, static_cast<unsigned>(CPU_COUNT(&cpus)));
}

std::optional<std::string> host_variable(const std::string& name) {
  const char* const value = std::getenv(name.c_str());
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

std::string program_folder() {
  std::error_code untold;
  return std::filesystem::read_symlink("/proc/self/exe", untold).parent_path().string();
}

bool stdin_is_terminal() { return ::isatty(STDIN_FILENO) == 1; }
bool stderr_is_terminal() { return ::isatty(STDERR_FILENO) == 1; }

bool colour_wanted(int fd) {
  const char* const no_color = std::getenv("NO_COLOR");
  if (no_color != nullptr && *no_color != '\0') return false;
  const char* const term = std::getenv("TERM");
  if (term != nullptr && std::string_view{term} == "dumb") return false;
  return ::isatty(fd) == 1;
}

bool utf8_wanted() {
  for (const char* const name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* const value = std::getenv(name);
    if (value == nullptr || *value == '\0') continue;
    const std::string_view locale = value;
    for (const std::string_view word : {"UTF-8", "utf-8", "UTF8", "utf8"})
      if (locale.find(word) != std::string_view::npos) return true;
    return false;
  }
  return false;
}

unsigned terminal_columns() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col != 0)
    return std::max<unsigned>(size.ws_col, fewest_columns);
  return std::max(columns_of_environment().value_or(usual_columns), fewest_columns);
}

void write_file_atomically(const std::string& path, std::string_view bytes) {
  write_file_atomically(path, [&](std::ostream& out) {
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  });
}

void write_file_atomically(const std::string& path,
                           const std::function<void(std::ostream&)>& write) {
  struct stat old {};
  const bool exists = ::stat(path.c_str(), &old) == 0;
  if (exists && !S_ISREG(old.st_mode)) return write_directly(path, write);

  const std::string target = behind_links(path, exists);
  Descriptor file{open_beside(beside(target), readable_by_all)};
  if (file.get() < 0) refuse(path, errno);
  Unfinished part(beside(target));
  int error = write_to(file.get(), write);
  if (error == 0 && exists && ::fchmod(file.get(), old.st_mode & 07777) != 0) error = errno;
  if (error == 0) error = file.close();
  if (error == 0 && std::rename(part.path.c_str(), target.c_str()) != 0) error = errno;
  if (error != 0) refuse(path, error);
  part.renamed = true;
}

void require_writable(const std::string& path) {
  struct stat old {};
  const bool exists = ::stat(path.c_str(), &old) == 0;
  if (path.empty() || path.back() == '/' || (exists && S_ISDIR(old.st_mode))) refuse(path, EISDIR);
  if (exists && !S_ISREG(old.st_mode)) {
    if (::access(path.c_str(), W_OK) != 0) refuse(path, errno);
    return;
  }
  const std::string target = behind_links(path, exists);
  const Descriptor file{open_beside(beside(target), readable_by_all)};
  if (file.get() < 0) refuse(path, errno);
  const Unfinished part(beside(target));
}

void make_folder(const std::string& folder) {
  std::vector<std::filesystem::path> made;
  if (const int error = make_folders(folder, made); error != 0)
    throw BadInput{"cannot create the folder " + folder + ": " +
                   std::generic_category().message(error)};
}

void require_folder(const std::string& folder) {
  std::vector<std::filesystem::path> made;
  int error = folder.empty() ? ENOENT : make_folders(folder, made);
  if (error == 0) {
    const std::string probe = beside((std::filesystem::path(folder) / "file").string());
    const Descriptor file{open_beside(probe, readable_by_all)};
    if (file.get() < 0) error = errno;
    if (file.get() >= 0) const Unfinished part(probe);
  }
  for (auto it = made.rbegin(); it != made.rend(); ++it) ::rmdir(it->c_str());
  if (error != 0)
    throw BadInput{"cannot create files in " + folder + ": " +
                   std::generic_category().message(error)};
}

void require_appendable(const std::string& path) {
  struct stat old {};
  if (::stat(path.c_str(), &old) != 0) return require_writable(path);
  const Descriptor file{::open(path.c_str(), O_RDWR | O_APPEND | O_CLOEXEC)};
  if (file.get() < 0) refuse(path, errno);
}

void write_stdout(std::string_view text) {
  const int error = write_all(STDOUT_FILENO, text);
  if (error != 0 && error != EPIPE)
    throw BadInput{"cannot write to standard output: " + std::generic_category().message(error)};
}

void set_up_standard_files() {
  ::signal(SIGPIPE, SIG_IGN);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::fcntl(fd, F_GETFD) < 0)
      // open() returns the lowest free number, which is `fd`. Standard input is opened for writing,
      // and output for reading, so that a use of `fd` still fails.
      ::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

}  // namespace cpuhp
