#include "sim/trace/import.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "model/costs.hpp"
#include "model/state_table.hpp"
#include "sim/conform/traced_machine.hpp"
#include "sim/conform/twin.hpp"
#include "sim/error.hpp"
#include "sim/trace/catalogue.hpp"
#include "sim/trace/import_costs.hpp"
#include "sim/trace/text_file.hpp"
#include "tests/sim/recordings.hpp"
#include "tests/sim/test_folder.hpp"

namespace cpuhp {
namespace {

using nlohmann::ordered_json;

const std::string kScenarios = CPUHP_SOURCE_DIR "/scenarios/";

/// The recordings of `dir` whose names begin with one of `letters`, in order of their names.
std::vector<std::string> files(const std::string& dir, std::string_view letters) {
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::directory_iterator(kRecordings + dir)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(".txt.gz") && name[1] == '-' &&
        letters.find(name[0]) != std::string_view::npos)
      out.push_back(entry.path().string());
  }
  std::sort(out.begin(), out.end());
  return out;
}

/// As scripts/make-tables asks for it.
ImportOptions as_shipped(const std::string& dir, std::string_view letters = "ACDEFNORSX") {
  return {.states = kRecordings + dir + "/B-states-smp4.txt.gz",
          .traces = files(dir, letters),
          .name = dir};
}

const ordered_json& state(const ordered_json& table, std::string_view name) {
  for (const ordered_json& s : table["states"])
    if (s["name"] == name) return s;
  throw std::out_of_range(std::string(name));
}

/// A table as the loader makes it, as far as the checks of StateTable need it.
StateTable load(const ordered_json& j) {
  std::vector<State> states;
  for (const ordered_json& s : j["states"])
    states.push_back({.id = s["id"],
                      .name = s.value("name", ""),
                      .startup = s.value("startup", ""),
                      .teardown = s.value("teardown", ""),
                      .multi = s.value("multi", false),
                      .cant_stop = s.value("cant_stop", false),
                      .priority = s.value("priority", 0)});
  return StateTable(j["name"], j["kernel"],
                    Rules::of(kernel_version(j["rules"]["base"].get<std::string>())),
                    std::move(states));
}

// --- the shipped tables are what the import makes

class Shipped : public testing::TestWithParam<const char*> {};

TEST_P(Shipped, TablesAndCostsAreTheImportsByteForByte) {
  const std::string name = GetParam();
  const Import made = import_table(as_shipped(name));
  EXPECT_EQ(made.table_text(), read_text(kScenarios + "tables/" + name + ".json"))
      << "scripts/make-tables writes it anew";
  const std::string costs = kScenarios + "costs/emulated-" + name + ".json";
  if (std::filesystem::exists(costs)) {
    EXPECT_EQ(made.costs_text(), read_text(costs));
  }
}

INSTANTIATE_TEST_SUITE_P(Kernels, Shipped,
                         testing::Values("x86_64-6.1", "x86_64-6.12", "x86_64-6.1-statecontrol",
                                         "x86_64-5.10", "x86_64-7.3", "arm64-6.1", "arm64-6.12",
                                         "ppc64el-6.12", "s390x-6.12"),
                         [](const auto& c) { return "k" + std::to_string(c.index); });

// scripts/make-tables makes it of the newest one, for docs/bystanders.md.
TEST(ShippedTables, TheOneOfPartialOfflineHasOneStateMore) {
  ordered_json newest = ordered_json::parse(read_text(kScenarios + "tables/x86_64-7.3.json"));
  ordered_json more =
      ordered_json::parse(read_text(kScenarios + "tables/x86_64-7.3-rcu-sync.json"));
  const auto proposed = std::ranges::find_if(
      more["states"], [](const ordered_json& s) { return s["name"] == "rcu/sync:proposed"; });
  ASSERT_NE(proposed, more["states"].end());
  EXPECT_EQ((*proposed)["id"], state(more, "sched:waitempty")["id"].get<int>() - 1);
  EXPECT_EQ((*proposed)["source"], "proposed: 871pdlphcc.ffs@fw13");
  EXPECT_NE(more["notes"].dump().find("no kernel has"), std::string::npos);
  more["states"].erase(proposed);
  more.erase("notes");
  more["name"] = newest["name"];
  EXPECT_EQ(more, newest);
}

TEST(ShippedTables, HaveTheCoresStatesInPlace) {
  for (const auto& entry : std::filesystem::directory_iterator(kScenarios + "tables")) {
    const auto j = ordered_json::parse(read_text(entry.path().string()));
    EXPECT_NO_THROW(load(j)) << entry.path();
    EXPECT_EQ(format_lines(j), read_text(entry.path().string()));
    EXPECT_EQ(j["kind"], "cpuhp-table");
    for (const ordered_json& s : j["states"]) EXPECT_TRUE(s.contains("source")) << s;
  }
}

TEST(ShippedTables, NotifiersHaveTheirPriorities) {
  const StateTable t = load(ordered_json::parse(read_text(kScenarios + "tables/v4.5.json")));
  const auto priority = [&](std::string_view name) { return t.at(t.find(name)).priority; };
  EXPECT_EQ(priority("sched/active:online"), 2147483647);
  EXPECT_EQ(priority("cpuset/active:online"), 2147483646);
  EXPECT_EQ(priority("perf:prepare"), 20);
  EXPECT_EQ(priority("sched/migration:starting"), 10);
  EXPECT_EQ(priority("smpboot/threads:online"), 9);
  EXPECT_EQ(priority("workqueue/up:prepare"), 5);
  EXPECT_EQ(priority("workqueue/down:online"), -5);
  EXPECT_EQ(priority("sched/inactive:online"), -2147483647);
  EXPECT_EQ(priority("cpuset/inactive:online"), -2147483647 - 1);
  // The core's perf notifier cleans up at DOWN_PREPARE, not at DEAD.
  EXPECT_TRUE(t.at(t.find("perf:prepare")).teardown.empty());
  EXPECT_FALSE(t.at(t.find("perf:online")).teardown.empty());
  // Registered twice, once for each way.
  EXPECT_TRUE(t.at(t.find("sched/active:online")).teardown.empty());
  EXPECT_TRUE(t.at(t.find("sched/inactive:online")).startup.empty());
}

