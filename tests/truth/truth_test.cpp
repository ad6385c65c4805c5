// Every recording of a real kernel, replayed: each operation comes out as it was recorded.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "sim/conform/conform.hpp"
#include "sim/report/conform_report.hpp"

namespace cpuhp {
namespace {

namespace fs = std::filesystem;

const fs::path kRecordings = CPUHP_SOURCE_DIR "/tests/truth/recordings";

/// "x86_64-6.1/A-boot-smp4.txt.gz", all of them, in order.
std::vector<std::string> recordings() {
  std::vector<std::string> found;
  for (const auto& entry : fs::recursive_directory_iterator(kRecordings))
    if (entry.path().filename().string().ends_with(".txt.gz"))
      found.push_back(entry.path().lexically_relative(kRecordings).string());
  std::sort(found.begin(), found.end());
  return found;
}

/// The table that was imported from the same kernel's files.
std::string table_of(const std::string& recording) {
  return CPUHP_SOURCE_DIR "/scenarios/tables/" + recording.substr(0, recording.find('/')) + ".json";
}

Conformance replayed(const std::string& recording) {
  const Recording r = read_recording((kRecordings / recording).string());
  Conformance c = prepare_conformance(r, table_of(recording), "twin.json");
  with_simulator(max_cpus(c), [&](Simulator& s) { run_conformance(c, s); });
  return c;
}

class Truth : public testing::TestWithParam<std::string> {};

TEST_P(Truth, IsReproduced) {
  const Conformance c = replayed(GetParam());
  EXPECT_GT(c.operations(), 0u);
  EXPECT_TRUE(c.ok()) << conform_text(c, {});
}

INSTANTIATE_TEST_SUITE_P(Recordings, Truth, testing::ValuesIn(recordings()),
                         [](const testing::TestParamInfo<std::string>& tested) {
                           std::string name = tested.param.substr(0, tested.param.find(".txt"));
                           std::replace_if(
                               name.begin(), name.end(),
                               [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); },
                               '_');
                           return name;
                         });

}  // namespace
}  // namespace cpuhp
