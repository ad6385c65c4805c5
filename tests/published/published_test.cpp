// Every file of scenarios/published/: its figures within their tolerances, and in their order.
// docs/validation.md shows the residuals, and how many figures are predicted.
//
// CPUHP_UPDATE=1 rewrites the tables of docs/validation.md.
#include "sim/analysis/published.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

#include "sim/error.hpp"
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

/// Compares the figures of a file, once for all tests: an offline of half of 1,920 CPUs is long.
const std::vector<Residual>& residuals_of(const std::string& file) {
  static std::map<std::string, std::vector<Residual>> done;
  const auto [found, is_new] = done.try_emplace(file);
  if (is_new)
    with_bare_simulator([&](Simulator& s) { found->second = residuals(load_published(file), s); });
  return found->second;
}

class PublishedFigures : public testing::TestWithParam<std::string> {
 protected:
  const std::vector<Residual>& all = residuals_of(GetParam());
};

TEST_P(PublishedFigures, AreWithinTheirTolerances) {
  for (const Residual& r : all)
    EXPECT_TRUE(r.ok()) << r.id << " " << r.what << ", " << r.of << ": published " << r.published.v
                        << " ns, simulated " << r.simulated.v << " ns, " << r.permille()
                        << " permille of " << *r.tolerance;
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
/// one. The values of a row count as one.
TEST(Published, TheirStandingsAreShownInTheValidationPage) {
  std::map<std::string_view, int> n;
  for (const std::string& file : published_files()) {
    const std::vector<Residual>& all = residuals_of(file);
    for (const std::size_t i : shown_figures(all)) ++n[all[i].standing()];
  }
  EXPECT_GE(n["predicted"], 1);
  std::string head, rule, line;
  for (const char* standing : {"fitted", "follows", "predicted", "shown", "not predicted"}) {
    head += std::string("| ") + standing + ' ';
    rule += "|--:";
    line += "| " + std::to_string(n[standing]) + ' ';
  }
  test::expect_section("docs/validation.md", "standings",
                       head + "|\n" + rule + "|\n" + line + "|\n");
}

TEST(Residual, SaysWhatAFigureIsWorth) {
  EXPECT_EQ((Residual{.tolerance = 25, .fitted = "kick"}).standing(), "fitted");
  EXPECT_EQ((Residual{.tolerance = 25, .follows = "E and G"}).standing(), "follows");
  EXPECT_EQ(Residual{.tolerance = 25}.standing(), "predicted");
  EXPECT_EQ(Residual{}.standing(), "shown");
  EXPECT_EQ(Residual{.not_predicted = "no law"}.role(), "not predicted: no law");
}

TEST(Residual, OfValuesTheOneFarthestOffIsShown) {
  const auto value = [](const char* row, const char* of, Ns simulated) {
    return Residual{.id = row, .of = of, .published = 1_ms, .simulated = simulated};
  };
  const std::vector<Residual> all{value("a", "total", 1_ms), value("a", "CPU 1", 2_ms),
                                  value("a", "CPU 2", 3_ms), value("a", "CPU 3", 1_ms),
                                  value("b", "CPU 1", 1_ms)};
  EXPECT_EQ(shown_figures(all), (std::vector<std::size_t>{0, 2, 4}));
  EXPECT_NE(residual_table(all).find("| worst: CPU 2 |"), std::string::npos);
}

/// A run of two CPUs that suspends and resumes, with rows of run time.
class RunTimeRows : public testing::Test {
 protected:
  static Published with_row(const std::string& row) {
    const std::string file = testing::TempDir() + "run-time-rows.json";
    std::ofstream(file) << R"({"version": 1, "kind": "cpuhp-published", "name": "n", "source": "s",
      "scenario": ")" << kSource
                        << R"(/scenarios/runtime/one-cpu.json", "runs": {"r": {"set": [
        "/machine={\"cores\":4}",
        "/operations=[{\"op\":\"boot\"},{\"op\":\"suspend\"},{\"op\":\"resume\"}]",
        "/expect={}"]}},
      "rows": [{"id": "x", "what": "w", "run": "r", )"
                        << row << "}]}";
    return load_published(file);
  }
  static std::vector<Residual> measured(const std::string& row) {
    std::vector<Residual> all;
    with_bare_simulator([&](Simulator& s) { all = residuals(with_row(row), s); });
    return all;
  }
  static std::string refusal(const std::string& row) {
    try {
      measured(row);
    } catch (const BadInput& error) {
      return error.message;
    }
    return "accepted";
  }
};

TEST_F(RunTimeRows, IntervalsOfASeriesAddUpToNearlyAllOfIt) {
  const std::vector<Residual> resume =
      measured(R"("quantity": "operations", "operations": "resume", "total_ns": 1)");
  const std::vector<Residual> each =
      measured(R"("quantity": "interval", "operations": 2, "cpus": "1-3", "values_ns": [1, 1, 1])");
  ASSERT_EQ(each.size(), 4u);
  EXPECT_EQ(each[1].of, "CPU 1");
  EXPECT_EQ(each[0].simulated, each[1].simulated + each[2].simulated + each[3].simulated);
  EXPECT_LT(each[0].simulated, resume[0].simulated);
  EXPECT_GT(each[0].simulated.v * 100, resume[0].simulated.v * 95);
}

TEST_F(RunTimeRows, DeathsAreMeasuredInAscendingOrder) {
  const std::vector<Residual> all =
      measured(R"("quantity": "die", "cpus": "1-3", "values_ns": [5000, 5000, 5000])");
  for (const Residual& r : all) EXPECT_EQ(r.permille(), 0) << r.of;
}

TEST_F(RunTimeRows, RefuseWhatTheyCannotMeasure) {
  EXPECT_EQ(refusal(R"("quantity": "operations", "total_ns": 1)"),
            "the quantities \"operations\" and \"interval\" need the key \"operations\", and no "
            "other quantity has it");
  EXPECT_EQ(refusal(R"("quantity": "operations", "operations": 3, "total_ns": 1)"),
            "run r has no operation 3");
  EXPECT_EQ(refusal(R"("quantity": "operations", "operations": "down", "total_ns": 1)"),
            "run r has no operation \"down\"");
  EXPECT_EQ(refusal(R"("quantity": "boot", "values_ns": [1])"),
            "expected \"quantity\" to be \"operations\", \"interval\", \"die\", \"up\" or "
            "\"down\"");
  EXPECT_EQ(refusal(R"("quantity": "die", "cpus": "1-3", "values_ns": [1])"),
            "expected one value for each of the 3 CPUs of \"cpus\", found 1");
  EXPECT_EQ(refusal(R"("quantity": "die", "cpus": "1-2",
                       "values_ns": [1000000000000000, 1])"),
            "expected a sum of at most 1000000000000000 ns");
  EXPECT_EQ(refusal(R"("quantity": "operations", "operations": 1, "values_ns": [1, 1])"),
            "row x, w: \"values_ns\" has 2 values, the simulated run 1");
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
