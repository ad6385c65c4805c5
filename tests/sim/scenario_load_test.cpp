// Scenarios: what a good one becomes, and every kind of bad input with its exact sentence.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/report/finding_report.hpp"
#include "sim/run/run.hpp"
#include "sim/scenario/cpulist.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/scenario/scenario_json.hpp"
#include "tests/sim/scenario_files.hpp"

namespace cpuhp {
namespace {

Scenario full() { return load_scenario(source_path("tests/data/scenario/full.json")); }

TEST(Scenario, MachineIsRead) {
  const Scenario s = full();
  const MachineConfig& c = s.config;
  EXPECT_EQ(s.name, "everything");
  EXPECT_EQ(s.description, "Every field once.");
  EXPECT_EQ(c.topology.nr_cpus(), 7u);
  EXPECT_EQ(c.topology.place(5), (CpuPlace{.socket = 1, .core = 0, .thread = 1, .node = 1}));
  EXPECT_EQ(print_cpulist(c.present), "0-5");
  EXPECT_EQ(print_cpulist(c.housekeeping), "0,2-6");
  EXPECT_EQ(c.max_cpus, 4u);
  EXPECT_TRUE(c.tsc_reliable);
  EXPECT_TRUE(c.has_cpu0_online_file());
  EXPECT_EQ(c.design, Design::Parallel);
  EXPECT_EQ(c.seed, 42u);
  EXPECT_EQ(c.boot_work, 1_ms);
  EXPECT_EQ(c.background, 2_ms);
}

TEST(Scenario, AnOperationOnSeveralCpusIsOneForEach) {
  const ScenarioFolder folder;
  const std::string text = scenario_with(
      R"("operations": [{"op": "boot"}, {"op": "down", "cpus": "1-N:1/2", "target": 3}, {"op": "up", "cpu": 1}])");
  const auto& all = folder.load(text).config.operations;
  ASSERT_EQ(all.size(), 4u);
  EXPECT_EQ(all[1].cpu, 1u);
  EXPECT_EQ(all[2].cpu, 3u);
  EXPECT_EQ(all[2].kind, OpKind::Down);
  EXPECT_EQ(all[2].target, 3);
  EXPECT_EQ(all[3].kind, OpKind::Up);
  const std::string path = folder.write("s.json", text);
  EXPECT_EQ(self_contained_scenario(path)["operations"].size(), 4u);
}

TEST(Scenario, TableAndRulesAreRead) {
  const StateTable table = full().config.table;
  EXPECT_EQ(table.name(), "small");
  EXPECT_EQ(table.kernel(), "6.1.0");
  EXPECT_EQ(table.max(), 21);
  EXPECT_EQ(table.at(3).instances, 3);
  EXPECT_TRUE(table.at(19).startup_assumed);
  EXPECT_TRUE(table.rules().down_via_kworker);  // the table's
  EXPECT_FALSE(table.rules().decrement_first);  // the scenario's
  EXPECT_EQ(table.rules().core_sync, CoreSync::Full);
}

TEST(Scenario, CostsAreStackedEntryByEntry) {
  const CostProfile costs = full().config.costs;
  EXPECT_EQ(costs.name, "small + more");
  EXPECT_EQ(costs.phase(Phase::Kick), Cost::fixed(30_us));  // the second profile's
  EXPECT_EQ(costs.phase(Phase::Unattributed), Cost::fixed(5_us));
  EXPECT_EQ(costs.phase(Phase::CpuInit), CostProfile().phase(Phase::CpuInit));  // nobody's
  EXPECT_EQ(costs.step(18, Direction::Up), Cost::fixed(11_ns));
  const CostPart down = costs.step(18, Direction::Down).parts.at(0);
  EXPECT_EQ(down.per_online, 3_ns);
  EXPECT_EQ(down.per_online_squared, 1_ns);
  EXPECT_EQ(costs.step(1, Direction::Up).parts.at(0).lock, kKthreadd);
  EXPECT_EQ(costs.step(19, Direction::Up), Cost::fixed(700_ns));
  EXPECT_EQ(costs.step(19, Direction::Down).parts.at(0).wait.quantiles.size(), 3u);
  // cpu:kick_ap is not in the table; a design that splits the start-up puts it at 9.
  EXPECT_EQ(costs.step(9, Direction::Up), Cost::fixed(77_ns));
}

TEST(Scenario, NotesSayWhatAReaderShouldKnow) {
  EXPECT_THAT(full().notes,
              testing::ElementsAre("costs small: measured under emulation; the ranking of the "
                                   "durations is realistic, the durations are not",
                                   "costs small: table small has no state x86/tboot:dying",
                                   "shutdown: on x86_64 a reboot stops the other CPUs by an "
                                   "interrupt and walks no states; here it takes them down, as on "
                                   "arm64"));
}

TEST(Scenario, OperationsAndFaultsAreRead) {
  const MachineConfig c = full().config;
  ASSERT_EQ(c.operations.size(), 14u);
  EXPECT_EQ(c.operations[0].kind, OpKind::Boot);
  EXPECT_EQ(c.operations[1].kind, OpKind::Down);
  EXPECT_EQ(c.operations[1].target, StateId{18});
  EXPECT_EQ(c.operations[2].target, StateId{21});
  EXPECT_EQ(c.operations[2].at, 5_ms);
  EXPECT_EQ(c.operations[3].path, "cpu3/online");
  EXPECT_EQ(c.operations[3].text, "0");
  EXPECT_EQ(c.operations[4].kind, OpKind::Shutdown);
  EXPECT_EQ(c.operations[11].kind, OpKind::Read);
  EXPECT_EQ(c.operations[11].path, "smt/control");
  EXPECT_EQ(c.operations[12].kind, OpKind::Suspend);
  EXPECT_EQ(c.operations[12].cpu, 2u);
  EXPECT_EQ(c.operations[12].wakeup_after, 1u);
  EXPECT_EQ(c.operations[13].kind, OpKind::Resume);
  EXPECT_EQ(c.operations[13].at, 7_ms);
  ASSERT_EQ(c.faults.size(), 11u);
  EXPECT_EQ(c.faults[0].direction, Direction::Down);
  EXPECT_EQ(c.faults[0].error, -12);
  EXPECT_EQ(c.faults[1].cpu, kNoCpu);
  EXPECT_EQ(c.faults[1].instance, 2);
  EXPECT_EQ(c.faults[1].nth, 0u);
  EXPECT_EQ(c.faults[1].error, -16);
  EXPECT_EQ(c.faults[2].delay, 1_us);
  EXPECT_EQ(c.faults[3].state, 9);
  EXPECT_EQ(c.faults[9].kind, FaultKind::RefusedTakedown);
  EXPECT_EQ(c.faults[9].error, -16);
}

TEST(Scenario, ReadersAreRead) {
  const std::vector<LockReader> readers = full().config.readers;
  ASSERT_EQ(readers.size(), 2u);
  EXPECT_EQ(readers[0].name, "stats");
  EXPECT_EQ(readers[0].cpu, 2u);
  EXPECT_EQ(readers[0].every, (Dist{{1_us, 5_us}}));
  EXPECT_EQ(readers[0].hold, Dist::fixed(3_us));
  EXPECT_TRUE(readers[0].work);
  EXPECT_EQ(readers[0].from, 9_ns);
  EXPECT_EQ(readers[0].rounds, 4u);
  EXPECT_EQ(readers[0].flushed_by, (CallbackOf{declared_id(1), Direction::Up}));
  EXPECT_EQ(readers[1].name, "reader 1");
  EXPECT_EQ(readers[1].cpu, kNoCpu);
  EXPECT_EQ(readers[1].every, Dist::fixed(1_ms));
  EXPECT_FALSE(readers[1].hold);
  EXPECT_FALSE(readers[1].work || readers[1].from || readers[1].flushed_by);
  EXPECT_EQ(readers[1].rounds, LockReader::kNoEnd);
}

TEST(Scenario, StatesOfDriversAreRead) {
  const MachineConfig c = full().config;
  EXPECT_THAT(c.uninstalled, testing::ElementsAre(19, 2));
  ASSERT_EQ(c.declared.size(), 3u);
  EXPECT_EQ(c.declared[0].name, "drv:prepare");
  EXPECT_EQ(c.declared[0].startup, "drv_up");
  EXPECT_EQ(c.declared[0].teardown, "drv_down");
  EXPECT_EQ(c.declared[0].number, 5);
  EXPECT_EQ(c.declared[0].range, DynamicRange::None);
  EXPECT_TRUE(c.declared[0].multi);
  ASSERT_EQ(c.declared[0].resources.size(), 2u);
  EXPECT_EQ(c.declared[0].resources[0].name, "ring");
  EXPECT_EQ(c.declared[0].resources[1].name, "irq");
  EXPECT_FALSE(c.declared[0].resources[1].kept_on_error);
  EXPECT_EQ(c.declared[0].cpus_read_lock, ReadLock::Neither);
  EXPECT_EQ(c.declared[2].cpus_read_lock, ReadLock::Teardown);
  ASSERT_EQ(c.costs.raw_locks.size(), 1u);
  EXPECT_EQ(c.costs.lock_names.at(static_cast<std::size_t>(c.costs.raw_locks[0])), "bank_lock");
  EXPECT_EQ(c.declared[1].range, DynamicRange::Online);
  EXPECT_EQ(c.declared[1].teardown, "");
  EXPECT_FALSE(c.declared[1].multi);
  EXPECT_EQ(c.declared[2].range, DynamicRange::Prepare);
  EXPECT_EQ(c.costs.step(declared_id(0), Direction::Up), Cost::fixed(124_ns)) << "the profile's";
  EXPECT_EQ(c.costs.step(declared_id(0), Direction::Down).parts.at(0).lock, kKthreadd);
  EXPECT_EQ(c.costs.step(declared_id(1), Direction::Up), Cost::fixed(77_ns));
  EXPECT_EQ(c.faults[10].state, declared_id(0));
  EXPECT_EQ(c.faults[10].instance, 7);
}

TEST(Scenario, RegistrationsAreRead) {
  const MachineConfig c = full().config;
  const Operation& setup = c.operations[5];
  EXPECT_EQ(setup.kind, OpKind::Setup);
  EXPECT_EQ(setup.state, 19);
  EXPECT_FALSE(setup.calls);
  EXPECT_EQ(setup.on, 2u);
  EXPECT_EQ(c.operations[6].state, declared_id(0));
  EXPECT_TRUE(c.operations[6].calls);
  EXPECT_EQ(c.operations[6].at, 6_ms);
  EXPECT_EQ(c.operations[7].kind, OpKind::AddInstance);
  EXPECT_EQ(c.operations[7].instance, 7);
  EXPECT_EQ(c.operations[8].kind, OpKind::RemoveInstance);
  EXPECT_FALSE(c.operations[8].calls);
  EXPECT_EQ(c.operations[9].kind, OpKind::Remove);
  EXPECT_EQ(c.operations[9].state, 18);
  EXPECT_EQ(c.operations[10].target, declared_id(1));
}

// What is said in a scenario is what runs.
TEST(Scenario, ADriverRegistersRunsAndGoes) {
  const Scenario s = load_scenario(source_path("scenarios/register-a-driver.json"));
  with_bare_simulator([&](Simulator& simulator) {
    for (const Design design : {Design::Symmetric, Design::Parallel, Design::Async}) {
      MachineConfig c = s.config;
      c.design = design;
      const RunResult r = simulator.run(c);
      std::vector<int> returned;
      for (const OpResult& op : r.operations) returned.push_back(op.ret);
      EXPECT_EQ(returned, s.expect.ret) << to_string(design);
      std::string first;  // of each operation: who is called where
      for (const Event& e : r.stream.events) {
        if (e.kind == EventKind::OpBegin) first += r.stream.names[e.name] + ":";
        const std::string& name = r.stream.names[e.name];
        if (e.kind == EventKind::Enter && name.starts_with("nic_"))
          first += " " + name + " " + std::to_string(e.cpu) + "@" + std::to_string(e.on);
        if (e.kind == EventKind::OpEnd) first += "\n";
      }
      EXPECT_EQ(first,
                "boot:\ndown:\ndown:\n"
                "setup: nic_prepare_cpu 0@0 nic_prepare_cpu 1@0 nic_prepare_cpu 2@0\n"
                "setup: nic_online_cpu 0@0 nic_online_cpu 1@1 nic_offline_cpu 0@0\n"
                "setup: nic_online_cpu 0@0 nic_online_cpu 1@1\n"
                "up: nic_online_cpu 2@2\n"
                "up: nic_prepare_cpu 3@0 nic_online_cpu 3@3\n"
                "remove: nic_offline_cpu 0@0 nic_offline_cpu 1@1 nic_offline_cpu 2@2 "
                "nic_offline_cpu 3@3\n"
                "remove: nic_dead_cpu 0@0 nic_dead_cpu 1@0 nic_dead_cpu 2@0 nic_dead_cpu 3@0\n")
          << to_string(design);
    }
  });
}

TEST(Scenario, ExpectIsRead) {
  const Expect e = full().expect;
  EXPECT_EQ(print_cpulist(e.online.value()), "0-2");
  EXPECT_THAT(e.ret, testing::ElementsAre(0, -16, -12, 0, 0, 19, 0, 0, 0, 0, -22, 0, -16, 0));
  EXPECT_EQ(e.bringup.value().max, 100_ns);
  EXPECT_FALSE(e.boot.value().min);
  EXPECT_EQ(e.state, (std::map<CpuId, StateId>{{3, 0}, {4, 18}}));
  EXPECT_EQ(e.hang, false);
  EXPECT_EQ(e.findings, 0u);
  EXPECT_EQ(e.digest, "00ff");
}

TEST(Scenario, DefaultsAreAOneCpuBoot) {
  const ScenarioFolder folder;
  const Scenario s = folder.load(R"({"version": 1, "machine": {}, "table": "table.json"})");
  EXPECT_EQ(s.name, "s");
  EXPECT_EQ(s.config.topology.nr_cpus(), 1u);
  ASSERT_EQ(s.config.operations.size(), 1u);
  EXPECT_EQ(s.config.operations[0].kind, OpKind::Boot);
  EXPECT_EQ(s.config.design, Design::Symmetric);
  EXPECT_TRUE(s.expect.empty());
  EXPECT_TRUE(s.notes.empty());
}

TEST(Scenario, NodesMayBeSharedOrSplit) {
  const ScenarioFolder folder;
  const auto node = [&](const std::string& machine, CpuId cpu) {
    const std::string text =
        R"({"version": 1, "machine": )" + machine + R"(, "table": "table.json"})";
    return folder.load(text).config.topology.place(cpu).node;
  };
  EXPECT_EQ(node(R"({"sockets": 4, "nodes": 2})", 3), 1u);
  EXPECT_EQ(node(R"({"sockets": 2, "cores": 4, "nodes": 4})", 7), 3u);
  EXPECT_EQ(node(R"({"topology": [{}, {"core": 1, "node": 5}]})", 1), 5u);
}

class BadScenario : public testing::TestWithParam<BadText> {};

TEST_P(BadScenario, IsRefusedInOneLine) {
  const ScenarioFolder folder;
  std::filesystem::create_directory(folder.path("folder"));
  EXPECT_EQ(folder.error(scenario_with(GetParam().text)), GetParam().error);
}

// The members of scenario_with(), which has 62 bytes before them.
const BadText kBadScenarios[] = {
    {"None", "", "no error"},
    {"UnknownKey", R"("desing": "async")",
     "s.json:1:64: /desing: unknown key \"desing\" (did you mean 'design'?)"},
    {"UnknownKeyFarFromAll", R"("expect": {"zzzzzz": 1})",
     "s.json:1:75: /expect/zzzzzz: unknown key \"zzzzzz\", expected online, ret, bringup_ns, "
     "boot_ns, state, hang, panic, findings or digest"},
    {"WrongType", R"("seed": "7")",
     "s.json:1:72: /seed: expected an integer, 0 to 9223372036854775807, found \"7\""},
    {"Fraction", R"("boot_work_ns": 1.5)",
     "s.json:1:80: /boot_work_ns: expected an integer (ns), 0 to 1000000000000000, found 1.5"},
    {"OutOfRange", R"("boot_work_ns": -1)",
     "s.json:1:80: /boot_work_ns: out of range: expected an integer (ns), 0 to 1000000000000000, "
     "found -1"},
    {"OtherMeaningInVersion1", R"("boot_work_ns": 5)",
     "s.json:1:80: /boot_work_ns: in version 1 of the format this work filled the sleep of the "
     "boot CPU during the bring-up, but no kernel begins it before all CPUs are up; with "
     "\"version\": 2 it follows the bring-up, and \"background_ns\" is work that fills the sleep"},
    {"TooLarge", R"("seed": 18446744073709551615)",
     "s.json:1:72: /seed: expected an integer, 0 to 9223372036854775807, found "
     "1.8446744073709552e+19"},
    {"Null", R"("name": null)", "s.json:1:72: /name: expected a name, found null"},
    {"WrongWord", R"("design": "asinc")",
     "s.json:1:74: /design: expected \"notifier\", \"symmetric\", \"parallel\" or \"async\", found "
     "\"asinc\" (did you mean 'async'?)"},
    {"DuplicateKey", R"("seed": 1, "seed": 2)", "s.json:1:75: /seed: duplicate key \"seed\""},
    {"TrailingComma", R"("seed": 1, )",
     "s.json:1:73: trailing comma: expected another entry after ',', found '}'"},
    {"MissingCosts", R"("costs": "cost.json")",
     "s.json:1:73: /costs: no such file: cost.json (did you mean 'costs.json'?)"},
    {"CostsAreAFolder", R"("costs": "folder")",
     "s.json:1:73: /costs: expected a file, but this path is a folder: folder"},
    {"AFolderIsNotMeant", R"("costs": "foldr")", "s.json:1:73: /costs: no such file: foldr"},
    {"NotACostsFile", R"("costs": "table.json")",
     "table.json:3:11: this is a state table, not a cost profile"},
    {"MissingOperationField", R"("operations": [{"op": "run"}])",
     "s.json:1:79: /operations/0: missing key \"cpu\", expected an integer, 0 to 65535"},
    {"MissingOp", R"("operations": [{"cpu": 1}])",
     "s.json:1:79: /operations/0: missing key \"op\", expected \"boot\", \"shutdown\", \"up\", "
     "\"down\", \"write\", \"read\", \"setup\", \"remove\", \"add_instance\", \"remove_instance\", "
     "\"suspend\", \"resume\", \"run\", \"plug\" or \"unplug\""},
    {"OperationWithCpuAndCpus", R"("operations": [{"op": "up", "cpu": 1, "cpus": "2"}])",
     "s.json:1:79: /operations/0: expected one of the keys \"cpu\" and \"cpus\""},
    {"OperationWithoutCpu", R"("operations": [{"op": "up"}])",
     "s.json:1:79: /operations/0: expected one of the keys \"cpu\" and \"cpus\""},
    {"OperationOnCpusThatAreNot", R"("operations": [{"op": "up", "cpus": "1-9"}])",
     "s.json:1:100: /operations/0/cpus: CPU 9 is out of range, expected 0 to 3"},
    {"FieldOfAnotherOp", R"("operations": [{"op": "boot", "cpu": 1}])",
     "s.json:1:94: /operations/0/cpu: unknown key \"cpu\", expected op, at_ns, with or delay_ns"},
    {"UnknownStateOfADriver",
     R"("states": [{"name": "drv:one", "number": 5}],
        "operations": [{"op": "setup", "state": "drv:on"}])",
     "s.json:2:49: /operations/0/state: table small has no state named \"drv:on\" (did you mean "
     "'drv:one'?)"},
    {"StateWithoutAPlace", R"("states": [{"name": "drv:one"}])",
     "s.json:1:75: /states/0: a state needs one of the keys \"dynamic\" and \"number\""},
    {"StateWithTwoPlaces", R"("states": [{"name": "d", "number": 5, "dynamic": "online"}])",
     "s.json:1:99: /states/0/number: \"number\" does not go together with \"dynamic\""},
    {"StateOfThisNameAgain",
     R"("states": [{"name": "d", "number": 5}, {"name": "d", "number": 6}])",
     "s.json:1:112: /states/1/name: \"states\" already has a state of this name: choose another "
     "name"},
    {"StateOfTheTableAgain", R"("states": [{"name": "random:online", "number": 5}])",
     "s.json:1:84: /states/0/name: table small already has a state of this name: choose another "
     "name, or list the table's state in \"uninstalled\" and set that state up"},
    {"StateAtTheIdleEntry", R"("states": [{"name": "d", "number": 16}])",
     "s.json:1:99: /states/0/number: this is the number of the state after cpu:teardown; that "
     "state stands for the AP's entry into its idle loop and has no callbacks: choose another "
     "number"},
    {"UninstallTheCore", R"("uninstalled": ["cpu:bringup"])",
     "s.json:1:80: /uninstalled/0: state \"cpu:bringup\" belongs to the hotplug core and is always "
     "installed: expected a state of a driver"},
    {"UninstallNothing", R"("uninstalled": [7])",
     "s.json:1:80: /uninstalled/0: table small has no state 7"},
    {"UninstallTwice", R"("uninstalled": ["perf:online", 18])",
     "s.json:1:95: /uninstalled/1: state 18 is listed twice"},
    {"RemoveTheCore", R"("operations": [{"op": "remove", "state": "sched:active"}])",
     "s.json:1:105: /operations/0/state: state \"sched:active\" belongs to the hotplug core and is "
     "always installed: expected a state of a driver"},
    {"SetupUnderTheNotifierDesign",
     R"("design": "notifier", "operations": [{"op": "setup", "state": 18}])",
     "s.json:1:108: /operations/0/op: the notifier design cannot set up or remove states at run "
     "time; the other designs can"},
    {"InstanceOfASetup", R"("operations": [{"op": "setup", "state": 18, "instance": 1}])",
     "s.json:1:108: /operations/0/instance: unknown key \"instance\", expected op, state, calls, "
     "on, at_ns, with or delay_ns"},
    {"InstanceMissing", R"("operations": [{"op": "add_instance", "state": 3}])",
     "s.json:1:79: /operations/0: missing key \"instance\", expected an integer, 0 to 65534"},
    {"FaultOfAnAbsentCallback",
     R"("states": [{"name": "d", "number": 5, "teardown": "d_down"}],
        "faults": [{"kind": "error", "state": "d"}])",
     "s.json:2:47: /faults/0/state: state \"d\" has no startup callback, so the fault can never "
     "happen"},
    {"FaultOfAnInstanceOfASingle",
     R"("states": [{"name": "d", "number": 5, "startup": "d_up"}],
        "faults": [{"kind": "error", "state": "d", "instance": 1}])",
     "s.json:2:64: /faults/0/instance: state \"d\" is not a multi-instance state, so \"instance\" "
     "is not allowed"},
    {"ReturnBeyondTheStates", R"("expect": {"ret": [4096]})",
     "s.json:1:83: /expect/ret/0: out of range: expected an integer, -4095 to 4095, found 4096"},
    {"ImpossibleCpu", R"("operations": [{"op": "down", "cpu": 4}])",
     "s.json:1:101: /operations/0/cpu: CPU 4 is not possible on this machine, expected 0 to 3"},
    {"UnknownTarget", R"("operations": [{"op": "down", "cpu": 3, "target": "perf:onlyne"}])",
     "s.json:1:114: /operations/0/target: table small has no state named \"perf:onlyne\" (did you "
     "mean 'perf:online'?)"},
    {"TargetBeyondTheTable", R"("operations": [{"op": "down", "cpu": 3, "target": 22}])",
     "s.json:1:114: /operations/0/target: table small has no state 22, expected 0 to 21"},
    {"SysfsPathLeavesTheTree", R"("operations": [{"op": "write", "path": "../x", "value": "0"}])",
     "s.json:1:103: /operations/0/path: expected a path such as \"cpu3/online\", found \"../x\""},
    {"FaultWithoutCallback",
     R"("faults": [{"kind": "error", "state": "random:online", "direction": "down"}])",
     "s.json:1:102: /faults/0/state: state \"random:online\" has no teardown callback, so the "
     "fault can never happen"},
    {"InstanceOfASingle", R"("faults": [{"kind": "error", "state": "perf:online", "instance": 0}])",
     "s.json:1:129: /faults/0/instance: state \"perf:online\" is not a multi-instance state, so "
     "\"instance\" is not allowed"},
    {"UnknownErrno", R"("faults": [{"kind": "refused_takedown", "errno": "EBUSI"}])",
     "s.json:1:113: /faults/0/errno: expected an error\'s name such as \"EBUSY\", found \"EBUSI\" "
     "(did "
     "you mean \'EBUSY\'?)"},
    {"ReturnsDoNotMatchOperations", R"("expect": {"ret": [0, 0]})",
     "s.json:1:82: /expect/ret: expected one entry for each of the 1 operations, found 2"},
    {"RangeUpsideDown", R"("expect": {"boot_ns": {"min": 2, "max": 1}})",
     "s.json:1:86: /expect/boot_ns: \"max\" is less than \"min\""},
    {"StateOfNoCpu", R"("expect": {"state": {"x": "offline"}})",
     "s.json:1:85: /expect/state/x: expected a CPU's number as the key, found \"x\""},
    {"OnlineBeyondTheMachine", R"("expect": {"online": "0-4"})",
     "s.json:1:85: /expect/online: CPU 4 is out of range, expected 0 to 3"},
    {"UnknownRule", R"("rules": {"decrement_frist": true})",
     "s.json:1:74: /rules/decrement_frist: unknown key \"decrement_frist\" (did you mean "
     "'decrement_first'?)"},
    {"QuantilesDescend", R"("costs": {"phases": {"kick": {"work": [2, 1]}}})",
     "s.json:1:106: /costs/phases/kick/work/1: quantiles must be in ascending order: expected at "
     "least 2, found "
     "1"},
    {"ReaderWithoutAPause", R"("readers": [{"every": 999}])",
     "s.json:1:86: /readers/0/every: a reader pauses at least 1000 ns between two rounds, or it "
     "would do nothing else: expected a longer pause"},
    {"TwoReadersOfOneName", R"("readers": [{"every": 1000, "name": "reader 1"}, {"every": 1000}])",
     "s.json:1:113: /readers/1: \"readers\" already has a reader of the name \"reader 1\": choose "
     "another name"},
    {"ReaderOfAnotherLock", R"("readers": [{"every": 1000, "lock": "rcv"}])",
     "s.json:1:100: /readers/0/lock: expected \"cpu_hotplug_lock\" or \"rcu\", found \"rcv\" (did "
     "you mean 'rcu'?)"},
    {"ReaderWorksForEver", R"("readers": [{"every": 1000, "hold": "forever", "work": true}])",
     "s.json:1:119: /readers/0/work: a reader that never lets go holds the lock asleep: expected "
     "\"work\": false or a duration in \"hold\""},
    {"NobodyFlushes",
     R"("readers": [{"every": 1000, "flushed_by": {"state": "random:online", "direction": "down"}}])",
     "s.json:1:116: /readers/0/flushed_by/state: state \"random:online\" has no teardown callback, "
     "so nothing would wait for the reader"},
    {"FlushedByTheCore", R"("readers": [{"every": 1000, "flushed_by": {"state": "cpu:bringup"}}])",
     "s.json:1:116: /readers/0/flushed_by/state: state \"cpu:bringup\" belongs to the hotplug core "
     "and "
     "is always installed: expected a state of a driver"},
    {"FlushedWhereNobodyMayWait",
     R"("readers": [{"every": 1000, "flushed_by": {"state": "sched:starting"}}])",
     "s.json:1:116: /readers/0/flushed_by/state: callbacks of state \"sched:starting\" run with "
     "interrupts off and may not wait: expected a state of the PREPARE or the ONLINE section"},
    {"CostIsText", R"("costs": {"states": {"perf:online": {"startup": "1ms"}}})",
     "s.json:1:112: /costs/states/perf:online/startup: expected an integer (ns), 0 to "
     "1000000000000, an object, or an array, found \"1ms\""},
};

