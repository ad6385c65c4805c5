#include "sim/scenario/file_beside.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <vector>

#include "sim/input_file.hpp"
#include "sim/scenario/suggest.hpp"

namespace cpuhp {

namespace fs = std::filesystem;

std::string file_beside(const std::string& file, const std::string& named) {
  const std::string beside = (fs::path(file).parent_path() / named).string();
  std::error_code error;
  if (fs::exists(found_file(beside), error)) return beside;
  const std::string installed = installed_file(named);
  return installed.empty() ? beside : installed;
}

std::string file_beside(const std::string& file, const JsonRef& value) {
  const std::string found = file_beside(file, value->string());
  std::error_code error;
  if (fs::is_regular_file(found_file(found), error)) return found;
  const fs::path path = found;
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
