#include "sim/library/data.hpp"

#include <dlfcn.h>

#include <filesystem>
#include <string>

#include "cpuhp/cpuhp.hpp"
#include "sim/input_file.hpp"
#include "sim/version.hpp"

namespace cpuhp::api {
namespace {

/// Returns the folder of the library's file; empty when the system does not tell.
std::string library_folder() {
  Dl_info info{};
  if (::dladdr(reinterpret_cast<const void*>(&find_data), &info) == 0) return {};
  std::error_code error;
  return std::filesystem::weakly_canonical(info.dli_fname, error).parent_path().string();
}

bool set_folders() {
  const std::string own = library_folder();
  set_data_folders({own + "/" CPUHP_TO_DATA, own + "/..", std::string(CPUHP_DATA)});
  return true;
}

}  // namespace

void find_data() { [[maybe_unused]] static const bool found = set_folders(); }

const char* version() { return ::cpuhp::version(); }

}  // namespace cpuhp::api
