// KTAP: whatever a test is named and says, each line is one that a reader takes for what it is.
// tests/ktap/ reads the output of the commands.
#include "sim/report/ktap.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace cpuhp {
namespace {

using Result = KtapTest::Result;
using testing::HasSubstr;
using testing::Not;

std::ptrdiff_t lines_with(const std::string& text, const std::string& begin) {
  std::ptrdiff_t count = 0;
  for (std::size_t at = 0; at != std::string::npos; at = text.find('\n', at)) {
    at += at == 0 ? 0 : 1;
    if (text.compare(at, begin.size(), begin) == 0) ++count;
    if (at >= text.size()) break;
  }
  return count;
}

TEST(Ktap, NestsAsReadersExpect) {
  const KtapTest inner = ktap_group("inner", {ktap_test("bad", "why\n\n  more\n")}, "of inner");
  EXPECT_EQ(
      ktap_text({ktap_group("outer", {ktap_test("good", ""), ktap_skip("no", "not here"), inner}),
                 ktap_test("last", "")}),
      "KTAP version 1\n"
      "1..2\n"
      "  KTAP version 1\n"
      "  1..3\n"
      "  ok 1 good\n"
      "  ok 2 no # SKIP not here\n"
      "    KTAP version 1\n"
      "    1..1\n"
      "    # why\n"
      "    #\n"
      "    #   more\n"
      "    not ok 1 bad\n"
      "  # of inner\n"
      "  not ok 3 inner\n"
      "not ok 1 outer\n"
      "ok 2 last\n");
}

TEST(Ktap, AGroupIsWhatItsTestsAre) {
  const KtapTest ok = ktap_test("a", ""), bad = ktap_test("b", "x"), skip = ktap_skip("c", "y");
  EXPECT_EQ(ktap_group("g", {ok, skip}).result, Result::Ok);
  EXPECT_EQ(ktap_group("g", {ok, bad, skip}).result, Result::NotOk);
  EXPECT_EQ(ktap_group("g", {skip, skip}).result, Result::Skip);
  EXPECT_EQ(ktap_group("g", {bad, skip}).result, Result::NotOk);
  EXPECT_EQ(ktap_group("g", {}).result, Result::Ok);
  EXPECT_EQ(ktap_text({ktap_group("g", {})}), "KTAP version 1\n1..1\nok 1 g\n");
}

TEST(Ktap, EscapesWhatWouldBeReadAsSomethingElse) {
  EXPECT_EQ(ktap_escaped("a # SKIP b\nok 2\tc\x1b[1m\x7f"), "a %23 SKIP b%0Aok 2%09c%1B[1m%7F");
  EXPECT_EQ(ktap_escaped("caf\xc3\xa9: cpu1/online up"), "caf\xc3\xa9: cpu1/online up");
  const std::string text = ktap_text({ktap_skip("n # SKIP me\nnot ok 1", "r # \n1..7")});
  EXPECT_EQ(text, "KTAP version 1\n1..1\nok 1 n %23 SKIP me%0Anot ok 1 # SKIP r %23 %0A1..7\n");
  EXPECT_EQ(ktap_text({ktap_test("a", "x\ty\r\x1bz\n")}),
            "KTAP version 1\n1..1\n# x y  z\nnot ok 1 a\n");
}

TEST(Ktap, SameNamesOfAGroupGetNumbers) {
  const KtapTest t = ktap_test("t", "");
  const KtapTest g = ktap_group("g", {t, t, ktap_test("t (3)", ""), t, ktap_test("u", ""), t});
  std::vector<std::string> names;
  for (const KtapTest& one : g.subtests) names.push_back(one.name);
  EXPECT_THAT(names, testing::ElementsAre("t", "t (2)", "t (3)", "t (4)", "u", "t (5)"));
}

TEST(Ktap, DiagnosticsAreBounded) {
  std::string lines;
  for (std::size_t i = 1; i <= kKtapLinesMax + 5; ++i) lines += "line " + std::to_string(i) + '\n';
  const std::string one = ktap_text({ktap_test("t", lines)});
  EXPECT_THAT(one, HasSubstr("# line 60\n# ... and 5 more lines\nnot ok 1 t\n"));
  EXPECT_THAT(one, Not(HasSubstr("line 61")));

  const std::size_t tests = 2 * kKtapLinesInAll / kKtapLinesMax;
  const std::string all =
      ktap_text({ktap_group("g", std::vector<KtapTest>(tests, ktap_test("t", lines)))});
  const auto comments = lines_with(all, "  # ");
  EXPECT_GE(comments, static_cast<std::ptrdiff_t>(kKtapLinesInAll));
  EXPECT_LE(comments, static_cast<std::ptrdiff_t>(kKtapLinesInAll + kKtapLinesMax + 1 + 2 * tests));
  EXPECT_EQ(lines_with(all, "  # line 1\n"), static_cast<std::ptrdiff_t>(tests))
      << "each test says something";
  EXPECT_THAT(all, HasSubstr("  # line 1\n  # ... and 64 more lines\n  not ok "));
}

}  // namespace
}  // namespace cpuhp
