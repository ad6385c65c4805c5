// Files for readers that take a path. They are overwritten with each input, so they are kept open.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

namespace cpuhp::fuzz {

inline std::string data_path(const std::string& name) {
  return std::string(CPUHP_SOURCE_DIR) + "/tests/data/scenario/" + name;
}

/// A folder of this process, in memory if the system has such a place, removed at the end.
class Scratch {
 public:
  Scratch() {
    namespace fs = std::filesystem;
    const fs::path memory = "/dev/shm";
    std::error_code error;
    const fs::path root = fs::is_directory(memory, error) ? memory : fs::temp_directory_path();
    std::string name = (root / "cpuhp-fuzz-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
    folder_ = name;
  }
  ~Scratch() {
    for (const auto& [name, file] : files_) close(file);
    std::error_code error;
    std::filesystem::remove_all(folder_, error);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  std::string path(const std::string& name) const { return folder_ + '/' + name; }

  /// Writes a file and returns its path. A file that was moved away or removed is made anew.
  std::string write(const std::string& name, std::string_view bytes) {
    const std::string where = path(name);
    auto [it, fresh] = files_.try_emplace(name, -1);
    if (fresh) it->second = open(where.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (it->second < 0 || ftruncate(it->second, 0) != 0 ||
        pwrite(it->second, bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
      throw std::runtime_error("cannot write " + where);
    return where;
  }
  void copy(const std::string& name) {
    std::filesystem::copy_file(data_path(name), path(name),
                               std::filesystem::copy_options::overwrite_existing);
  }

 private:
  std::string folder_;
  std::map<std::string, int> files_;
};

}  // namespace cpuhp::fuzz
