// explain and diff as a user calls them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/sim/cli_program.hpp"
#include "tests/sim/recordings.hpp"

namespace cpuhp {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::StartsWith;
using ReadJson = nlohmann::ordered_json;

const std::string kTruth = CPUHP_SOURCE_DIR "/tests/truth/recordings/";

std::size_t longest_line(const std::string& text) {
  std::istringstream lines(text);
  std::size_t longest = 0;
  for (std::string line; std::getline(lines, line);) longest = std::max(longest, line.size());
  return longest;
}

TEST(CliExplain, TellsTheMostImportantFirst) {
  const Program p;
  const Called c = p.call("explain scenarios/skylake-112-boot.json --top 3");
  EXPECT_EQ(c.code, 0) << c.err;
  EXPECT_EQ(c.err, "");
  EXPECT_THAT(c.out, StartsWith("skylake-112-boot (symmetric): the boot takes 78"));
  EXPECT_THAT(c.out, HasSubstr("the control CPU waits for other CPUs"));
  EXPECT_THAT(c.out, HasSubstr("sched:active of CPU 56 took 3"));
  EXPECT_THAT(c.out, HasSubstr("tsc_sync of CPU 28 took 20"));
  EXPECT_THAT(c.out, HasSubstr("what if one cost were lower"));
  EXPECT_LE(longest_line(c.out), 100u) << c.out;
}

TEST(CliExplain, JsonAddsUp) {
  const Program p;
  const Called c = p.call("explain scenarios/boot-8-cpus.json --top 2 --format json");
  ASSERT_EQ(c.code, 0) << c.err;
  const ReadJson j = ReadJson::parse(c.out);
  std::int64_t sum = 0;
  for (const ReadJson& link : j["chain"]) sum += link["duration_ns"].get<std::int64_t>();
  EXPECT_EQ(sum, j["total_ns"]);
  EXPECT_EQ(j["what_if"]["rows"].size(), 2u);
  EXPECT_EQ(j["what_if"]["baseline_ns"], j["total_ns"]);
  for (const ReadJson& cpu : j["ledger"]["cpus"])
    EXPECT_EQ(cpu["useful_ns"].get<std::int64_t>() + cpu["spinning_ns"].get<std::int64_t>() +
                  cpu["sleeping_ns"].get<std::int64_t>() + cpu["idle_ns"].get<std::int64_t>() +
                  cpu["stopped_ns"].get<std::int64_t>(),
              j["ledger"]["total_ns"]);
}

TEST(CliExplain, OwnWhatIfsGoTogether) {
  const Program p;
  const auto own = [&](const std::string& what_ifs) {
    const Called c = p.call("explain scenarios/boot-8-cpus.json --top 0 --format json " + what_ifs);
    EXPECT_EQ(c.code, 0) << c.err;
    return ReadJson::parse(c.out)["what_if"]["own_ns"].get<std::int64_t>();
  };
  const std::int64_t as_it_is = own("--what-if alive=1");
  const std::int64_t alive = own("--what-if alive=0.5");
  const std::int64_t both = own("--what-if alive=0.5 --what-if trace/RB:prepare=0");
  EXPECT_LT(alive, as_it_is);
  EXPECT_LT(both, alive);
}

TEST(CliExplain, OwnWhatIfsAreASentence) {
  const Program p;
  const std::string out = p.call(
                               "explain scenarios/boot-8-cpus.json --top 0 --what-if alive=0.50 "
                               "--what-if kick=0 --what-if cpu_init=2 --what-if wake_up=1")
                              .out;
  EXPECT_THAT(out,
              ContainsRegex("what if alive cost 0[.]5 times as much, kick cost nothing, "
                            "cpu_init cost 2 times as much and wake_up cost as much as it "
                            "does: [0-9.]+ [um]s [(]-[0-9.]+%[)], instead of [0-9.]+ [um]s\n"));
}

TEST(CliExplain, ATraceHasNoWhatIf) {
  const Program p;
  ASSERT_EQ(p.call("run scenarios/boot-8-cpus.json --trace t.txt").code, 0);
  const Called c = p.call("explain t.txt");
  EXPECT_EQ(c.code, 0) << c.err;
  EXPECT_THAT(c.out, HasSubstr("what if: not available, because a trace cannot be run again"));
  EXPECT_THAT(c.out, HasSubstr("critical chain"));
  EXPECT_LE(longest_line(c.out), 100u);
  const Called asked = p.call("explain t.txt --what-if alive=0");
  EXPECT_EQ(asked.code, 2);
  EXPECT_THAT(asked.err, HasSubstr("a trace cannot be run again"));
  EXPECT_EQ(ReadJson::parse(p.call("explain t.txt --format json").out)["what_if"], nullptr);
}

TEST(CliExplain, WhatIfOnATraceRunsTheTwinOfItsMachine) {
  const Program p;
  const std::string boot = kRecordings + "x86_64-6.12/A-boot-smp8-s2c2t2.txt.gz";
  const Called c = p.call("explain " + boot + " --what-if cpu_init=0.5 --top 2");
  EXPECT_EQ(c.code, 0) << c.err;
  EXPECT_THAT(c.out, HasSubstr("what-if runs the twin of the traced machine: its bring-up takes "));
  EXPECT_THAT(c.out, ContainsRegex("what if cpu_init cost 0[.]5 times as much: [0-9.]+ ms [(]-"));
  const Called unknown = p.call("explain " + boot + " --what-if cpu_int=0.5");
  EXPECT_EQ(unknown.code, 2);
  EXPECT_THAT(unknown.err, HasSubstr("cpu_init"));
  const Called scenario = p.call("explain scenarios/boot-8-cpus.json --states x");
  EXPECT_EQ(scenario.code, 2);
  EXPECT_THAT(scenario.err, HasSubstr("--states, --dmesg and --machine need a trace"));
}

TEST(CliExplain, AnotherOperation) {
  const Program p;
  const Called c = p.call("explain scenarios/offline-one-cpu.json --operation 1 --top 3");
  EXPECT_EQ(c.code, 0) << c.err;
  EXPECT_THAT(c.out, HasSubstr("(--operation N explains operation N)"));
  const Called none = p.call("explain scenarios/offline-one-cpu.json --operation 99");
  EXPECT_EQ(none.code, 2);
  EXPECT_THAT(none.err, HasSubstr("--operation 99: this operation does not exist"));
}

TEST(CliExplain, AnOperationNarrowsEveryTable) {
  const Program p;
  ASSERT_EQ(p.call("run scenarios/offline-one-cpu.json --trace t.txt").code, 0);
  for (const std::string file : {"scenarios/offline-one-cpu.json", "t.txt"}) {
    const ReadJson j =
        ReadJson::parse(p.call("explain " + file + " --operation 1 --format json").out);
    EXPECT_EQ(j["explained"]["operation"], 1) << file;
    EXPECT_EQ(j["ledger"]["total_ns"], j["total_ns"]) << file;
    EXPECT_EQ(j["between_operations_ns"], 0) << file;
  }
}

TEST(CliExplain, BadInput) {
  const Program p;
  EXPECT_EQ(p.call("explain").code, 2);
  EXPECT_EQ(p.call("explain missing.json").code, 2);
  EXPECT_EQ(p.call("explain scenarios/boot-8-cpus.json --format csv").code, 2);
  const Called name = p.call("explain scenarios/boot-8-cpus.json --what-if aliv=1");
  EXPECT_EQ(name.code, 2);
  EXPECT_THAT(name.err, HasSubstr("did you mean 'alive'?"));
  p.call("run scenarios/boot-8-cpus.json --trace t.jsonl");
  const Called jsonl = p.call("explain t.jsonl");
  EXPECT_EQ(jsonl.code, 2);
  EXPECT_THAT(jsonl.err, HasSubstr(".jsonl trace cannot be read"));
}

TEST(CliDiff, TheSameAndTheDifferent) {
  const Program p;
  const std::string files = "diff scenarios/boot-8-cpus.json scenarios/boot-8-cpus.json";
  const Called same = p.call(files);
  EXPECT_EQ(same.code, 0) << same.err;
  EXPECT_THAT(same.out, HasSubstr("\nthe same\n"));
  const Called other = p.call(files + " --design-b parallel");
  EXPECT_EQ(other.code, 1) << other.err;
  EXPECT_THAT(other.out, HasSubstr("critical chains"));
  EXPECT_THAT(other.out, HasSubstr("the first event that differs"));
  EXPECT_LE(longest_line(other.out), 100u) << other.out;
  const ReadJson j = ReadJson::parse(p.call(files + " --design-b async --format json").out);
  EXPECT_EQ(j["same"], false);
  EXPECT_FALSE(j["first"].is_null());
  EXPECT_FALSE(j["a"]["chain"].empty());
}

TEST(CliDiff, NamesTheChangedCost) {
  const Program p;
  p.write("slow.json", R"({"version": 1, "kind": "cpuhp-costs", "name": "slow",
    "source": "invented", "measured_under": "invented",
    "phases": {"microcode": {"work": 5000000}}})");
  const Called c = p.call(
      "diff scenarios/skylake-112-boot.json scenarios/skylake-112-boot.json"
      " --set-b '/costs/-=" +
      (p.folder() / "slow.json").string() + "'");
  EXPECT_EQ(c.code, 1) << c.err;
  EXPECT_THAT(c.out, HasSubstr("most of the difference comes from phase microcode"));
}