INSTANTIATE_TEST_SUITE_P(Kinds, BadScenario, testing::ValuesIn(kBadScenarios), bad_text_name);

class BadMachine : public testing::TestWithParam<BadText> {};

TEST_P(BadMachine, IsRefusedBeforeMemoryIsTaken) {
  const ScenarioFolder folder;
  EXPECT_EQ(folder.error("{\"version\": 1, \"table\": \"table.json\",\n\"machine\": " +
                         GetParam().text + "}"),
            GetParam().error);
}

const BadText kBadMachines[] = {
    {"TooManyCpus", R"({"sockets": 65536, "cores": 65536, "threads": 65536})",
     "s.json:2:12: /machine: sockets x cores x threads is 281474976710656 CPUs, expected at most "
     "65536"},
    {"TooManySockets", R"({"sockets": 65537})",
     "s.json:2:24: /machine/sockets: out of range: expected an integer, 1 to 65536, found 65537"},
    {"UnevenNodes", R"({"sockets": 2, "nodes": 3})",
     "s.json:2:36: /machine/nodes: expected a multiple or a divisor of the 2 sockets, found 3"},
    {"MoreNodesThanCores", R"({"sockets": 1, "nodes": 2})",
     "s.json:2:36: /machine/nodes: more NUMA nodes in a socket (2) than cores (1)"},
    {"GridAndTopology", R"({"topology": [{}], "cores": 2})",
     "s.json:2:40: /machine/cores: \"cores\" does not go together with \"topology\""},
    {"SamePlace", R"({"topology": [{}, {}]})",
     "s.json:2:30: /machine/topology/1: CPU 1 has the same place as another CPU: socket 0, core 0, "
     "thread 0"},
    {"NoPrimary", R"({"topology": [{}, {"core": 1, "thread": 1}]})",
     "s.json:2:30: /machine/topology/1: the core of CPU 1 has no CPU with thread number 0"},
    {"HoleInPossible", R"({"cores": 4, "possible": "0,2"})",
     "s.json:2:37: /machine/possible: expected a range from 0, such as \"0-3\", found \"0,2\""},
    {"PresentBeyondPossible", R"({"cores": 4, "possible": "0-1", "present": "0-2"})",
     "s.json:2:55: /machine/present: CPU 2 is out of range, expected 0 to 1"},
    {"BootCpuAbsent", R"({"cores": 4, "present": "1-3"})",
     "s.json:2:36: /machine/present: the boot CPU, CPU 0, must be present, but \"present\" does "
     "not contain it"},
    {"NoCpuList", R"({"present": "zero"})",
     "s.json:2:24: /machine/present: expected a CPU list such as \"0-3,8\", found \"zero\""},
    {"CmdlineWord", R"({"cmdline": "nosmtt"})",
     "s.json:2:24: /machine/cmdline: unknown kernel parameter \"nosmtt\" (did you mean 'nosmt'?)"},
    {"NotAnObject", "4", "s.json:2:12: /machine: expected an object, found 4"},
};

