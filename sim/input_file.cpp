#include "sim/input_file.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <set>
#include <string_view>
#include <system_error>

#include "sim/error.hpp"
#include "sim/log.hpp"

namespace cpuhp {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> data_folders;

/// Standard input, copied as far as somebody wanted it.
struct StandardInput {
  int copy = -1;  ///< a file in memory
  std::size_t bytes = 0;
  bool complete = false;
};

[[noreturn]] void refuse_input() {
  throw BadInput{{.file = shown_file("-"),
                  .message = "cannot be read: " + std::generic_category().message(errno)}};
}

void write_to_copy(int copy, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(copy, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) refuse_input();
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

/// Copies more of standard input, until the copy is larger than `most` or complete.
void copy_more(StandardInput& input, std::size_t most) {
  if (input.copy < 0) input.copy = ::memfd_create("standard input", MFD_CLOEXEC);
  if (input.copy < 0) refuse_input();
  std::array<char, 1 << 16> block;
  while (!input.complete && input.bytes <= most) {
    const ssize_t n = ::read(STDIN_FILENO, block.data(), block.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) refuse_input();
    input.complete = n == 0;
    input.bytes += static_cast<std::size_t>(n);
    write_to_copy(input.copy, {block.data(), static_cast<std::size_t>(n)});
  }
}

void log_once(const std::string& named, const std::string& path) {
  static std::set<std::string> logged;
  if (!logger()->should_log(spdlog::level::info) || !logged.insert(named).second) return;
  if (path == named || is_standard_input(named))
    logger()->info("reads {}", shown_file(named));
  else
    logger()->info("reads {}, which came with cpuhp-sim: {}", named, path);
}

}  // namespace

void set_data_folders(const std::vector<std::string>& candidates) {
  data_folders.clear();
  std::error_code error;
  for (const std::string& folder : candidates)
    if (fs::exists(folder + "/scenarios/schema.json", error))
      data_folders.push_back(fs::weakly_canonical(folder, error).string());
}

std::string found_file(const std::string& named) {
  std::error_code error;
  if (is_standard_input(named) || fs::exists(named, error)) return named;
  const std::string installed = installed_file(named);
  return installed.empty() ? named : installed;
}

std::string installed_file(const std::string& named) {
  std::error_code error;
  const fs::path path = named;
  if (path.empty() || path.is_absolute()) return {};
  for (const fs::path folder : data_folders)
    for (const fs::path& candidate : {folder / path, folder / "scenarios" / path})
      if (fs::exists(candidate, error)) return candidate.lexically_normal().string();
  return {};
}

bool is_standard_input(const std::string& named) { return named == "-"; }

std::string shown_file(const std::string& named) {
  return is_standard_input(named) ? "standard input" : named;
}

std::string path_to_open(const std::string& named, std::size_t most) {
  std::string path = found_file(named);
  if (is_standard_input(named)) {
    static StandardInput input;
    copy_more(input, most);
    path = "/proc/self/fd/" + std::to_string(input.copy);
  }
  log_once(named, path);
  return path;
}

}  // namespace cpuhp