TEST(CliDiff, ARunAndItsTrace) {
  const Program p;
  ASSERT_EQ(p.call("run scenarios/boot-8-cpus.json --trace t.txt").code, 0);
  const ReadJson j =
      ReadJson::parse(p.call("diff scenarios/boot-8-cpus.json t.txt --format json").out);
  EXPECT_TRUE(j["first"].is_null()) << j["first"].dump(2);
}

TEST(CliDiff, ATwinDoesWhatItsRecordingDoes) {
  const Program p;
  const std::string recording = kTruth + "x86_64-6.12/A-boot-smp4.txt.gz";
  ASSERT_EQ(p.call("conform " + recording +
                   " --table scenarios/tables/x86_64-6.12.json --scenario-out twin.json")
                .code,
            0);
  const ReadJson j = ReadJson::parse(p.call("diff twin.json " + recording + " --format json").out);
  EXPECT_TRUE(j["first"].is_null()) << j["first"].dump(2);
}

/// What lies before, between and after the bring-ups of two boots says nothing of these.
TEST(CliDiff, LikeIsComparedWithLike) {
  const Program p;
  const std::string files = "diff " + kTruth + "x86_64-6.1/A-boot-smp8.txt.gz " + kTruth +
                            "x86_64-6.12/A-boot-smp8.txt.gz";
  const ReadJson j = ReadJson::parse(p.call(files + " --format json").out);
  for (const char* side : {"a", "b"}) {
    EXPECT_EQ(j[side]["total_ns"], j[side]["chain_total_ns"]) << side;
    EXPECT_GT(j[side]["outside_ns"], 1'000'000'000) << side;
  }
  const std::int64_t more =
      j["b"]["total_ns"].get<std::int64_t>() - j["a"]["total_ns"].get<std::int64_t>();
  const std::int64_t bringup = j["steps"][0]["delta_ns"];
  EXPECT_LT(bringup, more);
  EXPECT_GT(2 * bringup, more);
  EXPECT_THAT(p.call(files).out,
              HasSubstr("more in operations;\nmost of the difference comes from step "
                        "cpu:bringup"));
}

TEST(CliDiff, TwoKernels) {
  const Program p;
  const Called c = p.call("diff " + kTruth + "x86_64-6.1/A-boot-smp4.txt.gz " + kTruth +
                          "x86_64-6.12/A-boot-smp4.txt.gz");
  EXPECT_EQ(c.code, 1) << c.err;
  EXPECT_THAT(c.out, HasSubstr("kernel 6.12"));
  EXPECT_THAT(c.out, HasSubstr("only in A\n    slab:prepare"));
  EXPECT_THAT(c.out, HasSubstr("cpu:kick_ap"));
  EXPECT_THAT(c.out, HasSubstr("tmigr:online"));
}

TEST(CliDiff, BadInput) {
  const Program p;
  EXPECT_EQ(p.call("diff scenarios/boot-8-cpus.json").code, 2);
  EXPECT_EQ(p.call("diff missing.txt scenarios/boot-8-cpus.json").code, 2);
  p.write("no.txt", "nothing of it\n");
  EXPECT_EQ(p.call("diff no.txt no.txt").code, 2);
  ASSERT_EQ(p.call("run scenarios/boot-8-cpus.json --trace t.txt").code, 0);
  const Called design = p.call("diff t.txt scenarios/boot-8-cpus.json --design-a async");
  EXPECT_EQ(design.code, 2);
  EXPECT_THAT(design.err, HasSubstr("t.txt is a trace"));
}

}  // namespace
}  // namespace cpuhp