INSTANTIATE_TEST_SUITE_P(Kinds, BadMachine, testing::ValuesIn(kBadMachines), bad_text_name);

TEST(ScenarioLimits, TheLargestMachineLoads) {
  const ScenarioFolder folder;
  const Scenario s = folder.load(
      R"({"version": 1, "machine": {"sockets": 64, "cores": 512, "threads": 2},
          "table": "table.json"})");
  EXPECT_EQ(s.config.present.weight(), kMaxCpus);
}

TEST(ScenarioLimits, SixteenMebibytesAreTheEnd) {
  const ScenarioFolder folder;
  const std::string text = scenario_with("");
  EXPECT_EQ(folder.error(text + std::string((16 << 20) - text.size(), ' ')), "no error");
  EXPECT_EQ(folder.error(text + std::string((16 << 20) - text.size() + 1, ' ')),
            "s.json: the file is too large: expected at most 16 MiB");
}

class BadSet : public testing::TestWithParam<BadText> {};

TEST_P(BadSet, NamesTheOption) {
  const ScenarioFolder folder;
  EXPECT_EQ(folder.error_of([&] {
    folder.load(scenario_with(R"("name": "n")"), {parse_set_override(GetParam().text)});
  }),
            GetParam().error);
}

const BadText kSets[] = {
    {"NoPointer", "seed=7", "--set seed=7: expected /json/pointer=value, such as /seed=7"},
    {"NoValue", "/seed", "--set /seed: expected /json/pointer=value, such as /seed=7"},
    {"UnknownKey", "/machine/sokets=2",
     "--set /machine/sokets=2: /machine/sokets: unknown key \"sokets\" (did you mean 'sockets'?)"},
    {"WrongType", "/seed=x",
     "--set /seed=x: /seed: expected an integer, 0 to 9223372036854775807, found \"x\""},
    {"OutOfRange", "/machine/cores=0",
     "--set /machine/cores=0: /machine/cores: out of range: expected an integer, 1 to 65536, found "
     "0"},
    {"BelowAText", "/name/x=1",
     "--set /name/x=1: /name: the pointer leads into a value that is not an object or array: "
     "\"n\""},
    {"IndexTooLarge", "/operations/3={}",
     "--set /operations/3={}: /operations: expected an index 0 to 0 or '-', found \"3\""},
    {"BrokenJson", "/machine={\"cores\":}",
     "--set /machine={\"cores\":}: not JSON: value: unexpected '}'; expected '[', '{', or a "
     "literal"},
    {"Semantics", "/machine/present=0-9",
     "--set /machine/present=0-9: /machine/present: CPU 9 is out of range, expected 0 to 3"},
};

