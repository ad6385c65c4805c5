// The recordings of real kernels, and the table of each.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <string>
#include <vector>

namespace cpuhp {

inline const std::filesystem::path kRecordings = CPUHP_SOURCE_DIR "/tests/truth/recordings";

/// Returns all recordings in order, such as "x86_64-6.1/A-boot-smp4.txt.gz".
inline std::vector<std::string> recordings() {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(kRecordings))
    if (entry.path().filename().string().ends_with(".txt.gz"))
      found.push_back(entry.path().lexically_relative(kRecordings).string());
  std::sort(found.begin(), found.end());
  return found;
}

/// Returns the path of the table that was imported from the same kernel's files.
inline std::string table_path(const std::string& recording) {
  return CPUHP_SOURCE_DIR "/scenarios/tables/" + recording.substr(0, recording.find('/')) + ".json";
}

/// Returns a text as the name of a test: whatever is no letter and no digit becomes '_'.
inline std::string test_name(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return !std::isalnum(c); }, '_');
  return text;
}

inline std::string recording_name(const testing::TestParamInfo<std::string>& tested) {
  return test_name(tested.param.substr(0, tested.param.find(".txt")));
}

}  // namespace cpuhp