TEST(ShippedTables, TheFirstStateMachineIsItsSources) {
  const auto table = ordered_json::parse(read_text(kScenarios + "tables/v4.6.json"));
  const auto source =
      nlohmann::json::parse(read_text(CPUHP_SOURCE_DIR "/sim/trace/catalogue/states-v4.6.json"));
  std::size_t named = 0;
  for (const auto& e : source) {
    if (e["sysfs_name"].is_null()) continue;
    ++named;
    const ordered_json& s = state(table, e["sysfs_name"].get<std::string>());
    EXPECT_EQ(s["id"], e["value"]) << s;
    EXPECT_EQ(s.contains("startup"), e["has_startup"]) << s;
    EXPECT_EQ(s.contains("teardown"), e["has_teardown"]) << s;
    for (const char* symbol : {"startup", "teardown"})
      EXPECT_THAT(e["note"].get<std::string>(), testing::HasSubstr(s.value(symbol, ""))) << s;
    EXPECT_EQ(s.value("cant_stop", false), e["cant_stop"]) << s;
    EXPECT_EQ(s.value("skip_onerr", false), e["skip_onerr"]) << s;
  }
  EXPECT_EQ(table["states"].size(), named);
}

// --- what steps.tsv says was observed

/// number, name, startup, teardown, `multi xN` of the last two.
struct Observed {
  std::string number, name, startup, startup_kind, teardown, teardown_kind;
};

std::vector<Observed> observed(const std::string& dir) {
  std::vector<Observed> out;
  for_each_line(read_text(kRecordings + dir + "/steps.tsv.gz"),
                [&](std::string_view line, std::size_t number, bool) {
                  if (number == 1) return;
                  std::vector<std::string> c(1);
                  for (const char ch : line)
                    if (ch == '\t')
                      c.emplace_back();
                    else
                      c.back() += ch;
                  for (std::string& s : c)
                    if (s == "-") s.clear();
                  out.push_back({c[0], c[1], c[2], c[4], c[5], c[7]});
                });
  return out;
}

TEST(Import, FindsEveryObservedCallback) {
  for (const std::string dir : {"x86_64-6.1", "x86_64-6.12"}) {
    // The M files' drivers have instances of block/mq, the others none: their symbols come from
    // the catalogue and must be the same.
    const Import made = import_table(as_shipped(dir));
    for (const Observed& o : observed(dir)) {
      if (o.name == "online" || o.name.starts_with("virtio/")) continue;
      const ordered_json& s = state(made.table, o.name);
      EXPECT_EQ(s["id"].dump(), o.number);
      if (!o.startup.empty()) {
        EXPECT_EQ(s.value("startup", ""), o.startup) << o.name;
      }
      if (!o.teardown.empty()) {
        EXPECT_EQ(s.value("teardown", ""), o.teardown) << o.name;
      }
      if (!o.startup_kind.empty() || !o.teardown_kind.empty()) {
        const bool multi =
            o.startup_kind.starts_with("multi") || o.teardown_kind.starts_with("multi");
        EXPECT_EQ(s.value("multi", false), multi) << o.name;
      }
      const bool atomic = o.name.ends_with(":dying") || o.name.ends_with(":starting");
      if (o.startup.empty() && !atomic && !s.contains("startup_assumed")) {
        EXPECT_EQ(s.value("startup", ""), "") << o.name;
      }
    }
  }
}

// --- evidence

TEST(Import, StartingCallbacksComeFromTheFunctionTracerOrTheCatalogue) {
  const Import seen = import_table(as_shipped("x86_64-6.1"));
  const ordered_json& s = state(seen.table, "sched:starting");
  EXPECT_EQ(s["startup"], "sched_cpu_starting");
  EXPECT_EQ(s["source"], "function trace");
  EXPECT_FALSE(s.contains("startup_assumed"));

  const Import assumed = import_table(as_shipped("x86_64-6.1", "AC"));
  const ordered_json& a = state(assumed.table, "sched:starting");
  EXPECT_EQ(a["startup"], "sched_cpu_starting");
  EXPECT_EQ(a["startup_assumed"], true);
  EXPECT_EQ(a["source"], "catalogue v6.1");
  EXPECT_THAT(assumed.warnings, testing::Contains(testing::HasSubstr("taken from the catalogue")));
}

TEST(Import, FailWritesTellMultiInstanceStatesWithoutInstances) {
  const Import made = import_table(as_shipped("x86_64-6.1"));
  const ordered_json& multi = state(made.table, "io-wq/online");
  EXPECT_EQ(multi["multi"], true);
  EXPECT_EQ(multi["instances"], 0);
  EXPECT_EQ(multi["source"], "fail write accepted");
  const ordered_json& none = state(made.table, "slab:prepare");
  EXPECT_FALSE(none.contains("startup"));
  EXPECT_EQ(none["source"], "fail write refused");
  EXPECT_EQ(state(made.table, "trace/RB:prepare")["instances"], 3);
}

TEST(Import, ATracedWalkThatDidNotRunAStateProvesThatItHasNoCallback) {
  const Import made = import_table(as_shipped("x86_64-6.1-statecontrol", "C"));
  const ordered_json& s = state(made.table, "slab:prepare");
  EXPECT_FALSE(s.contains("startup"));
  EXPECT_EQ(s["source"], "traced walks did not run it");
  // hrtimers_dead_cpu of 6.1 is gone in 6.1.192.
  EXPECT_FALSE(state(made.table, "hrtimers:prepare").contains("teardown"));
}

TEST(Import, ABootAloneKeepsTheCataloguesDeadCallbacksAsAssumed) {
  ImportOptions options = as_shipped("x86_64-6.1", "");
  options.traces = {kRecordings + "x86_64-6.1/A-boot-smp4.txt.gz"};
  const Import made = import_table(options);
  const ordered_json& s = state(made.table, "RCU/tree:prepare");
  EXPECT_EQ(s["startup"], "rcutree_prepare_cpu");
  EXPECT_EQ(s["teardown"], "rcutree_dead_cpu");
  EXPECT_EQ(s["teardown_assumed"], true);
  EXPECT_FALSE(s.contains("startup_assumed"));
  EXPECT_EQ(s["source"], "events, catalogue v6.1");
}

