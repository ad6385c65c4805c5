// Files for the tests of the readers: a folder of its own for each test, with the small table.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "sim/error.hpp"
#include "sim/scenario/scenario.hpp"
#include "tests/file_text.hpp"
#include "tests/sim/test_folder.hpp"

namespace cpuhp {

inline std::string source_path(const std::string& path) {
  return std::string(CPUHP_SOURCE_DIR) + '/' + path;
}

inline void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
}

/// A text that is refused, and the error that it is refused with.
struct BadText {
  const char* name;  ///< of the test
  std::string text;
  std::string error;
};

inline void PrintTo(const BadText& bad, std::ostream* out) { *out << bad.text; }

inline std::string bad_text_name(const testing::TestParamInfo<BadText>& tested) {
  return tested.param.name;
}

class ScenarioFolder : public TestFolder {
 public:
  ScenarioFolder() {
    for (const char* file : {"table.json", "costs.json"})
      std::filesystem::copy_file(source_path("tests/data/scenario/") + file, path(file));
  }

  /// Loads a scenario from this text.
  Scenario load(const std::string& text, const std::vector<SetOverride>& sets = {}) const {
    return load_scenario(write("s.json", text), sets);
  }

  /// Returns the error that `read` throws, without the folder's name; "no error" when it throws
  /// none.
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

/// Returns a scenario with these further members.
inline std::string scenario_with(const std::string& members) {
  return R"({"version": 1, "machine": {"cores": 4}, "table": "table.json")" +
         (members.empty() ? "" : ", " + members) + "}";
}

}  // namespace cpuhp
