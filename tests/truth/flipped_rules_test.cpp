// Recordings see the rules: with one of them the other way round, the twin of some recording of the
// same kernel differs.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "model/rules.hpp"
#include "sim/conform/conform.hpp"
#include "sim/scenario/table_file.hpp"
#include "tests/file_text.hpp"
#include "tests/sim/test_folder.hpp"
#include "tests/truth/recordings.hpp"

namespace cpuhp {
namespace {

struct FlippedRule {
  const char* kernel;
  const char* rule;
};

const FlippedRule kFlipped[] = {
    {"x86_64-6.1", "decrement_first"},        {"x86_64-5.10", "control_decrements_late"},
    {"x86_64-5.10", "empty_states_called"},   {"x86_64-6.1", "down_via_kworker"},
    {"x86_64-6.1", "last_housekeeping_busy"}, {"x86_64-6.1", "equal_target_noop"},
    {"x86_64-6.1", "boot_cpu_target_online"}, {"x86_64-6.1", "fail_limits"},
    {"ppc64el-6.12", "smt_threads"},          {"x86_64-6.1", "smt_forceoff_first"},
    {"x86_64-6.1", "true_false_words"},       {"x86_64-6.12", "parallel_bringup"},
    {"x86_64-6.12", "primaries_first"},       {"ppc64el-6.12", "smt_skips_offline_cores"},
};

class RuleFlipped : public testing::TestWithParam<FlippedRule> {};

TEST_P(RuleFlipped, IsSeen) {
  const auto& [kernel, rule] = GetParam();
  const std::string path = CPUHP_SOURCE_DIR "/scenarios/tables/" + std::string(kernel) + ".json";
  const Rules rules = load_table(path).table.rules();
  const auto named = [&](const Rule& r) { return r.name == rule; };
  const auto found = std::ranges::find_if(all_rules(), named);
  ASSERT_NE(found, all_rules().end());
  auto table = nlohmann::ordered_json::parse(file_text(path));
  table["rules"][rule] = !(rules.*found->member);
  const TestFolder folder;
  const std::string flipped = folder.write("flipped.json", table.dump());
  std::size_t differ = 0;
  with_bare_simulator([&](Simulator& simulator) {
    for (const std::string& recording : recordings()) {
      if (!recording.starts_with(std::string(kernel) + "/")) continue;
      const Recording r = read_recording((kRecordings / recording).string());
      Conformance c = prepare_conformance(r, flipped, "twin.json");
      run_conformance(c, simulator);
      differ += c.identical() < c.operations() ? 1 : 0;
    }
  });
  EXPECT_GT(differ, 0u);
}

INSTANTIATE_TEST_SUITE_P(Of, RuleFlipped, testing::ValuesIn(kFlipped), [](const auto& tested) {
  return test_name(tested.param.kernel) + "_" + tested.param.rule;
});

}  // namespace
}  // namespace cpuhp
