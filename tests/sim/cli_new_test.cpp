// cpuhp-sim new: the scenario that it writes runs, and it writes over nothing.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/sim/cli_program.hpp"

namespace cpuhp {
namespace {

using nlohmann::json;

TEST(CliNew, WritesAScenarioThatRunsAndIsExplained) {
  const Program p;
  const Called made = p.call("new mine --machine 2x32x2");
  EXPECT_EQ(made.code, 0) << made.err;
  EXPECT_NE(made.out.find("wrote mine.json: 128 CPUs, table x86_64-6.12"), std::string::npos);
  EXPECT_NE(made.out.find("  cpuhp-sim run mine.json"), std::string::npos);
  EXPECT_EQ(p.files(), std::set<std::string>{"mine.json"});
  const json scenario = json::parse(p.text("mine.json"));
  EXPECT_EQ(scenario["machine"], json({{"sockets", 2}, {"cores", 32}, {"threads", 2}}));
  // Each key that the notes explain is in the file, and the last CPU is named as it is.
  for (const std::string note : scenario["notes"]) {
    const std::string key = note.substr(0, note.find(':'));
    EXPECT_TRUE(scenario.contains(key) || key == "costs") << note;
  }
  EXPECT_EQ(scenario["operations"][1], json({{"op", "down"}, {"cpu", 127}}));
  const Called run = p.call("run mine.json");
  EXPECT_EQ(run.code, 0) << run.out << run.err;
  EXPECT_NE(run.out.find("ok: 128 of 128 CPUs online"), std::string::npos) << run.out;
}

TEST(CliNew, AMachineOfOneCpuOnlyBoots) {
  const Program p;
  EXPECT_EQ(p.call("new one.json --machine 1").code, 0);
  EXPECT_EQ(json::parse(p.text("one.json"))["operations"].size(), 1u);
  EXPECT_EQ(p.call("run one.json").code, 0);
}

TEST(CliNew, TheFaultOfTheNotesStrikes) {
  const Program p;
  p.call("new mine --machine 4");
  const std::string notes = json::parse(p.text("mine.json"))["notes"].dump();
  EXPECT_NE(notes.find(R"({\"kind\": \"error\", \"cpu\": 3, \"state\": \"sched:active\"})"),
            std::string::npos);
  const std::string run = "run mine.json --format json";
  const std::string fault =
      R"( --set '/faults/-={"kind": "error", "cpu": 3, "state": "sched:active"}')";
  EXPECT_NE(json::parse(p.call(run).out)["digest"], json::parse(p.call(run + fault).out)["digest"]);
}

TEST(CliNew, WritesOverNothing) {
  const Program p("mine.json", "precious");
  const Called made = p.call("new mine --machine 2");
  EXPECT_EQ(made.code, 2);
  EXPECT_NE(made.err.find("mine.json exists"), std::string::npos) << made.err;
  EXPECT_EQ(p.text("mine.json"), "precious");
}

TEST(CliNew, RefusesWhatIsNoMachine) {
  const Program p;
  for (const char* machine : {"0", "2x", "x2", "2x0x2", "1x2x3x4", "two", "2x2 ", "-1"}) {
    const Called made = p.call(std::string("new mine --machine '") + machine + "'");
    EXPECT_EQ(made.code, 2) << machine;
    EXPECT_NE(made.err.find("--machine"), std::string::npos) << made.err;
  }
  EXPECT_EQ(p.call("new mine --machine 70000x70000").code, 2);
  EXPECT_EQ(p.call("new mine").code, 2);
  EXPECT_EQ(p.call("new mine --machine 4 --states s.txt").code, 2);
  EXPECT_EQ(p.call("new mine --machine 4 --table none.json").code, 2);
  EXPECT_EQ(p.files(), std::set<std::string>{});
}

TEST(CliNew, LikeARecordingHasItsTableAndCosts) {
  const Program p;
  const std::string recording =
      CPUHP_SOURCE_DIR "/tests/truth/recordings/x86_64-6.1/A-boot-smp4.txt.gz";
  const Called made = p.call("new lab --machine 4 --like " + recording);
  ASSERT_EQ(made.code, 0) << made.err;
  EXPECT_EQ(p.files(), (std::set<std::string>{"lab-costs.json", "lab-table.json", "lab.json"}));
  const json scenario = json::parse(p.text("lab.json"));
  EXPECT_EQ(scenario["table"], "lab-table.json");
  EXPECT_EQ(scenario["costs"], "lab-costs.json");
  EXPECT_EQ(p.call("run lab.json").code, 0);
}

// --- files of another kind, and what -v tells

TEST(CliKinds, AFileOfAnotherKindIsCalledWhatItIs) {
  const Program p;
  p.call("run scenarios/offline-one-cpu.json --trace t.txt --trace t.json");
  const auto expect = [&](const std::string& command, const std::string& words) {
    const Called c = p.call(command);
    EXPECT_EQ(c.code, 2) << command;
    EXPECT_NE(c.err.find(words), std::string::npos) << command << ": " << c.err;
  };
  const std::string table = "scenarios/tables/x86_64-6.1.json";
  expect("run " + table, table + ":3:");
  expect("run " + table, "this is a state table, not a scenario; a scenario names its table");
  expect("compare scenarios/costs/arm64.json", "this is a cost profile, not a scenario");
  expect("run scenarios/published/skylake-112.json", "this is published figures, not a scenario");
  expect("run t.txt",
         "t.txt: this is a trace, not a scenario; cpuhp-sim check and explain read it");
  expect("run t.json", "this is a trace for Perfetto, not a scenario");
  expect("run scenarios/schema.json", "this is a JSON Schema, not a scenario");
  expect("run " CPUHP_SOURCE_DIR "/tests/truth/recordings/x86_64-6.1/A-boot-smp4.txt.gz",
         "this is a file that is compressed with gzip, not a scenario");
  expect("check scenarios/boot-8-cpus.json", "this is a scenario, not a trace");
  expect("check " + table, "this is a state table, not a trace");
  expect("check t.txt --table scenarios/boot-8-cpus.json", "this is a scenario, not a state table");
  expect("check t.txt --states " + table, "this is a state table, not a list of hotplug states");
  expect("validate scenarios/boot-8-cpus.json", "this is a scenario, not published figures");
  expect("conform scenarios/boot-8-cpus.json --table " + table, "this is a scenario, not a trace");
}

TEST(CliVerbose, TellsWhatTheResultRestsOn) {
  const Program p;
  const std::string boot = "run scenarios/skylake-112-boot.json --format csv";
  const Called quiet = p.call(boot);
  EXPECT_EQ(quiet.err, "");
  const Called told = p.call(boot + " -v");
  EXPECT_EQ(told.out, quiet.out);
  for (const char* words :
       {"info: reads scenarios/skylake-112-boot.json\n",
        "info: reads scenarios/tables/x86_64-6.1.json\n",
        "info: reads scenarios/costs/skylake-112.json\n",
        "info: table x86_64-6.1: ", "info: rules of the kernel 6.1", " hold: ",
        " callbacks are assumed, since no trace showed them: ", "info: costs skylake-112: ",
        " callbacks have the default cost of callbacks: ", " phases cost as on "})
    EXPECT_NE(told.err.find(words), std::string::npos) << words << '\n' << told.err;
  EXPECT_EQ(told.err.find("debug: "), std::string::npos);
  EXPECT_EQ(p.call("-v " + boot).err, told.err);
  EXPECT_EQ(p.call(boot, "LC_ALL=C SPDLOG_LEVEL=info").err, told.err);
}

TEST(CliVerbose, TwiceTellsWhatTheEngineDoes) {
  const Program p;
  const Called told = p.call("run scenarios/boot-8-cpus.json -vv");
  EXPECT_NE(told.err.find("debug: engine: 8 CPUs under symmetric, seed 1"), std::string::npos);
  EXPECT_NE(told.err.find("info: rules of the kernel"), std::string::npos);
  EXPECT_EQ(p.call("run scenarios/boot-8-cpus.json", "LC_ALL=C SPDLOG_LEVEL=off").err, "");
}

}  // namespace
}  // namespace cpuhp
