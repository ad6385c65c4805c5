// Files for the tests of the readers: a folder of its own for each test, with the small table.
//
//   ScenarioFolder folder;
//   folder.write("s.json", R"({"version": 1, ...})");
//   folder.error("s.json");    // "s.json:1:3: ...", the folder's own name left out
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "sim/error.hpp"
#include "sim/scenario/scenario.hpp"
#include "tests/sim/test_folder.hpp"

namespace cpuhp {

inline std::string source_path(const std::string& path) {
  return std::string(CPUHP_SOURCE_DIR) + '/' + path;
}

inline std::string file_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

inline void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
}

class ScenarioFolder : public TestFolder {
 public:
  ScenarioFolder() {
    for (const char* file : {"table.json", "costs.json"})
      std::filesystem::copy_file(source_path("tests/data/scenario/") + file, path(file));
  }

  /// A scenario of this text, loaded.
  Scenario load(const std::string& text, const std::vector<SetOverride>& sets = {}) const {
    return load_scenario(write("s.json", text), sets);
  }

  /// The error that `read` throws; "no error" when it does not.
  template <typename Read>
  std::string error_of(Read read) const {
    try {
      read();
    } catch (const BadInput& error) {
      std::string what = error.what();
      replace_all(what, path(""), "");
      return what;
    }
    return "no error";
  }

  std::string error(const std::string& text, const std::vector<SetOverride>& sets = {}) const {
    return error_of([&] { load(text, sets); });
  }
};

/// A scenario with these further members.
inline std::string scenario_with(const std::string& members) {
  return R"({"version": 1, "machine": {"cores": 4}, "table": "table.json")" +
         (members.empty() ? "" : ", " + members) + "}";
}

}  // namespace cpuhp
