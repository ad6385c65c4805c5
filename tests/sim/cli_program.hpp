// Calls cpuhp-sim as a user would.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include "tests/file_text.hpp"

namespace cpuhp {

struct Called {
  int code = -1;
  std::string out;
  std::string err;
};

/// Removes AddressSanitizer's remarks on exceptions that cross SimGrid's stacks: three lines, not
/// ours.
inline std::string without_sanitizer(std::string text) {
  const std::string first = "WARNING: ASan is ignoring", last = "sanitizers/issues/189\n";
  for (std::size_t at; (at = text.find(first)) != std::string::npos;) {
    const std::size_t line = text.rfind('\n', at);
    const std::size_t begin = line == std::string::npos ? 0 : line + 1;
    const std::size_t end = text.find(last, at);
    if (end == std::string::npos) break;
    text.erase(begin, end + last.size() - begin);
  }
  return text;
}

/// A folder in which `scenarios` leads to the repository's, and `cpuhp-sim` to the binary.
class Program {
 public:
  Program() {
    std::string pattern = (std::filesystem::temp_directory_path() / "cpuhp-cli-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) std::abort();
    folder_ = pattern;
    std::filesystem::create_directory(folder_ / "work");
    std::filesystem::create_symlink(CPUHP_SOURCE_DIR "/scenarios", folder_ / "work/scenarios");
    std::filesystem::create_symlink(CPUHP_BINARY, folder_ / "cpuhp-sim");
  }
  /// With this file in it.
  Program(const std::string& file, const std::string& text) : Program() { write(file, text); }
  ~Program() { std::filesystem::remove_all(folder_); }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  std::filesystem::path folder() const { return folder_ / "work"; }
  std::string text(const std::string& file) const { return file_text(folder() / file); }
  void write(const std::string& file, const std::string& text) const {
    std::ofstream(folder() / file, std::ios::binary) << text;
  }
  /// Returns the names of the files that runs have left behind.
  std::set<std::string> files() const {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder()))
      if (entry.path().filename() != "scenarios") names.insert(entry.path().filename().string());
    return names;
  }

  /// Calls the program. `arguments` are written as for a shell; `before` sets variables.
  Called call(const std::string& arguments,
              const std::string& before = "LC_ALL=C COLUMNS=80") const {
    return shell("env " + before + " timeout 120 cpuhp-sim " + arguments);
  }
  /// Runs a line of a shell, in which cpuhp-sim is the program. Its last command may read a pipe.
  Called shell(const std::string& line) const {
    const std::string command = "cd '" + folder().string() + "' && export PATH='" +
                                folder_.string() + "':\"$PATH\" && { " + line + "\n} >'" +
                                (folder_ / "out").string() + "' 2>'" + (folder_ / "err").string() +
                                "' </dev/null";
    const int status = std::system(command.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, file_text(folder_ / "out"),
            without_sanitizer(file_text(folder_ / "err"))};
  }

 private:
  std::filesystem::path folder_;
};

}  // namespace cpuhp