TEST(Import, LoadedDriversMakeAnotherTable) {
  ImportOptions options{.states = kRecordings + "x86_64-6.1/M-modules-smp4.txt.gz",
                        .traces = files("x86_64-6.1", "M")};
  const Import made = import_table(options);
  const ordered_json& net = state(made.table, "virtio/net:online");
  EXPECT_EQ(net["teardown"], "virtnet_cpu_down_prep [virtio_net]");
  EXPECT_EQ(net["multi"], true);
  EXPECT_EQ(state(made.table, "block/mq:online")["instances"], 8);
  EXPECT_EQ(made.table["name"], "x86_64-6.1.192");

  options.traces = files("x86_64-6.1", "C");
  try {
    import_table(options);
    FAIL() << "mixed two tables";
  } catch (const BadInput& e) {
    EXPECT_THAT(e.what(), testing::HasSubstr("state 10 \"virtio/net:dead\" is missing in"));
    EXPECT_THAT(e.what(), testing::HasSubstr("other drivers were loaded"));
  }
}

TEST(Import, RulesAreTheVersionsAndWhatRecordingsShow) {
  const Import v61 = import_table(as_shipped("x86_64-6.1"));
  EXPECT_EQ(v61.table["rules"].dump(), R"({"base":"v6.1.192"})");
  const Import v612 = import_table(as_shipped("x86_64-6.12"));
  EXPECT_EQ(v612.table["rules"].dump(), R"({"base":"v6.12.117"})");
  const Import arm64 = import_table(as_shipped("arm64-6.1"));
  EXPECT_EQ(arm64.table["rules"].dump(),
            R"({"base":"v6.1.192","bringup_spins":false,"online_stops_machine":false})");
  ImportOptions serial = as_shipped("x86_64-6.12", "C");
  serial.kernel = "6.5.0";
  // Nothing in these files shows a boot or the last housekeeping CPU, so the version speaks.
  try {
    import_table(serial);
  } catch (const BadInput& e) {
    FAIL() << e.what();
  }
  EXPECT_EQ(import_table(serial).table["rules"]["base"], "v6.5");
  EXPECT_FALSE(Rules::of({6, 5}).last_housekeeping_busy);
}

TEST(Import, StartingInstancesShowAtBootAndInFunctionTraces) {
  for (const char* letter : {"A", "X"}) {
    const Import made = import_table(as_shipped("arm64-6.1", letter));
    const ordered_json& pmu = state(made.table, "perf/arm/pmu:starting");
    EXPECT_EQ(pmu["multi"], true) << letter;
    EXPECT_EQ(pmu["instances"], 1) << letter;
  }
}

TEST(Import, OperationsOfProcessOneAreNoBoot) {
  // The function traces were recorded by the guest's init: its walks are whole walks.
  const Import made = import_table(as_shipped("arm64-6.1", "X"));
  EXPECT_FALSE(state(made.table, "slab:prepare").contains("startup"));
}

// --- plain files, as a user has them

std::string down_of_5_10(int prepare_state);

/// A machine's own files: hotplug/states, and the trace of a boot or a cycle.
class PlainFiles : public testing::Test {
 protected:
  std::string write(const std::string& name, const std::string& text) {
    return folder_.write(name, text);
  }
  static std::string error(const ImportOptions& options) {
    try {
      import_table(options);
    } catch (const BadInput& e) {
      return e.what();
    }
    return "";
  }
  static std::string states() {
    return "  0: offline\n  1: threads:prepare\n  5: cpu:bringup\n  6: idle:dead\n  7: ap:offline\n"
           "  8: sched:starting\n  9: ap:online\n 10: cpu:teardown\n 12: perf:online\n"
           " 13: sched:active\n 14: online\n";
  }
  static std::string pair(const std::string& task, const std::string& cpu, double from, double to,
                          int step, int target, int state, const std::string& symbol) {
    return head(task, cpu, from) + "cpuhp_enter: cpu: 0001 target: " + std::to_string(target) +
           " step: " + std::to_string(step) + " (" + symbol + ")\n" +
           leave(task, cpu, to, step, state);
  }
  static std::string leave(const std::string& task, const std::string& cpu, double at, int step,
                           int state) {
    return head(task, cpu, at) + "cpuhp_exit:  cpu: 0001  state: " + std::to_string(state) +
           " step: " + std::to_string(step) + " ret: 0\n";
  }
  static std::string head(const std::string& task, const std::string& cpu, double at) {
    char stamp[32];
    std::snprintf(stamp, sizeof stamp, "%.6f", at);
    return task + " [" + cpu + "] ..... " + stamp + ": ";
  }
  static std::string enter(const std::string& task, const std::string& cpu, double at, int step,
                           int target, const std::string& symbol) {
    return head(task, cpu, at) + "cpuhp_enter: cpu: 0001 target: " + std::to_string(target) +
           " step: " + std::to_string(step) + " (" + symbol + ")\n";
  }
  static std::string up() {
    return pair("sh-9", "000", 1.0, 1.000010, 1, 14, 1, "smpboot_create_threads") +
           enter("sh-9", "000", 1.000020, 5, 14, "bringup_cpu") +
           pair("cpuhp/1-4", "001", 1.001020, 1.001030, 12, 14, 12, "perf_event_init_cpu") +
           pair("cpuhp/1-4", "001", 1.001030, 1.001050, 13, 14, 13, "sched_cpu_activate") +
           leave("sh-9", "000", 1.001060, 5, 14);
  }

  /// What a table of a kernel of that version says, by itself or by its base.
  bool has_rule(const std::string& kernel, std::string_view rule) {
    const Import made = import_table({.states = write("states", states()),
                                      .traces = {write("up", up())},
                                      .kernel = kernel,
                                      .arch = "x86_64"});
    return says(made, rule);
  }
  static bool says(const Import& made, std::string_view rule) {
    const ordered_json& rules = made.table["rules"];
    bool found = false;
    const Rules base = Rules::of(kernel_version(rules["base"].get<std::string>()));
    for (const Rule& r : all_rules())
      if (r.name == rule) found = rules.value(std::string(r.name), base.*r.member);
    return found;
  }

