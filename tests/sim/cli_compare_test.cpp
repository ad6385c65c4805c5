// cpuhp-sim compare and import.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "model/designs/design.hpp"
#include "tests/sim/cli_program.hpp"
#include "tests/sim/recordings.hpp"

namespace cpuhp {
namespace {

using nlohmann::ordered_json;

const std::string kCompareBoot = "compare scenarios/boot-8-cpus.json ";

std::vector<std::string> keys_in_order(const ordered_json& object) {
  std::vector<std::string> names;
  for (const auto& [key, value] : object.items()) names.push_back(key);
  return names;
}

TEST(CliCompare, JsonHasExactlyTheseKeys) {
  const ordered_json d = ordered_json::parse(Program().call(kCompareBoot + "--format json").out);
  EXPECT_EQ(keys_in_order(d),
            (std::vector<std::string>{"version", "scenario", "baseline", "runs", "notes"}));
  EXPECT_EQ(d["notes"], ordered_json::array({std::string(caveat(Design::Async))}));
  EXPECT_EQ(d["baseline"], "notifier");
  ASSERT_EQ(d["runs"].size(), 4u);
  for (const ordered_json& r : d["runs"]) {
    EXPECT_EQ(keys_in_order(r),
              (std::vector<std::string>{"design", "seed", "cpus", "online", "bringup_ns", "boot_ns",
                                        "background_left_ns", "control_cpu", "events", "digest",
                                        "speedup"}));
    EXPECT_EQ(keys_in_order(r["control_cpu"]),
              (std::vector<std::string>{"useful_ns", "spinning_ns", "sleeping_ns", "idle_ns"}));
    std::int64_t sum = 0;
    for (const auto& [key, value] : r["control_cpu"].items()) sum += value.get<std::int64_t>();
    EXPECT_EQ(sum, r["boot_ns"].get<std::int64_t>()) << "the control CPU's time is the boot's";
    EXPECT_EQ(r["digest"].get<std::string>().size(), 16u);
    EXPECT_DOUBLE_EQ(r["speedup"],
                     d["runs"][0]["bringup_ns"].get<double>() / r["bringup_ns"].get<double>());
  }
}

TEST(CliCompare, SeveralSeedsHaveAMeanAndAnInterval) {
  const Program p;
  const std::string call = kCompareBoot + "--designs symmetric --set /jitter=2 --seeds 5 ";
  const ordered_json d = ordered_json::parse(p.call(call + "--format json").out);
  ASSERT_EQ(d["means"].size(), 1u);
  const ordered_json& mean = d["means"][0];
  EXPECT_EQ(keys_in_order(mean),
            (std::vector<std::string>{"design", "seeds", "confidence", "bringup_ns", "boot_ns"}));
  EXPECT_EQ(mean["seeds"], 5);
  double sum = 0;
  for (const ordered_json& r : d["runs"]) sum += r["boot_ns"].get<double>();
  EXPECT_DOUBLE_EQ(mean["boot_ns"]["mean"], sum / 5);
  EXPECT_LT(mean["boot_ns"]["low"], mean["boot_ns"]["mean"]);
  EXPECT_GT(mean["boot_ns"]["high"], mean["boot_ns"]["mean"]);
  const std::string text = p.call(call).out;
  EXPECT_NE(text.find("mean over 5 seeds [95 % confidence]\n"), std::string::npos) << text;
  EXPECT_NE(text.find("timeline of seed 1:\n"), std::string::npos) << text;
  EXPECT_EQ(p.call(kCompareBoot).out.find("timeline of seed"), std::string::npos);
}

/// As `faults` has it: a design that nobody named is left out, one that was named is an error.
TEST(CliCompare, ADesignThatTheScenarioDoesNotAllow) {
  const Program p;
  const std::string call = "compare scenarios/register-a-driver.json ";
  const Called all = p.call(call);
  EXPECT_EQ(all.code, 0) << all.err;
  const std::string note =
      "note: the notifier design was skipped: the notifier design cannot set up or remove states "
      "at "
      "run time; the other designs can\n";
  EXPECT_NE(all.out.find(note), std::string::npos) << all.out;
  const ordered_json d = ordered_json::parse(p.call(call + "--format json").out);
  EXPECT_EQ(d["runs"].size(), 3u);
  EXPECT_EQ(d["notes"].size(), 2u) << "of notifier, and of async";
  const Called named = p.call(call + "--designs notifier,parallel");
  EXPECT_EQ(named.code, 2);
  EXPECT_NE(
      named.err.find(
          "the notifier design cannot set up or remove states at run time; the other designs can"),
      std::string::npos);
  p.write("broken.json", R"({"version": 1, "name": "b"})");
  const Called broken = p.call("compare broken.json");
  EXPECT_EQ(broken.code, 2);
  EXPECT_NE(broken.err.find("missing key"), std::string::npos) << broken.err;
}

TEST(CliCompare, SeveralSeedsArePaired) {
  const ordered_json d = ordered_json::parse(
      Program()
          .call(kCompareBoot + "--designs parallel,notifier,async --seeds 3 --format json")
          .out);
  EXPECT_EQ(d["runs"].size(), 9u);
  EXPECT_EQ(d["runs"][8]["seed"], 3);
  EXPECT_EQ(d["baseline"], "notifier");
  ASSERT_EQ(d["paired"].size(), 2u);
  EXPECT_EQ(keys_in_order(d["paired"][0]),
            (std::vector<std::string>{"design", "seeds", "confidence", "bringup_ns", "boot_ns"}));
  EXPECT_EQ(d["paired"][0]["design"], "parallel");
  double mean = 0;
  for (int i = 0; i < 3; ++i)
    mean += (d["runs"][static_cast<std::size_t>(3 * i)]["bringup_ns"].get<double>() -
             d["runs"][static_cast<std::size_t>(3 * i + 1)]["bringup_ns"].get<double>()) /
            3;
  EXPECT_NEAR(d["paired"][0]["bringup_ns"]["mean"].get<double>(), mean, 1e-6);
}

TEST(CliCompare, WithoutTheNotifierTheFirstDesignIsTheBaseline) {
  const ordered_json d = ordered_json::parse(
      Program().call(kCompareBoot + "--designs parallel,async --format json").out);
  EXPECT_EQ(d["baseline"], "parallel");
  EXPECT_EQ(d["runs"][0]["speedup"], 1.0);
}

TEST(CliCompare, ARunAloneGivesTheSameDigest) {
  const Program p;
  const ordered_json d = ordered_json::parse(p.call(kCompareBoot + "--seeds 2 --format json").out);
  for (const ordered_json& r : d["runs"]) {
    const ordered_json one =
        ordered_json::parse(p.call("run scenarios/boot-8-cpus.json --format json --design " +
                                   r["design"].get<std::string>() + " --seed " + r["seed"].dump())
                                .out);
    EXPECT_EQ(one["digest"], r["digest"]);
    EXPECT_EQ(one["bringup_ns"], r["bringup_ns"]);
  }
}

TEST(CliCompare, SeveralScenarios) {
  const Program p;
  const std::string both = kCompareBoot + "scenarios/fail-one-step.json ";
  const ordered_json d = ordered_json::parse(p.call(both + "--format json").out);
  EXPECT_EQ(keys_in_order(d), (std::vector<std::string>{"version", "comparisons"}));
  EXPECT_EQ(d["comparisons"][1]["scenario"], "fail-one-step");
  const std::string csv = p.call(both + "--format csv").out;
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 9);
}

TEST(CliCompare, CsvIsQuoted) {
  const std::string csv =
      Program()
          .call(kCompareBoot + "--format csv --designs async --set '/name=\"a, \\\"b\\\"\"'")
          .out;
  EXPECT_NE(csv.find("\n\"a, \"\"b\"\"\",async,1,8,8,"), std::string::npos) << csv;
}

TEST(CliCompare, TextIsATableATimelineAndASentence) {
  const Called c = Program().call(kCompareBoot + "--seeds 2", "LC_ALL=C COLUMNS=80");
  for (const char* words :
       {"design", "bring-up", "factor", "notifier", "1.00x", "async", "from notifier over 2 seeds",
        "CPUs online", "|0", "Compared with notifier: "})
    EXPECT_NE(c.out.find(words), std::string::npos) << words << '\n' << c.out;
  std::istringstream lines(c.out);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100u) << line;
}

