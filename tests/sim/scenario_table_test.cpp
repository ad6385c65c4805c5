// Tables and cost profiles: bad files, each with its sentence.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/error.hpp"
#include "sim/scenario/costs_file.hpp"
#include "sim/scenario/rules_shape.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/scenario/table_file.hpp"
#include "tests/sim/scenario_files.hpp"

namespace cpuhp {
namespace {

/// The small table or profile with one text replaced by another.
std::string changed_file(const std::string& file, const std::string& from, const std::string& to) {
  std::string text = file_text(source_path("tests/data/scenario/" + file));
  EXPECT_NE(text.find(from), std::string::npos) << from;
  replace_all(text, from, to);
  return text;
}

// Where the number before cpu:bringup is taken, no design can kick first and wait later.
TEST(Table, NoRoomForASplitStartUp) {
  const auto error = [](const std::string& table, const std::string& design) -> std::string {
    const std::string text = R"({"version": 1, "machine": {"cores": 2}, "table": ")" +
                             source_path("scenarios/tables/" + table) + R"(", "design": ")" +
                             design + R"("})";
    try {
      parse_scenario(text, "s.json");
    } catch (const BadInput& bad) {
      return bad.message;
    }
    return "no error";
  };
  for (const char* design : {"parallel", "async"})
    for (const char* table : {"v4.5", "v4.6"})
      EXPECT_EQ(error(table + std::string(".json"), design),
                "the " + std::string(design) +
                    " design needs a state cpu:kick_ap right before cpu:bringup, but in table " +
                    table + " another state has that number");
  for (const char* design : {"notifier", "symmetric"})
    EXPECT_EQ(error("v4.6.json", design), "no error");
  EXPECT_EQ(error("x86_64-5.10.json", "async"), "no error");
}

struct TableChange {
  const char* name;
  std::string from, to;
  std::string error;
};

void PrintTo(const TableChange& change, std::ostream* out) { *out << change.from << change.to; }

class BadTable : public testing::TestWithParam<TableChange> {};

TEST_P(BadTable, IsRefused) {
  const ScenarioFolder folder;
  const std::string path =
      folder.write("t.json", changed_file("table.json", GetParam().from, GetParam().to));
  EXPECT_EQ(folder.error_of([&] { load_table(path); }), GetParam().error);
}

const TableChange kBadTables[] = {
    {"Unchanged", "small", "small", "no error"},
    {"IdTwice", "\"id\": 3,", "\"id\": 2,",
     "t.json:13:12: /states/3/id: states must be in ascending order: expected an id above 2, found "
     "2"},
    {"IdTooLarge", "\"id\": 21", "\"id\": 4096",
     "t.json:24:12: /states/14/id: out of range: expected an integer, 0 to 4095, found 4096"},
    {"AnchorMissing", "cpu:bringup", "cpu:bringip",
     "t.json:9:13: /states: the table has no state named \"cpu:bringup\""},
    {"AnchorMoved", "\"id\": 14", "\"id\": 13",
     "t.json:18:12: /states/8/id: states must be in ascending order: expected an id above 13, "
     "found 13"},
    {"IdleEntryHasCallbacks", "\"id\": 17", "\"id\": 16",
     "t.json:9:13: /states: the state after cpu:teardown stands for the AP's entry into its idle "
     "loop: expected a state without callbacks"},
    {"Symbol", "perf_event_exit_cpu", "perf exit",
     "t.json:12:85: /states/2/teardown: expected a C symbol, found \"perf exit\""},
    {"InstancesOfASingle", "\"multi\": true, ", "",
     "t.json:13:91: /states/3/instances: only a multi-instance state (\"multi\": true) has "
     "instances"},
    {"UnknownRule", "down_via_kworker", "down_via_kworkr",
     "t.json:7:50: /rules/down_via_kworkr: unknown key \"down_via_kworkr\" (did you mean "
     "'down_via_kworker'?)"},
    {"BaseIsNoVersion", "\"base\": \"v6.1\"", "\"base\": \"6.1\"",
     "t.json:7:21: /rules/base: expected a kernel's version, \"v4.5\" or later, found \"6.1\""},
    {"NoRules",
     "  \"rules\": {\"base\": \"v6.1\", \"core_sync\": \"dead\", "
     "\"down_via_kworker\": true},\n",
     "", "t.json:1:1: missing key \"rules\", expected an object"},
    {"OtherKind", "cpuhp-table", "cpuhp-costs",
     "t.json:3:11: this is a cost profile, not a state table"},
    {"DynamicBackwards", "\"sources\"", R"("dynamic": {"online": [19, 18]}, "sources")",
     "t.json:8:25: /dynamic/online: expected two numbers in ascending order from 17 to 20, found "
     "19 and 18"},
    {"DynamicElsewhere", "\"sources\"", R"("dynamic": {"prepare": [4, 10]}, "sources")",
     "t.json:8:26: /dynamic/prepare: expected two numbers in ascending order from 1 to 9, found 4 "
     "and 10"},
    {"DynamicOfOneNumber", "\"sources\"", R"("dynamic": {"prepare": [4]}, "sources")",
     "t.json:8:26: /dynamic/prepare: expected 2 entries, found 1"},
    {"OtherVersion", "\"version\": 1", "\"version\": 2",
     "t.json:2:14: /version: out of range: expected 1, found 2"},
};