INSTANTIATE_TEST_SUITE_P(Sets, BadSet, testing::ValuesIn(kSets), bad_text_name);

TEST(SetOverride, ReplacesAddsAndAppends) {
  const ScenarioFolder folder;
  const Scenario s = folder.load(
      scenario_with(""),
      {parse_set_override("/seed=9"), parse_set_override("/design=async"),
       parse_set_override("/machine/threads=2"),
       parse_set_override("/machine/cmdline=maxcpus=3 tsc=reliable"),
       parse_set_override("/costs/phases/kick=123"),
       parse_set_override("/operations/-={\"op\":\"boot\"}"),
       parse_set_override("/operations/-/op=down"), parse_set_override("/operations/1/cpu=2"),
       parse_set_override("/expect/state/2=offline"), parse_set_override("/name=42")});
  EXPECT_EQ(s.config.seed, 9u);
  EXPECT_EQ(s.config.design, Design::Async);
  EXPECT_EQ(s.config.topology.nr_cpus(), 8u);
  EXPECT_EQ(s.config.max_cpus, 3u);
  EXPECT_EQ(s.config.costs.phase(Phase::Kick), Cost::fixed(123_ns));
  ASSERT_EQ(s.config.operations.size(), 2u);
  EXPECT_EQ(s.config.operations[1].cpu, 2u);
  EXPECT_EQ(s.expect.state.at(2), 0);
  EXPECT_EQ(s.name, "42");
}