// --- what traces do not tell

/// Costs as of a trace of a serial boot that may be read in two ways.
const std::string kReadTwice =
    R"(--set '/costs={"name":"x","measured_under":"hardware","replay":{"design":"symmetric",)"
    R"("cpus":8},"other_reading":{"why":"because","phases":{"cpu_init":300000}},)"
    R"("no_figure":{"async":"unknown"}}' )";

TEST(CliCompare, WhatTracesDoNotTellIsARange) {
  const Program p;
  const Called c = p.call(kCompareBoot + kReadTwice);
  EXPECT_EQ(c.code, 0) << c.err;
  for (const char* words :
       {"  notifier: ", " us: because; these traces do not tell which",
        "  async: no figure: unknown.", "  parallel: no figure (from ", "To know more, record a "})
    EXPECT_NE(c.out.find(words), std::string::npos) << words << '\n' << c.out;
  const ordered_json d =
      ordered_json::parse(p.call(kCompareBoot + kReadTwice + "--format json").out);
  EXPECT_EQ(d["baseline"], "symmetric") << "the traced design";
  const ordered_json &notifier = d["runs"][0], &symmetric = d["runs"][1], &async = d["runs"][3];
  EXPECT_EQ(symmetric["speedup"], 1.0);
  EXPECT_FALSE(symmetric.contains("bringup_range_ns"));
  EXPECT_TRUE(notifier["bringup_ns"].is_null());
  EXPECT_LT(notifier["bringup_range_ns"]["low"], symmetric["bringup_ns"]);
  EXPECT_GT(notifier["bringup_range_ns"]["high"], symmetric["bringup_ns"]);
  EXPECT_LT(notifier["speedup_range"]["low"], 1.0);
  EXPECT_GT(notifier["speedup_range"]["high"], 1.0);
  EXPECT_EQ(async["no_figure"], "unknown");
  EXPECT_TRUE(async["bringup_ns"].is_null());
  EXPECT_FALSE(async.contains("bringup_range_ns"));
  const std::string csv = p.call(kCompareBoot + kReadTwice + "--format csv").out;
  EXPECT_NE(csv.find(",,,,,,,unknown\n"), std::string::npos) << csv;
}

