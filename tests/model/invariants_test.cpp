// Each invariant of the list, I1 to I42, has a mutant that trips it, or a reason why not.
#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <set>
#include <string>

#include "tests/file_text.hpp"

namespace cpuhp {
namespace {

constexpr int kInvariants = 42;

/// Those without a mutant, each with its reason.
const std::map<int, const char*> kWithout{
    // I9 is what no check may say: one-sided states may run again. Walks.OneSidedStatesRunAgainI9
    // shows that none says so, and that they are expected there all the same.
    {9, "an exemption from I8, not a promise"},
};

/// The numbers that a test's source expects to be found: `{"I5", base, change}` of a table of
/// mutants, `Set{"I5"}` and `contains("I5")` of a test of one.
std::set<int> expected_in(const std::string& source) {
  static const std::regex kExpected(
      R"re((?:^|\n)\s*\{"I(\d+)",|Set\{"I(\d+)"\}|contains\("I(\d+)"\))re");
  std::set<int> found;
  for (std::sregex_iterator m(source.begin(), source.end(), kExpected), end; m != end; ++m)
    for (std::size_t group = 1; group <= 3; ++group)
      if ((*m)[group].matched) found.insert(std::stoi((*m)[group]));
  return found;
}

TEST(Invariants, EachHasAMutantOrAReason) {
  std::set<int> mutants;
  for (const char* file : {"checks_test.cpp", "walks_test.cpp"}) {
    const std::set<int> found =
        expected_in(file_text(std::string(CPUHP_SOURCE_DIR "/tests/model/") + file));
    EXPECT_GT(found.size(), 5u) << file << " is not read as it is written";
    mutants.insert(found.begin(), found.end());
  }
  for (int i = 1; i <= kInvariants; ++i)
    EXPECT_NE(mutants.contains(i), kWithout.contains(i)) << "I" << i;
}

TEST(Invariants, AMentionIsNoMutant) {
  EXPECT_EQ(expected_in("// I1\nEXPECT_EQ(x, \"I2\");"), std::set<int>{});
  EXPECT_EQ(expected_in("    {\"I3\", cycle, [](Seen& s) {}},\n"), std::set<int>{3});
  EXPECT_EQ(expected_in("EXPECT_EQ(m.broken(), Set{\"I4\"});"), std::set<int>{4});
  EXPECT_EQ(expected_in("EXPECT_TRUE(m.broken().contains(\"I25\"));"), std::set<int>{25});
}

}  // namespace
}  // namespace cpuhp