TEST(Scenario, ResourcesMayBeKeptByAStartupThatFails) {
  const auto with = [](const std::string& resources) {
    return scenario_with(R"("states": [{"name": "drv", "dynamic": "online", "startup": "up",
      "resources": )" + resources +
                         "}]");
  };
  const ScenarioFolder folder;
  const Scenario s =
      folder.load(with(R"(["a", {"name": "b"}, {"name": "c", "on_error": "kept"}])"));
  const std::vector<StateResource>& r = s.config.declared[0].resources;
  ASSERT_EQ(r.size(), 3u);
  EXPECT_EQ(r[1].name, "b");
  EXPECT_FALSE(r[0].kept_on_error || r[1].kept_on_error);
  EXPECT_TRUE(r[2].kept_on_error);
  EXPECT_EQ(folder.error(with(R"([{"name": "c", "on_error": "keep"}])")),
            "s.json:2:47: /states/0/resources/0/on_error: expected \"returned\" or \"kept\", "
            "found \"keep\"");
}

TEST(Scenario, FindingsAreANumberOrAList) {
  const ScenarioFolder folder;
  const auto expect = [&](const std::string& findings) {
    return folder.load(scenario_with(R"("expect": {"findings": )" + findings + "}")).expect;
  };
  EXPECT_EQ(expect("2").findings, 2u);
  EXPECT_FALSE(expect("2").broken);
  const Expect list =
      expect(R"([{"invariant": "I12", "place": "workqueue:online", "cpu": 3}, {}])");
  EXPECT_FALSE(list.findings);
  ASSERT_EQ(list.broken->size(), 2u);
  EXPECT_EQ(list.broken->at(0).invariant, "I12");
  EXPECT_EQ(list.broken->at(0).place, "workqueue:online");
  EXPECT_EQ(list.broken->at(0).cpu, 3u);
  EXPECT_FALSE(list.broken->at(1).invariant || list.broken->at(1).place || list.broken->at(1).cpu);
  EXPECT_FALSE(list.empty());
  EXPECT_EQ(folder.error(scenario_with(R"("expect": {"findings": [{"cpu": 4}]})")),
            "s.json:1:96: /expect/findings/0/cpu: CPU 4 is not possible on this machine, expected "
            "0 to 3");
}