TEST(CliCompare, TheRunOfAnotherDesignIsARange) {
  const Called c = Program().call("run scenarios/boot-8-cpus.json --design notifier " + kReadTwice);
  EXPECT_NE(c.out.find("online; bring-up 3"), std::string::npos) << c.out;
  EXPECT_NE(c.out.find(" us: because"), std::string::npos) << c.out;
}

TEST(CliCompare, AnEmulatedRecordingHasNoFactor) {
  const Program p;
  const std::string boot = kRecordings + "x86_64-6.12/A-boot-smp8-s2c2t2.txt.gz";
  const Called made = p.call("import --states " + boot + " --trace " + boot +
                             " --out t.json --costs-out c.json --scenario-out s.json");
  ASSERT_EQ(made.code, 0) << made.err;
  const ordered_json d = ordered_json::parse(p.call("compare s.json --format json").out);
  for (const ordered_json& run : d["runs"]) {
    const bool traced = run["design"] == d["baseline"];
    EXPECT_EQ(run["speedup"].is_null(), !traced) << run;
    EXPECT_EQ(run.contains("no_figure"), !traced) << run;
    EXPECT_FALSE(run.contains("speedup_range")) << run;
  }
}

// ------------------------------------------------------------------------------ import

TEST(CliImport, ATableThatRuns) {
  const Program p;
  const Called c = p.call("import --states " + kRecordings61 + "B-states-smp4.txt.gz --trace " +
                          kRecordings61 + "A-boot-smp4.txt.gz --trace " + kRecordings61 +
                          "C-offline-online-cpu1-smp4.txt.gz --out t.json --costs-out c.json");
  EXPECT_EQ(c.code, 0) << c.err;
  EXPECT_EQ(c.out, "");
  EXPECT_NE(c.err.find("warning: "), std::string::npos);
  p.write("own.json", R"({"version":1,"machine":{"cores":4},"table":"t.json","costs":"c.json"})");
  EXPECT_EQ(p.call("compare own.json").code, 0);
}

TEST(CliImport, WithoutOutTheTableGoesToStdout) {
  const Called c =
      Program().call("import --states " + kRecordings61 + "B-states-smp4.txt.gz --trace " +
                     kRecordings61 + "A-boot-smp4.txt.gz --name mine");
  EXPECT_EQ(c.code, 0);
  EXPECT_EQ(ordered_json::parse(c.out)["name"], "mine");
}

TEST(CliImport, BadFilesAreRefusedAndNothingIsWritten) {
  const Program p;
  p.write("states.txt", "236: online\n  0: offline\n");
  const Called c = p.call("import --states states.txt --trace " + kRecordings61 +
                          "A-boot-smp4.txt.gz --out t.json --costs-out c.json");
  EXPECT_EQ(c.code, 2);
  EXPECT_NE(c.err.find("states.txt:"), std::string::npos) << c.err;
  EXPECT_EQ(p.files(), std::set<std::string>{"states.txt"});
  EXPECT_EQ(p.call("import --states states.txt --trace states.txt --out states.txt").code, 2);
}

}  // namespace
}  // namespace cpuhp
