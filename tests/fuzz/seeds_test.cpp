// Each target on each of its seeds: what was found once is not found again, and no target rots.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "tests/file_text.hpp"
#include "tests/fuzz/targets.hpp"

namespace cpuhp::fuzz {
namespace {

class Seeds : public testing::TestWithParam<Target> {};

TEST_P(Seeds, AreSurvived) {
  const Target& target = GetParam();
  std::size_t tried = 0;
  const std::filesystem::path folder(CPUHP_SOURCE_DIR "/tests/fuzz/seeds/" +
                                     std::string(target.seeds));
  for (const auto& seed : std::filesystem::directory_iterator(folder)) {
    SCOPED_TRACE(seed.path().string());
    const std::string bytes = file_text(seed.path());
    EXPECT_NO_THROW(target.run(bytes));
    ++tried;
  }
  EXPECT_GE(tried, 3u);
}

INSTANTIATE_TEST_SUITE_P(OfTarget, Seeds,
                         testing::ValuesIn(all_targets().begin(), all_targets().end()),
                         [](const auto& tested) {
                           std::string name(tested.param.name);
                           std::erase(name, '.');
                           return name;
                         });

}  // namespace
}  // namespace cpuhp::fuzz