TEST(Scenario, CanaryAndDesigns) {
  const ScenarioFolder folder;
  const Scenario plain = folder.load(scenario_with(""));
  EXPECT_FALSE(plain.canary);
  EXPECT_TRUE(plain.designs.empty());
  const Scenario s =
      folder.load(scenario_with(R"("canary": true, "designs": ["async", "notifier"])"));
  EXPECT_TRUE(s.canary);
  EXPECT_THAT(s.designs, testing::ElementsAre(Design::Async, Design::Notifier));
}

/// The small table's file as a part of the scenario.
std::string inline_table(const std::string& from = {}, const std::string& to = {}) {
  std::string table = file_text(source_path("tests/data/scenario/table.json"));
  for (const char* line : {"\"$schema\"", "\"version\"", "\"kind\""})
    if (const std::size_t at = table.find(line); at != std::string::npos)
      table.erase(at, table.find('\n', at) + 1 - at);
  if (!from.empty()) replace_all(table, from, to);
  return R"({"version": 1, "machine": {"cores": 4}, "table": )" + table + "}";
}

TEST(Scenario, ATableMayStandInTheScenario) {
  const ScenarioFolder folder;
  const StateTable outside = folder.load(scenario_with("")).config.table;
  const StateTable inside = folder.load(inline_table()).config.table;
  EXPECT_EQ(inside.name(), outside.name());
  EXPECT_EQ(inside.rules(), outside.rules());
  EXPECT_EQ(inside.dynamic(), outside.dynamic());
  ASSERT_EQ(inside.max(), outside.max());
  for (StateId id = 0; id <= inside.max(); ++id) {
    EXPECT_EQ(inside.at(id).name, outside.at(id).name);
    EXPECT_EQ(inside.at(id).startup, outside.at(id).startup);
    EXPECT_EQ(inside.at(id).instances, outside.at(id).instances);
  }
}