 private:
  const TestFolder folder_;
};

TEST_F(PlainFiles, MakeATableAndCosts) {
  const Import made = import_table({.states = write("states", states()),
                                    .traces = {write("up", up())},
                                    .kernel = "6.1",
                                    .arch = "x86_64"});
  EXPECT_EQ(made.table["name"], "x86_64-6.1");
  EXPECT_EQ(state(made.table, "perf:online")["source"], "events, catalogue v6.1");
  ASSERT_TRUE(made.costs);
  const ordered_json& costs = *made.costs;
  EXPECT_EQ(costs["measured_under"], "hardware");
  EXPECT_EQ(costs["states"]["threads:prepare"]["startup"], 10'000);
  EXPECT_EQ(costs["states"]["sched:active"]["startup"], 20'000);
  // From the last PREPARE callback to the first event of CPU 1, less a wake-up. The trace does not
  // tell whether CPU 1 came alive late, or took long afterwards.
  EXPECT_EQ(costs["phases"]["wake_up"], 10'000);
  EXPECT_EQ(costs["phases"]["alive"], 1'000'000);
  EXPECT_EQ(costs["phases"]["cpu_init"], 0);
  EXPECT_EQ(costs["other_reading"]["phases"]["alive"], 0);
  EXPECT_EQ(costs["other_reading"]["phases"]["cpu_init"].dump(),
            R"({"work":1000000,"lock":"tsc_partner"})");
}

TEST_F(PlainFiles, StableSeriesGotRulesOfLaterKernels) {
  struct {
    const char *before, *since, *rule;
    bool then;
  } const ports[] = {{"6.1", "6.1.5", "equal_target_noop", true},
                     {"6.1.52", "6.1.53", "down_via_kworker", true},
                     {"6.1.63", "6.1.64", "last_housekeeping_busy", true},
                     {"6.1.96", "6.1.97-1-generic", "prepare_dynamic_skipped", false},
                     {"6.1.177", "6.1.178", "instance_error_lost", false},
                     {"6.5.12", "6.5.13", "last_housekeeping_busy", true},
                     {"6.9.7", "6.9.8", "prepare_dynamic_skipped", false},
                     {"v6.9", "v6.10", "prepare_dynamic_skipped", false},
                     {"6.12.96", "6.12.97", "instance_error_lost", false},
                     {"7.1", "7.2", "instance_error_lost", false},
                     {"5.10.162", "5.10.163", "equal_target_noop", true},
                     {"4.13", "4.14", "decrement_first", true},
                     {"4.13", "4.14", "control_decrements_late", true},
                     {"5.12", "5.13", "control_decrements_late", false},
                     {"5.12", "5.13", "empty_states_called", false},
                     {"5.12", "5.13", "fail_limits", true},
                     {"5.18", "5.19", "true_false_words", true},
                     {"4.9", "4.10", "taken_slot_busy", true}};
  for (const auto& p : ports) {
    EXPECT_EQ(has_rule(p.before, p.rule), !p.then) << p.before << ' ' << p.rule;
    EXPECT_EQ(has_rule(p.since, p.rule), p.then) << p.since << ' ' << p.rule;
  }
  EXPECT_FALSE(has_rule("6.2.200", "down_via_kworker")) << "another series";
}

/// A recording of operations on the machine of states(): four CPUs, all online.
std::string recording(const std::string& kernel, const std::string& operations) {
  return "# run: x\n# guest: Linux version " + kernel +
         " (x)\n"
         "#MACHINE arch=x86_64 possible=0-3 present=0-3 online=0-3 "
         "topology=0:0.0.0,1:0.1.0,2:0.2.0,"
         "3:0.3.0 state_control=n cpu0_online_file=n smt_control=off cmdline=\"quiet\"\n"
         "# section: ops\n" +
         operations;
}
std::string write_line(const std::string& path, const std::string& value, int error = 0) {
  const std::string name = error == 0    ? "OK"
                           : error == 11 ? "EAGAIN"
                           : error == 22 ? "EINVAL"
                                         : "EPERM";
  return "#W path=" + path + " value=" + value + " ret=" + (error == 0 ? "2" : "-1") +
         " errno=" + std::to_string(error) + " name=" + name + " at=write us=1\n";
}
std::string read_line(const std::string& online, const std::string& state,
                      const std::string& fail) {
  return "#S cpu=1 online=" + online + " state=" + state + " target=" + state + " fail=" + fail +
         " online_mask=0-3 offline_mask=\n";
}
std::string operation(const std::string& id, const std::string& lines,
                      const std::string& trace = {}) {
  const auto count = std::count(trace.begin(), trace.end(), '\n');
  return "#OP " + id + " cpu=1\n" + lines + "#T begin\n" + trace +
         "#T end lines=" + std::to_string(count) + "\n#END\n";
}

/// What recordings of operations say about the rules, in place of what the version says.
class ImportOperations : public PlainFiles {
 protected:
  bool rule(const std::string& kernel, const std::string& operations, std::string_view wanted) {
    const Import made =
        import_table({.states = write("states", states()),
                      .traces = {write("up", up()), write("rec", recording(kernel, operations))}});
    return says(made, wanted);
  }
  static constexpr const char *kOnline = "cpu1/online", *kFail = "cpu1/hotplug/fail",
                              *kTarget = "cpu1/hotplug/target";
};

// `below` a CPU's state is refused by later kernels: what state that is, the writes before tell.
TEST_F(ImportOperations, FailLimitsShowWhereTheStateIsKnown) {
  const std::string refused = write_line(kFail, "1", 22), taken = write_line(kFail, "1");
  const std::string off = write_line(kOnline, "0"), on = write_line(kOnline, "1");
  const auto limits = [&](const std::string& lines, const std::string& kernel = "6.1.0") {
    return rule(kernel, operation("A", lines + read_line("1", "14", "-1")), "fail_limits");
  };
  EXPECT_TRUE(limits(refused, "5.10.100"));
  EXPECT_FALSE(limits(taken));
  // Off by then: no limit applies.
  EXPECT_TRUE(limits(off + taken));
  EXPECT_TRUE(limits(write_line(kTarget, "0") + taken));
  EXPECT_FALSE(limits(off + on + taken));
  // Off by `target`: a write of 1 to `online`, which shows 1, changes nothing.
  EXPECT_TRUE(limits(write_line(kTarget, "0") + on + taken));
  // It may have come half-way, or SMT control may have moved it: nothing is known.
  EXPECT_TRUE(limits(write_line(kOnline, "0", 11) + taken));
  EXPECT_TRUE(limits(write_line("smt/control", "off") + taken));
  // Refused before anything was done.
  EXPECT_FALSE(limits(write_line(kOnline, "0", 22) + taken));
}

TEST_F(ImportOperations, AWriteOfThePresentStateShowsOnlyWhereItIsThat) {
  const std::string down_first = operation(
      "A", write_line(kTarget, "0") + write_line(kOnline, "1") + read_line("1", "0", "-1"),
      pair("sh-9", "000", 3.0, 3.1, 1, 0, 1, "smpboot_create_threads"));
  const auto noop = [&](const std::string& before, bool silent) {
    const std::string trace =
        silent ? "" : pair("sh-9", "000", 4.0, 4.1, 14, 14, 14, "cpuhp_kick_ap_work");
    return rule(
        "5.10.100",
        before + operation("B", write_line(kTarget, "14") + read_line("1", "14", "-1"), trace),
        "equal_target_noop");
  };
  EXPECT_TRUE(noop("", true));
  EXPECT_FALSE(noop("", false));
  EXPECT_FALSE(noop(down_first, true)) << "a bring-up whose trace is empty shows nothing";
}

TEST_F(ImportOperations, AnArmedFailThatAWalkPassesIsUsedUpOrStays) {
  const auto called = [&](const std::string& kernel, const std::string& fail,
                          const std::string& more = {}) {
    return rule(kernel,
                operation("A", write_line(kFail, "12") + write_line(kOnline, "0") + more +
                                   read_line("0", "0", fail)),
                "empty_states_called");
  };
  EXPECT_TRUE(called("6.1.0", "-1"));
  EXPECT_FALSE(called("5.10.100", "12"));
  EXPECT_FALSE(called("5.10.100", "12", write_line(kOnline, "1"))) << "still armed after two";
}

TEST_F(ImportOperations, WordsOfTruthShow) {
  const auto words = [&](const std::string& kernel, int error) {
    return rule(kernel, operation("A", write_line(kOnline, "true", error)), "true_false_words");
  };
  EXPECT_TRUE(words("5.10.100", 0));
  EXPECT_FALSE(words("6.1.0", 22));
}

/// A takedown of 5.10: the thread has moved the state, the control CPU has not.
std::string down_of_5_10(int prepare_state) {
  return "sh-9 [000] ..... 5.0: cpuhp_enter: cpu: 0001 target:  10 step:  14 "
         "(cpuhp_kick_ap_work)\n"
         "cpuhp/1-4 [001] ..... 5.1: cpuhp_enter: cpu: 0001 target:  10 step:  13 (deactivate)\n"
         "cpuhp/1-4 [001] ..... 5.2: cpuhp_exit:  cpu: 0001  state:  12 step:  13 ret: 0\n"
         "sh-9 [000] ..... 5.3: cpuhp_exit:  cpu: 0001  state:  10 step:  14 ret: 0\n"
         "sh-9 [000] ..... 5.4: cpuhp_enter: cpu: 0001 target:   0 step:  10 (takedown_cpu)\n"
         "sh-9 [000] ..... 5.5: cpuhp_exit:  cpu: 0001  state:   6 step:  10 ret: 0\n"
         "sh-9 [000] ..... 5.6: cpuhp_enter: cpu: 0001 target:   0 step:   5 (finish_cpu)\n"
         "sh-9 [000] ..... 5.7: cpuhp_exit:  cpu: 0001  state:   " +
         std::to_string(prepare_state + 4) +
         " step:   5 ret: 0\n"
         "sh-9 [000] ..... 5.8: cpuhp_enter: cpu: 0001 target:   0 step:   1 (threads_dead)\n"
         "sh-9 [000] ..... 5.9: cpuhp_exit:  cpu: 0001  state:   " +
         std::to_string(prepare_state) + " step:   1 ret: 0\n";
}

TEST_F(PlainFiles, AControlCpuThatMovesTheStateLateShows) {
  for (const bool late : {true, false}) {
    const Import made =
        import_table({.states = write("states", states()),
                      .traces = {write("up", up()), write("down", down_of_5_10(late ? 1 : 0))},
                      .kernel = "5.10.100",
                      .arch = "x86_64"});
    const ordered_json& bringup = state(made.table, "cpu:bringup");
    EXPECT_EQ(bringup["startup"], "bringup_cpu");
    EXPECT_EQ(bringup["teardown"], "finish_cpu");
    EXPECT_EQ(state(made.table, "threads:prepare")["teardown"], "threads_dead");
    EXPECT_EQ(made.table["rules"].value("control_decrements_late", true), late);
  }
}

TEST_F(PlainFiles, AKernelLogSplitsTheBringUp) {
  const ImportOptions options{
      .states = write("states", states()),
      .traces = {write("up", up())},
      .dmesg = write("dmesg",
                     "[    1.000120] smpboot: Booting Node 0 Processor 1 APIC 0x1\n"
                     "[    1.000420] microcode: CPU1: patch_level=0x1\n"),
      .kernel = "6.1",
      .arch = "x86_64"};
  const Import made = import_table(options);
  const ordered_json& costs = *made.costs;
  // From the last PREPARE callback on, less the wake-up of the AP's thread.
  EXPECT_EQ(costs["phases"]["kick"], 110'000);
  EXPECT_EQ(costs["phases"]["alive"], 300'000);
  EXPECT_EQ(costs["phases"]["wake_up"], 10'000);
  EXPECT_EQ(costs["phases"]["cpu_init"], 590'000);
  EXPECT_FALSE(costs.contains("other_reading"));
}

TEST_F(PlainFiles, AKernelLogNamesTheKernelAndStatesTheArchitecture) {
  std::string x86 = states();
  x86.replace(x86.find("perf:online"), 11, "perf/x86:online");
  const std::string banner =
      "[    0.000000] Linux version 6.6.30-generic (buildd@x) (gcc 13) #1 SMP PREEMPT_DYNAMIC\n";
  const Import made = import_table({.states = write("states", x86),
                                    .traces = {write("up", up())},
                                    .dmesg = write("dmesg", banner)});
  EXPECT_EQ(made.table["kernel"], "6.6.30");
  EXPECT_EQ(made.table["arch"], "x86_64");
  EXPECT_EQ(made.table["name"], "x86_64-6.6.30");
  EXPECT_EQ(error({.states = kRecordings + "x86_64-6.1/B-states-smp4.txt.gz",
                   .traces = {files("x86_64-6.1", "C").front()},
                   .dmesg = write("dmesg", banner)}),
            files("x86_64-6.1", "C").front() +
                ": was recorded on kernel 6.1.192, but other files are from kernel 6.6.30");
}

TEST_F(PlainFiles, AKernelLogOfAnotherTimeIsAWarning) {
  const Import made = import_table(
      {.states = write("states", states()),
       .traces = {write("up", up())},
       .dmesg = write("dmesg", "[    7.000120] smpboot: Booting Node 0 Processor 1 APIC 0x1\n"),
       .kernel = "6.1"});
  EXPECT_THAT(made.warnings, testing::Contains(testing::HasSubstr("no bring-up could be split")));
}

TEST_F(PlainFiles, AKernelLogOfAnotherBootIsRefused) {
  std::string boot = up();
  for (std::size_t at = 0; (at = boot.find("sh-9", at)) != std::string::npos;)
    boot.replace(at, 4, "swapper/0-1");
  const std::string log =
      write("dmesg", "[    7.000120] smpboot: Booting Node 0 Processor 1 APIC 0x1\n");
  EXPECT_THAT(error({.states = write("states", states()),
                     .traces = {write("up", boot)},
                     .dmesg = log,
                     .kernel = "6.1"}),
              testing::StartsWith(log + ": tells of CPUs that start, but none of them within"));
}

TEST_F(PlainFiles, APlainTraceGivesAScenarioWithItsOperations) {
  std::string boot = up();
  for (std::size_t at = 0; (at = boot.find("sh-9", at)) != std::string::npos;)
    boot.replace(at, 4, "swapper/0-1");
  const std::string trace = write("up", boot + down_of_5_10(0));
  const Import made =
      import_table({.states = write("states", states()), .traces = {trace}, .kernel = "6.1"});
  ASSERT_EQ(made.evidence.power_ons.size(), 1u);
  const PowerOn& on = made.evidence.power_ons.front();
  EXPECT_EQ(on.design, Design::Symmetric);
  const auto scenario = [&](const std::string& machine) {
    std::vector<std::string> warnings;
    const Recording recording = recording_of(on, machine, warnings);
    EXPECT_EQ(warnings.size(), machine.empty() ? 1u : 0u);
    return ordered_json::parse(
        make_scenario(recording, made.state_table, {"m", "t.json", "c.json", *on.design}));
  };
  const ordered_json alone = scenario("");
  EXPECT_EQ(alone["design"], "symmetric");
  EXPECT_EQ(alone["costs"], "c.json");
  EXPECT_EQ(alone["machine"]["topology"].size(), 2u);
  EXPECT_EQ(alone["operations"].dump(),
            R"([{"op":"boot"},{"op":"write","path":"cpu1/online","value":"0"}])");
  const std::string dir = "/sys/devices/system/cpu/cpu";
  const std::string topology = write(
      "topology", dir + "0/topology/core_id:4\n" + dir + "0/topology/thread_siblings_list:0-1\n" +
                      dir + "1/topology/core_id:4\n" + dir + "1/topology/physical_package_id:0\n" +
                      dir + "1/topology/thread_siblings_list:0-1\n");
  EXPECT_EQ(scenario(topology)["machine"]["topology"][1]["thread"], 1);
  EXPECT_THROW(scenario(write("nothing", "no topology\n")), BadInput);
}

TEST_F(PlainFiles, RefusesClocksThatDisagree) {
  std::string late = up();
  for (std::size_t at = 0; (at = late.find("[001] ..... 1.0", at)) != std::string::npos;)
    late.replace(at, 15, "[001] ..... 9.0");
  const std::string trace = write("up", late);
  EXPECT_EQ(error({.states = write("states", states()), .traces = {trace}, .kernel = "6.1"}),
            trace +
                ":4:1: CPU 1 runs a callback here, but no task waits for it at this time: the "
                "clocks of the CPUs disagree, expected a trace with trace_clock=global");
}

TEST_F(PlainFiles, AnUnknownKernelAndATableWithoutStartingAreWarnings) {
  std::string unknown = states();
  unknown.replace(unknown.find("sched:starting"), 14, "mine:starting!");
  const Import made =
      import_table({.states = write("states", unknown), .traces = {write("up", up())}});
  EXPECT_EQ(made.table["kernel"], "6.1");
  EXPECT_THAT(made.warnings,
              testing::IsSupersetOf(
                  {testing::HasSubstr("no input file names the kernel version"),
                   testing::HasSubstr("no trace shows a callback of state 8 \"mine:starting!\""),
                   testing::HasSubstr("no STARTING callback is known")}));
}

TEST_F(PlainFiles, RefusesStatesThatAreNotInOrder) {
  const std::string trace = write("up", up());
  const auto refuse = [&](std::string_view from, std::string_view to) {
    std::string text = states();
    text.replace(text.find(from), from.size(), to);
    const std::string path = write("states", text);
    const std::string e = error({.states = path, .traces = {trace}});
    return e.starts_with(path) ? e.substr(path.size()) : e;
  };
  EXPECT_EQ(refuse("  6: idle:dead", "  4: idle:dead"),
            ":4:1: state 4 comes after state 5: expected states in ascending order");
  EXPECT_EQ(refuse("  6: idle:dead", "  5: idle:dead"), ":4:1: state 5 is listed twice");
  EXPECT_EQ(refuse("perf:online", "sched:active"),
            ":10:1: the name \"sched:active\" is listed twice");
  EXPECT_EQ(refuse("cpu:bringup", "cpu:bringdown"), ": there is no state named \"cpu:bringup\"");
  EXPECT_EQ(refuse("idle:dead\n  7: ap:offline", "ap:offline\n  7: idle:dead"),
            ":4:1: \"ap:offline\" comes before \"idle:dead\", expected after it");
  EXPECT_EQ(refuse("  1: threads:prepare\n  5: cpu:bringup", "  4: cpu:bringup"),
            ":3:1: expected \"idle:dead\" directly after \"cpu:bringup\"");
  EXPECT_EQ(refuse(" 14: online\n", ""), ": there is no state named \"online\"");
  EXPECT_EQ(refuse(" 14: online\n", " 14: online\n 15: more\n"),
            ":12:1: the last state is not \"online\"");
  EXPECT_EQ(refuse("  0: offline", "  1: offline"), ":2:1: state 1 is listed twice");
  EXPECT_EQ(refuse(" 14: online", "9999: online"),
            ":11:1: state 9999 is out of range, expected 0 to 4095");
  EXPECT_EQ(refuse(" 13: sched:active", " 13 sched:active"),
            ":10:1: expected a line of hotplug/states, \"NUMBER: NAME\"");
}

TEST_F(PlainFiles, RefusesATraceThatDoesNotFitTheStates) {
  const std::string path = write("states", states());
  const auto refuse = [&](const std::string& text) {
    const std::string trace = write("up", text);
    std::string e = error({.states = path, .traces = {trace}});
    if (e.starts_with(trace)) e.erase(0, trace.size());
    if (const auto at = e.find(path); at != std::string::npos) e.replace(at, path.size(), "STATES");
    return e;
  };
  EXPECT_EQ(
      refuse(pair("sh-9", "000", 1, 2, 3, 14, 3, "f")),
      ":1:1: step 3 (f) has no state in STATES: the list of states and the trace do not match");
  EXPECT_EQ(refuse(pair("sh-9", "000", 1, 2, 6, 14, 14, "bringup_cpu")),
            ":1:1: bringup_cpu runs as step 6 here, but \"cpu:bringup\" is state 5 in STATES: the "
            "list of states and the trace are from different kernels");
  EXPECT_EQ(refuse(pair("sh-9", "000", 1, 2, 4, 14, 4, "cpuhp_kick_ap_alive")),
            ":1:1: cpuhp_kick_ap_alive runs as step 4 here, but STATES has no state "
            "\"cpu:kick_ap\": the list of states and the trace are from different kernels");
  EXPECT_EQ(refuse(pair("cpuhp/1-4", "001", 1, 2, 12, 14, 12, "f") +
                   pair("cpuhp/1-4", "001", 1, 2, 12, 14, 12, "g"))
                .substr(0, 26),
            ":3:1: step 12 runs g here ");
  EXPECT_EQ(refuse(enter("sh-9", "000", 1, 1, 14, "f")),
            ":1:1: step 1 of CPU 1 is entered here, but the trace does not show its exit: the end "
            "of the trace is missing");
  EXPECT_EQ(refuse("# nothing\n"), ": none of the traces has a cpuhp event");
}

TEST_F(PlainFiles, RefusesMissingFilesAndFilesOfTwoKernels) {
  const std::string path = write("states", states());
  EXPECT_EQ(error({.states = path}),
            "no trace was given: a table needs at least one --trace of a boot or of an "
            "offline/online cycle");
  EXPECT_EQ(error({.states = path, .traces = {"/nowhere"}}), "/nowhere: the file does not exist");
  EXPECT_EQ(error({.states = "/nowhere", .traces = {path}}), "/nowhere: the file does not exist");
  EXPECT_THAT(error({.states = path, .traces = {write("up", up())}, .dmesg = path}),
              testing::HasSubstr("has no line with a time stamp"));
  ImportOptions mixed = as_shipped("x86_64-6.1", "C");
  mixed.traces.push_back(files("x86_64-6.12", "C").front());
  EXPECT_THAT(error(mixed),
              testing::HasSubstr("from different kernels, or other drivers were loaded"));
}

// --- costs

TEST(Costs, AreQuantilesOrOneNumber) {
  EXPECT_EQ(quantiles({}).dump(), "0");
  EXPECT_EQ(quantiles({7, 7, 7}).dump(), "7");
  EXPECT_EQ(quantiles({5, 1, 3, 2, 4}).dump(), "[1,2,3,4,5]");
  EXPECT_EQ(quantiles({2, 1}).dump(), "[1,1,2,2,2]");
}

TEST(Costs, OfAnEmulatorAreLabelledAndNameEveryPhaseOfTheBringUp) {
  const Import made = import_table(as_shipped("x86_64-6.12"));
  const ordered_json& costs = *made.costs;
  EXPECT_EQ(costs["measured_under"], "emulation");
  EXPECT_EQ(costs["name"], "emulated-x86_64-6.12");
  for (const char* phase : {"kick", "alive", "microcode", "cpu_init", "calibrate", "tsc_sync",
                            "idle_entry", "kick_cleanup", "wake_up", "cpu_up", "bringup_done"})
    EXPECT_TRUE(costs["phases"].contains(phase)) << phase;
  for (const auto& [name, cost] : costs["phases"].items())
    EXPECT_NE(std::find(kPhaseNames.begin(), kPhaseNames.end(), name), kPhaseNames.end()) << name;
  // STARTING callbacks pass within cpu_init, and takedown_cpu waits for the dying CPU.
  EXPECT_EQ(costs["states"]["sched:starting"]["startup"], 0);
  EXPECT_FALSE(costs["states"].contains("cpu:teardown"));
  EXPECT_EQ(costs["phases"]["idle_dead"]["work"].size(), 5u);
  // The recordings are of several machines, so no run takes its durations from their places.
  EXPECT_FALSE(costs.contains("replay"));
  EXPECT_EQ(costs["states"]["threads:prepare"]["startup"][0]["when"], "first");
}

/// What a boot of the recorded machine gives by itself.
Import boot_alone(const std::string& dir, const std::string& file) {
  ImportOptions options = as_shipped(dir, "");
  options.traces = {kRecordings + dir + "/" + file};
  return import_table(options);
}

TEST(Costs, OfOneBootHaveTheirPlaces) {
  const Import made = boot_alone("x86_64-6.12", "A-boot-smp8.txt.gz");
  const ordered_json& costs = *made.costs;
  EXPECT_EQ(costs["replay"].dump(), R"({"design":"parallel","cpus":8,"seed":1})");
  const ordered_json& threads = costs["states"]["threads:prepare"]["startup"]["work"];
  EXPECT_EQ(threads["by_cpu"]["1"].dump(), "[11112000]");
  EXPECT_EQ(threads["quantiles"].size(), 5u);
  // The trace buffers' callback has an instance for each buffer; the last one added comes first.
  EXPECT_EQ(costs["states"]["trace/RB:prepare"]["startup"]["work"]["by_cpu"]["1"][0].size(), 3u);
  // An emulator says nothing about other designs.
  EXPECT_EQ(costs["no_figure"].size(), 3u);
  EXPECT_FALSE(costs.contains("other_reading"));
}

// A takedown whose steps all cost nothing would have one date, and no order between CPUs.
TEST_F(PlainFiles, WithoutATakedownTheTakedownKeepsItsDefaultCosts) {
  const Import made = import_table(
      {.states = write("states", states()), .traces = {write("up", up())}, .kernel = "6.1"});
  ASSERT_TRUE(made.costs);
  EXPECT_FALSE(made.costs->at("default").contains("teardown"));
  for (const char* phase : {"stop_machine", "rcu_sync", "irq_migrate", "idle_dead", "die"})
    EXPECT_FALSE(made.costs->at("phases").contains(phase)) << phase;
  EXPECT_EQ(made.costs->at("phases").at("ipi"), 0) << "a part of the bring-up";
}

TEST(Costs, OfASerialAndAParallelBootTellAliveFromTheRest) {
  ImportOptions options = as_shipped("x86_64-6.12", "");
  for (const char* file : {"/A-boot-smp8.txt.gz", "/A-boot-smp8-parallel0.txt.gz"})
    options.traces.push_back(kRecordings + "x86_64-6.12" + file);
  const ordered_json costs = *import_table(options).costs;
  EXPECT_EQ(costs["replay"]["design"], "parallel");
  EXPECT_EQ(costs["no_figure"].size(), 2u);
  EXPECT_EQ(costs["phases"]["cpu_init"]["work"]["by_cpu"].size(), 7u);
}

TEST(Costs, StatesThatComeAfterTheBootSayWhen) {
  const Import made = boot_alone("s390x-6.12", "A-boot-smp8.txt.gz");
  EXPECT_GT(state(made.table, "base/topology:prepare")["since"], 1'000'000'000);
  EXPECT_FALSE(state(made.table, "smpboot/threads:online").contains("since"));
  // Its registration failed, so the kernel has no such state.
  for (const ordered_json& s : made.table["states"]) EXPECT_NE(s["id"], 191) << s;
}

TEST(Costs, CountersHaveNone) {
  ImportOptions options = as_shipped("x86_64-6.1", "");
  options.traces = {kRecordings + "x86_64-6.1/A-boot-smp4-counter.txt.gz"};
  const Import made = import_table(options);
  EXPECT_FALSE(made.costs);
  EXPECT_EQ(made.costs_text(), "");
  EXPECT_THAT(made.warnings, testing::Contains(testing::HasSubstr("costs cannot be measured")));
}

// --- catalogue

TEST(Catalogue, KnowsEveryNamedStateOfItsSources) {
  const std::string dir = CPUHP_SOURCE_DIR "/sim/trace/catalogue/";
  for (const auto& [file, version] : {std::pair{"states-v4.6.json", KernelVersion{4, 6}},
                                      std::pair{"enum-full-v6.1.json", KernelVersion{6, 1}},
                                      std::pair{"enum-full-v6.6.json", KernelVersion{6, 6}},
                                      std::pair{"enum-full-v6.18.json", KernelVersion{6, 18}}}) {
    std::size_t named = 0;
    for (const auto& e : nlohmann::json::parse(read_text(dir + file))) {
      if (e["sysfs_name"].is_null()) continue;
      ++named;
      const std::string name = e["sysfs_name"];
      const CatalogueEntry* known = find_in_catalogue(name, version);
      ASSERT_NE(known, nullptr) << name;
      EXPECT_EQ(known->multi, e["multi_instance"]) << name;
      EXPECT_EQ(known->cant_stop, e["cant_stop"]) << name;
      if (name == "hrtimers:dying") continue;  // back-ported: see scripts/make-catalogue
      EXPECT_EQ(!known->startup.empty(), e["has_startup"]) << name;
      EXPECT_EQ(!known->teardown.empty(), e["has_teardown"]) << name;
    }
    EXPECT_GT(named, 10u);
  }
}

TEST(Catalogue, ChoosesByVersion) {
  EXPECT_EQ(find_in_catalogue("cpu:bringup", {6, 1})->startup, "bringup_cpu");
  EXPECT_EQ(find_in_catalogue("cpu:bringup", {6, 12})->startup, "cpuhp_bringup_ap");
  EXPECT_EQ(find_in_catalogue("tick:dying", {6, 9})->teardown, "tick_cpu_dying");
  EXPECT_EQ(find_in_catalogue("no:such", {6, 9}), nullptr);
}

TEST(KernelVersions, AreReadFromTheFront) {
  EXPECT_EQ(kernel_version("6.12.117"), (KernelVersion{6, 12, 117}));
  EXPECT_EQ(kernel_version("6.1.0-56-cloud-amd64"), (KernelVersion{6, 1}));
  EXPECT_EQ(kernel_version("v4.6"), (KernelVersion{4, 6}));
  EXPECT_EQ(kernel_version("linux"), KernelVersion{});
}

}  // namespace
}  // namespace cpuhp
