// Every file of scenarios/published/: its figures within their tolerances, in their order, and at
// least two fifths of those that repeat no other predicted. docs/validation.md shows the residuals.
//
// CPUHP_UPDATE=1 rewrites the tables of docs/validation.md.
#include "sim/analysis/published.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

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
    EXPECT_TRUE(r.ok()) << r.id << " " << r.what << (r.max ? ", max" : "") << ": published "
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

/// A figure that nobody compares, or a comparison with itself, would not be a prediction.
TEST(Published, TwoFifthsOfTheIndependentFiguresArePredicted) {
  int compared = 0, predicted = 0;
  with_bare_simulator([&](Simulator& s) {
    for (const std::string& file : published_files()) {
      for (const Residual& r : residuals(load_published(file), s)) {
        if (!r.tolerance || !r.repeats.empty()) continue;
        ++compared;
        predicted += r.fitted.empty() ? 1 : 0;
      }
    }
  });
  EXPECT_GE(predicted * 5, compared * 2) << predicted << " of " << compared;
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