TEST(Scenario, ErrorsInATableOfTheScenarioHaveTheirPlace) {
  const ScenarioFolder folder;
  const std::string wrong = folder.error(inline_table("\"startup\"", "\"startpu\""));
  EXPECT_THAT(wrong, testing::MatchesRegex(
                         "s.json:[0-9]+:[0-9]+: /table/states/[0-9]+/startpu: unknown key "
                         "\"startpu\" .did you mean 'startup'.."));
  const std::string anchor = folder.error(inline_table("cpu:bringup", "cpu:brignup"));
  EXPECT_THAT(anchor, testing::MatchesRegex("s.json:[0-9]+:[0-9]+: /table/states: the table has no "
                                            "state named .cpu:bringup."));
}

TEST(ScenarioCosts, ATracedProfileSaysWhatItCannotTell) {
  const ScenarioFolder folder;
  const Scenario s = folder.load(R"({"version": 1, "machine": {"cores": 4},
    "table": "table.json", "operations": [],
    "costs": {"replay": {"design": "parallel", "cpus": 4, "seed": 3},
      "phases": {"alive": {"work": {"quantiles": [5, 9], "by_cpu": {"2": [[], 7, [1, 2]]}}}},
      "other_reading": {"why": "one interval", "phases": {"alive": 0}},
      "no_figure": {"async": "hidden"}}})");
  EXPECT_EQ(s.config.costs.replay, (TracedRun{.cpus = 4, .seed = 3}));
  const Dist& alive = s.config.costs.phase(Phase::Alive).parts.at(0).work;
  ASSERT_NE(alive.measured, nullptr);
  EXPECT_EQ(alive.quantiles.size(), 2u);
  EXPECT_EQ(alive.measured->find(2, 1, 0), std::nullopt);
  EXPECT_EQ(alive.measured->find(2, 2, 0), 7_ns);
  EXPECT_EQ(alive.measured->find(2, 3, 1), 2_ns);
  EXPECT_EQ(s.untold.design, Design::Parallel);
  EXPECT_EQ(s.untold.why, "one interval");
  ASSERT_TRUE(s.untold.other);
  EXPECT_EQ((*s.untold.other)[static_cast<std::size_t>(Phase::Alive)], Cost{});
  EXPECT_EQ((*s.untold.other)[static_cast<std::size_t>(Phase::Kick)], Cost::fixed(20_us));
  EXPECT_EQ(s.untold.no_figure.at(Design::Async), "hidden");
}

