// Each historical bug of CPU hotplug: its scenario shows the symptom with the defect, by the right
// invariant, and is clean without it. One file a bug, named after the commit that fixed it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "model/checks/checks.hpp"
#include "model/judged_run.hpp"
#include "sim/analysis/expectations.hpp"
#include "sim/run/run.hpp"
#include "sim/scenario/scenario.hpp"
#include "tests/file_text.hpp"

namespace cpuhp {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::IsEmpty;

std::vector<fs::path> files(const fs::path& folder, const std::string& ending) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.path().extension() == ending) found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  return found;
}

struct Outcome {
  std::set<std::string> invariants;
  std::string story;  ///< the findings, a line each
  bool ok = false;    ///< no hang, no panic
  bool as_expected = false;
};

Outcome outcome(const Scenario& scenario) {
  Outcome out;
  with_bare_simulator([&](Simulator& s) {
    const RunResult r = s.run(scenario.config);
    const std::vector<Finding> found = check_all(r.stream, judged_by(scenario.config, r.ok()));
    for (const Finding& f : found) {
      out.invariants.insert(f.invariant);
      out.story += f.invariant + ": " + f.text + '\n';
    }
    out.ok = r.ok();
    const auto expectations = check_expectations(scenario, r, {.findings = &found});
    out.as_expected = std::all_of(expectations.begin(), expectations.end(),
                                  [](const Expectation& e) { return e.holds; });
  });
  return out;
}

class History : public testing::TestWithParam<fs::path> {};

TEST_P(History, TheDefectIsCaughtAndWithoutItTheRunIsClean) {
  const auto bug = nlohmann::json::parse(file_text(GetParam()));
  const std::string path = CPUHP_SOURCE_DIR "/" + bug.at("scenario").get<std::string>();
  EXPECT_EQ(fs::path(path).stem(), GetParam().stem());
  Scenario scenario = load_scenario(path);
  const auto defect = defect_by_name(bug.at("defect").get<std::string>());
  ASSERT_TRUE(defect);
  Defects only;
  only.set(static_cast<std::size_t>(*defect));
  EXPECT_EQ(scenario.config.defects, only) << "one defect, and this one";

  const Outcome with = outcome(scenario);
  EXPECT_THAT(with.invariants, Contains(bug.at("caught_by").get<std::string>())) << with.story;
  EXPECT_TRUE(with.as_expected) << with.story;

  scenario.config.defects.reset();
  const Outcome without = outcome(scenario);
  EXPECT_THAT(without.invariants, IsEmpty()) << without.story;
  EXPECT_TRUE(without.ok);
}

/// The bugs by order alone: the dates of the scenario's costs do not show them. Their files say what
/// delays a CPU so that another order comes out: `by_order`, a part of the scenario.
std::vector<fs::path> by_order_alone() {
  std::vector<fs::path> found = files(CPUHP_SOURCE_DIR "/tests/history", ".json");
  std::erase_if(found, [](const fs::path& file) {
    return !nlohmann::json::parse(file_text(file)).contains("by_order");
  });
  return found;
}

TEST(Defects, ABugByOrderAloneNeedsItsDelay) {
  const std::vector<fs::path> bugs = by_order_alone();
  EXPECT_GE(bugs.size(), 2u);
  for (const fs::path& file : bugs) {
    SCOPED_TRACE(file.string());
    const auto bug = nlohmann::json::parse(file_text(file));
    Scenario scenario = load_scenario(CPUHP_SOURCE_DIR "/" + bug.at("scenario").get<std::string>());
    ASSERT_TRUE(scenario.config.defects.any());
    const auto delay = bug.at("by_order").get<std::string>();
    ASSERT_TRUE(delay == "faults" || delay == "readers") << delay;
    ASSERT_NE(scenario.config.faults.empty(), scenario.config.readers.empty());
    scenario.config.faults.clear();
    scenario.config.readers.clear();
    scenario.expect = {};
    const Outcome in_order = outcome(scenario);
    EXPECT_THAT(in_order.invariants, IsEmpty()) << in_order.story;
    EXPECT_TRUE(in_order.ok);
  }
}

INSTANTIATE_TEST_SUITE_P(Bugs, History,
                         testing::ValuesIn(files(CPUHP_SOURCE_DIR "/tests/history", ".json")),
                         [](const auto& bug) {
                           std::string name = bug.param.stem();
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(Defects, AreReadAtOnePlaceEach) {
  std::map<std::string, int> places;
  const std::regex use("Defect::([A-Z][A-Za-z0-9]*)");
  for (const char* ending : {".cpp", ".hpp"})
    for (const fs::path& file : files(CPUHP_SOURCE_DIR "/model", ending)) {
      if (file.filename() == "defects.hpp") continue;
      const std::string text = file_text(file);
      for (std::sregex_iterator it(text.begin(), text.end(), use), end; it != end; ++it)
        ++places[(*it)[1]];
    }
  EXPECT_EQ(places.size(), kDefects);
  for (const auto& [name, count] : places) EXPECT_EQ(count, 1) << name;
}

TEST(Defects, HaveABugEachAndAtLeastFiftyAreShown) {
  std::set<std::string> shown;
  for (const fs::path& file : files(CPUHP_SOURCE_DIR "/tests/history", ".json"))
    shown.insert(nlohmann::json::parse(file_text(file)).at("bug").get<std::string>());
  EXPECT_GE(shown.size(), 50u);
}

}  // namespace
}  // namespace cpuhp
