#include "sim/scenario/file_beside.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <vector>

#include "sim/scenario/suggest.hpp"

namespace cpuhp {

namespace fs = std::filesystem;

std::string file_beside(const std::string& file, const JsonRef& value) {
  const fs::path path = fs::path(file).parent_path() / value->string();
  std::error_code error;
  if (fs::is_regular_file(path, error)) return path.string();
  if (fs::is_directory(path, error))
    value.fail("expected a file, but this path is a folder: " + path.string());
  std::vector<std::string> beside;
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    std::error_code unreadable;
    if (it->is_regular_file(unreadable))
      beside.push_back((fs::path(value->string()).parent_path() / it->path().filename()).string());
  }
  std::sort(beside.begin(), beside.end());
  value.fail("no such file: " + path.string(), nearest(value->string(), beside));
}

}  // namespace cpuhp
