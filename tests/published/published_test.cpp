// Every file of scenarios/published/: its figures within their tolerances, and in their order.
// docs/validation.md shows the residuals, and how many figures are predicted.
//
// CPUHP_UPDATE=1 rewrites the tables of docs/validation.md.
#include "sim/analysis/published.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "tests/page_section.hpp"

namespace cpuhp {
namespace {

namespace fs = std::filesystem;

const std::string kSource = CPUHP_SOURCE_DIR;

std::vector<std::string> published_files() {
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(kSource + "/scenarios/published"))
    files.push_back(entry.path().string());
  std::sort(files.begin(), files.end());
  return files;
}

std::string stem(const std::string& path) { return fs::path(path).stem().string(); }

class PublishedFigures : public testing::TestWithParam<std::string> {
 protected:
  PublishedFigures() : published(load_published(GetParam())) {
    with_bare_simulator([&](Simulator& s) { all = residuals(published, s); });
  }

  Published published;
  std::vector<Residual> all;
};

TEST_P(PublishedFigures, AreWithinTheirTolerances) {
  for (const Residual& r : all)
    EXPECT_TRUE(r.ok()) << r.id << " " << r.what << ", " << r.of << ": published "
                        << r.published.v << " ns, simulated " << r.simulated.v << " ns, "
                        << r.permille() << " permille of " << *r.tolerance;
}

TEST_P(PublishedFigures, AreInTheirOrder) {
  EXPECT_EQ(order_breaks(all), std::vector<std::string>());
}

TEST_P(PublishedFigures, AreShownInTheValidationPage) {
  test::expect_section("docs/validation.md", "residuals: " + stem(GetParam()), residual_table(all));
}

INSTANTIATE_TEST_SUITE_P(Files, PublishedFigures, testing::ValuesIn(published_files()),
                         [](const auto& test) {
                           std::string name = stem(test.param);
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

/// The page says how many figures are predictions, so that nobody takes a sum of fitted figures for
/// one.
TEST(Published, TheirStandingsAreShownInTheValidationPage) {
  std::map<std::string_view, int> n;
  with_bare_simulator([&](Simulator& s) {
    for (const std::string& file : published_files())
      for (const Residual& r : residuals(load_published(file), s)) ++n[r.standing()];
  });
  EXPECT_GE(n["predicted"], 1);
  test::expect_section("docs/validation.md", "standings",
                       "| fitted | follows | predicted | shown |\n|--:|--:|--:|--:|\n| " +
                           std::to_string(n["fitted"]) + " | " + std::to_string(n["follows"]) +
                           " | " + std::to_string(n["predicted"]) + " | " +
                           std::to_string(n["shown"]) + " |\n");
}

TEST(Residual, SaysWhatAFigureIsWorth) {
  EXPECT_EQ((Residual{.tolerance = 25, .fitted = "kick"}).standing(), "fitted");
  EXPECT_EQ((Residual{.tolerance = 25, .follows = "E and G"}).standing(), "follows");
  EXPECT_EQ(Residual{.tolerance = 25}.standing(), "predicted");
  EXPECT_EQ(Residual{}.standing(), "shown");
}

/// Residuals can fail: another machine's costs are out of the tolerances and out of order.
TEST(Published, AWrongProfileIsSeen) {
  Published p = load_published(kSource + "/scenarios/published/skylake-112.json");
  for (PublishedRun& run : p.runs) run.scenario.config.costs.phase(Phase::Microcode) = Cost{};
  with_bare_simulator([&](Simulator& s) {
    const std::vector<Residual> all = residuals(p, s);
    EXPECT_GE(std::count_if(all.begin(), all.end(), [](const Residual& r) { return !r.ok(); }), 4);
  });
}

TEST(Residual, IsRoundedAwayFromZero) {
  EXPECT_EQ((Residual{.published = Ns{1000}, .simulated = Ns{1025}}.permille()), 25);
  EXPECT_EQ((Residual{.published = Ns{100'000}, .simulated = Ns{102'501}}.permille()), 26);
  EXPECT_EQ((Residual{.published = Ns{100'000}, .simulated = Ns{97'499}}.permille()), -26);
}

}  // namespace
}  // namespace cpuhp