/// The names of the states' callbacks in the order in which CPU 1 entered them.
std::string entered(const RunResult& r) {
  std::string names;
  for (const Event& e : r.stream.events)
    if (e.cpu == 1 && e.kind == EventKind::Enter) names += r.stream.names[e.name] + ' ';
  return names;
}

TEST(ScenarioStates, ABootSetsUpAtItsEndWhatCameLater) {
  const ScenarioFolder folder;
  const auto table = [](const std::string& since) {
    return R"({"name": "t", "rules": {"base": "v6.1"}, "states": [{"id": 0, "name": "offline"},
      {"id": 3, "name": "cpu:bringup", "startup": "bringup_cpu", "teardown": "finish_cpu"},
      {"id": 4, "name": "idle:dead"}, {"id": 5, "name": "ap:offline"},
      {"id": 6, "name": "ap:online"}, {"id": 7, "name": "cpu:teardown", "teardown": "takedown_cpu"},
      {"id": 9, "name": "a:online", "startup": "a_up")" +
           since + R"(},
      {"id": 10, "name": "b:online", "startup": "b_up", "since": "later"},
      {"id": 11, "name": "c:online", "startup": "c_up"}, {"id": 12, "name": "online"}]})";
  };
  const auto run = [&](const std::string& states, const std::string& operations) {
    const Scenario s = folder.load(R"({"version": 1, "machine": {"cores": 2}, "operations": [)" +
                                   operations + R"(], "table": )" + states + "}");
    std::string names;
    with_bare_simulator([&](Simulator& simulator) {
      const RunResult r = simulator.run(s.config);
      EXPECT_THAT(findings_of(r, s.config), testing::IsEmpty());
      names = entered(r);
    });
    return names;
  };
  const std::string boot = R"({"op": "boot"})";
  EXPECT_EQ(run(table(""), boot), "bringup_cpu a_up c_up b_up ");
  EXPECT_EQ(run(table(R"(, "since": 5000)"), boot), "bringup_cpu c_up a_up b_up ");
  EXPECT_EQ(run(table(R"(, "since": 5000)"), R"({"op": "up", "cpu": 1})"),
            "bringup_cpu a_up b_up c_up ")
      << "the boot is over";
}

}  // namespace
}  // namespace cpuhp