INSTANTIATE_TEST_SUITE_P(Changes, BadTable, testing::ValuesIn(kBadTables),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(TableFile, TooManyStatesAreRefused) {
  const ScenarioFolder folder;
  std::string states;
  for (int id = 0; id < 4'097; ++id)
    states += (id == 0 ? "{\"id\":" : ",{\"id\":") + std::to_string(id % 4'096) + "}";
  const std::string path = folder.write(
      "t.json",
      R"({"version":1,"kind":"cpuhp-table","name":"n","rules":{"base":"v6.1"},"states":[)" +
          states + "]}");
  EXPECT_EQ(folder.error_of([&] { load_table(path); }),
            "t.json:1:79: /states: expected 2 to 4096 entries, found 4097");
}

TEST(TableFile, DynamicRangesAreReadOrFound) {
  const auto committed = [](const std::string& name) {
    return load_table(source_path("scenarios/tables/" + name)).table.dynamic();
  };
  const DynamicRanges v6_1{{70, 90}, {201, 231}}, v6_12{{64, 84}, {192, 232}};
  EXPECT_EQ(committed("x86_64-6.1.json"), v6_1);
  EXPECT_EQ(committed("x86_64-6.1-statecontrol.json"), v6_1);
  EXPECT_EQ(committed("x86_64-6.12.json"), v6_12);
  EXPECT_EQ(committed("v4.6.json").online, (IdRange{12, 42}));

  const ScenarioFolder folder;
  const std::string path = folder.write(
      "t.json", changed_file("table.json", "\"sources\"",
                             R"("dynamic": {"prepare": [4, 9], "online": [18, 19]}, "sources")"));
  const StateTable table = load_table(path).table;
  const DynamicRanges given{{4, 9}, {18, 19}};
  EXPECT_EQ(table.dynamic(), given);
  EXPECT_EQ(with_rules(table, Rules::of({6, 12})).dynamic(), given) << "other rules keep them";
}

TEST(TableFile, SaysWhichArchitectureItIsOf) {
  const StateTable arm = load_table(source_path("scenarios/tables/arm64-6.12.json")).table;
  EXPECT_EQ(arm.arch(), "aarch64");
  EXPECT_TRUE(with_rules(arm, Rules::of({6, 1})).is_arm64()) << "under other rules, too";
  EXPECT_FALSE(load_table(source_path("scenarios/tables/x86_64-6.12.json")).table.is_arm64());
}

TEST(TableFile, ANameUsedTwiceIsNoted) {
  const ScenarioFolder folder;
  const std::string path =
      folder.write("t.json", changed_file("table.json", "random:online", "perf:online"));
  EXPECT_THAT(
      load_table(path).notes,
      testing::ElementsAre(
          "table small: the name perf:online is used more than once; it refers to state 18"));
}

class BadCosts : public testing::TestWithParam<TableChange> {};

TEST_P(BadCosts, IsRefused) {
  const ScenarioFolder folder;
  const StateTable table = load_table(folder.path("table.json")).table;
  const std::string path =
      folder.write("c.json", changed_file("costs.json", GetParam().from, GetParam().to));
  EXPECT_EQ(folder.error_of([&] { load_costs(path, table); }), GetParam().error);
}

const TableChange kCosts[] = {
    {"Unchanged", "small", "small", "no error"},
    {"UnknownPhase", "\"unattributed\"", "\"unatributed\"",
     "c.json:10:5: /phases/unatributed: unknown key \"unatributed\" (did you mean "
     "'unattributed'?)"},
    {"UnknownWhen", "\"primary\", \"work\": 8", "\"primery\", \"work\": 8",
     "c.json:11:27: /phases/microcode/when: expected \"always\", \"primary\", \"secondary\", "
     "\"first_of_socket\", \"first_sibling\", \"remote_node\", \"first\", \"again\", "
     "\"running\", \"frozen\", \"last_thawed\", \"several_cores\", \"several_sockets\", "
     "\"several_nodes\", \"last_of_core\", \"edge_of_node\" or \"crash_kernel\", found "
     "\"primery\" (did you mean "
     "'primary'?)"},
    {"Negative", "\"unattributed\": 5000", "\"unattributed\": -5",
     "c.json:10:21: /phases/unattributed: out of range: expected an integer (ns), 0 to "
     "1000000000000, found -5"},
    {"TooLong", "\"per_online\": 3", "\"per_online\": 100000001",
     "c.json:15:75: /states/perf:online/teardown/per_online: out of range: expected an integer "
     "(ns), 0 to 100000000, found 100000001"},
    {"NoQuantiles", "[10, 20, 40]", "[]",
     "c.json:7:65: /default/teardown/wait: expected 1 to 1025 entries, found 0"},
    {"MeasuredNowhere", "\"emulation\"", "\"guess\"",
     "c.json:6:21: /measured_under: expected \"hardware\", \"emulation\", \"published\" or "
     "\"invented\", found \"guess\""},
    {"RawLockOfTheCore", "\"default\"", "\"raw_locks\": [\"kthreadd\"], \"default\"",
     "c.json:7:17: /raw_locks/0: this lock of the hotplug core is a sleeping lock and cannot be a "
     "raw lock: remove this name from \"raw_locks\""},
    {"LockName", "\"lock\": \"kthreadd\"", "\"lock\": \"a b\"",
     "c.json:14:57: /states/threads:prepare/startup/lock: expected a lock's name, found \"a b\""},
};

INSTANTIATE_TEST_SUITE_P(Changes, BadCosts, testing::ValuesIn(kCosts),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(RulesShape, EveryRuleHasAWordOfItsOwn) {
  const ShapePtr shape = rules_shape(true);
  for (const Rule& rule : all_rules()) ASSERT_NE(shape->field(rule.name), nullptr) << rule.name;
}

}  // namespace
}  // namespace cpuhp
