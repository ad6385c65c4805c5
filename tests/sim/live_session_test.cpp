// A session: one operation after the other, as in a scenario; hangs and panics are answered.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "model/checks/checks.hpp"
#include "model/judged_run.hpp"
#include "sim/conform/conform.hpp"
#include "sim/live/recorder.hpp"
#include "tests/sim/live_machine.hpp"
#include "tests/sim/test_folder.hpp"

namespace cpuhp {
namespace {

constexpr Ns kTwoMinutes{120'000'000'000};

TEST(LiveSession, EventsAreThoseOfTheScenarioThatAsksForTheSame) {
  int ret[3] = {1, 1, 1};
  const Lived lived =
      live(four_cpus(), {.keep_all = true},
           {writes("cpu3/online", "0", &ret[0]), writes("cpu2/online", "0", &ret[1]),
            writes("cpu3/online", "1", &ret[2])});
  EXPECT_THAT(ret, testing::Each(0));
  const Scenario same = four_cpus("", R"({"op": "boot"},
      {"op": "write", "path": "cpu3/online", "value": "0"},
      {"op": "write", "path": "cpu2/online", "value": "0"},
      {"op": "write", "path": "cpu3/online", "value": "1"})");
  std::vector<EventKind> kinds, scenario_kinds;
  std::vector<CpuId> on, scenario_on;
  for (const Event& e : lived.result.stream.events) kinds.push_back(e.kind), on.push_back(e.on);
  with_bare_simulator([&](Simulator& s) {
    for (const Event& e : s.run(same.config).stream.events)
      scenario_kinds.push_back(e.kind), scenario_on.push_back(e.on);
  });
  EXPECT_EQ(kinds, scenario_kinds);
  EXPECT_EQ(on, scenario_on);
  EXPECT_TRUE(check_all(lived.result.stream, judged_by(four_cpus().config, true)).empty());
}

TEST(LiveSession, TimeStandsStillBetweenRequests) {
  Ns before, after;
  std::string text;
  live(four_cpus(), {},
       {[&](Session& s) { before = s.now(); }, reads("online", &text), reads("cpu1/online", &text),
        [&](Session& s) { after = s.now(); }});
  EXPECT_EQ(before, after);
  EXPECT_GT(before, Ns{});
}

TEST(LiveSession, AnErrorIsTheCallersAndTheMachineLivesOn) {
  int ret[4] = {};
  std::string online;
  live(four_cpus(), {},
       {writes("cpu3/online", "2", &ret[0]), writes("cpu0/hotplug/target", "0", &ret[1]),
        writes("cpu1/hotplug/target", "99999999999", &ret[2]), writes("online", "0", &ret[3]),
        reads("online", &online)});
  EXPECT_THAT(ret, testing::ElementsAre(-EINVAL, 0, -ERANGE, -EACCES));
  EXPECT_EQ(online, "1-3\n");
}

const char* const kHang =
    R"(, "faults": [{"kind": "hang", "cpu": 3, "state": "sched:active", "direction": "down"}])";

TEST(LiveSession, AHangIsAnsweredAfterTwoMinutesAndOthersGoOn) {
  int ret[3] = {};
  Ns before, after;
  std::string state, online;
  const Lived lived =
      live(four_cpus(kHang), {},
           {[&](Session& s) { before = s.now(); }, writes("cpu3/online", "0", &ret[0]),
            [&](Session& s) { after = s.now(); }, writes("cpu2/online", "0", &ret[1]),
            writes("cpu2/hotplug/fail", "-1", &ret[2]), reads("cpu3/hotplug/state", &state),
            reads("online", &online)});
  EXPECT_THAT(ret, testing::ElementsAre(-ETIMEDOUT, -ETIMEDOUT, 0));  // the second waits for a lock
  EXPECT_GE(after - before, kTwoMinutes);
  EXPECT_EQ(online, "0-3\n");
  // Both callers, the kworker that one of them waits for, and cpuhp/3, which that waits for.
  EXPECT_EQ(lived.result.hung.size(), 4u);
}

TEST(LiveSession, CallersThatHangAreLimited) {
  std::vector<int> ret(400);
  std::vector<LiveStep> steps;
  for (int& each : ret) steps.push_back(writes("cpu3/online", "0", &each));
  const Lived lived = live(four_cpus(kHang), {}, steps);
  EXPECT_THAT(ret, testing::Each(-ETIMEDOUT));
  EXPECT_LT(lived.result.hung.size(), 300u);
}

TEST(LiveSession, ADeadMachineAnswersWithEioAndCanBeRead) {
  int ret[2] = {};
  std::string online;
  const Lived lived = live(
      four_cpus(
          R"(, "faults": [{"kind": "panic", "cpu": 3, "state": "sched:active", "direction": "down"}])"),
      {},
      {writes("cpu3/online", "0", &ret[0]), writes("cpu2/online", "0", &ret[1]),
       reads("online", &online)});
  EXPECT_THAT(ret, testing::ElementsAre(-EIO, -EIO));
  EXPECT_EQ(online, "0-3\n");
  EXPECT_TRUE(lived.result.panic);
}

TEST(LiveSession, FilesComeAndGoWithTheStates) {
  int ret = 1;
  std::string before, after;
  live(four_cpus(), {},
       {reads("cpu3/topology/core_id", &before), writes("cpu3/online", "0", &ret),
        reads("cpu3/topology/core_id", &after)});
  EXPECT_EQ(before, "3\n");
  EXPECT_EQ(after, std::to_string(-ENOENT));
}

/// Takes CPUs down and brings them up, `writes` in all.
Lived stressed(const SessionOptions& options, int writes, CpuId last = 0) {
  int failed = 0;
  std::vector<LiveStep> steps;
  const auto write = [&](const std::string& path, const std::string& text) {
    steps.push_back([&failed, path, text](Session& s) {
      s.ask(write_op(path, text), [&failed](const OpResult& r) { failed += r.ret != 0 ? 1 : 0; });
    });
  };
  if (last != 0) write("cpu" + std::to_string(last) + "/online", "0");
  for (int i = 0; i < writes; ++i)
    write("cpu" + std::to_string(1 + i / 2 % 2) + "/online", i % 2 == 0 ? "0" : "1");
  Lived lived = live(four_cpus(), options, steps);
  EXPECT_EQ(failed, 0);
  return lived;
}

// A day of stress-ng must not need a day's memory: pieces are judged and forgotten.
TEST(LiveSession, ALongSessionIsJudgedInPieces) {
  const Lived lived = stressed({.piece = 5'000}, 400);
  EXPECT_GT(lived.forgotten, 30'000u);
  EXPECT_LT(lived.result.stream.events.size(), 7'000u);
  EXPECT_TRUE(lived.judged_all);
  EXPECT_TRUE(lived.findings.empty());
  EXPECT_TRUE(check_all(lived.result.stream, judged_by(four_cpus().config, true)).empty());
}

TEST(LiveSession, OneThatNeverComesBackIsJudgedUpToALimit) {
  const Lived lived = stressed({.piece = 1'000}, 400, 3);  // CPU 3 stays away
  EXPECT_FALSE(lived.judged_all);
  EXPECT_LT(lived.result.stream.events.size(), kPiecesMost * 1'000u);
  EXPECT_TRUE(lived.findings.empty());
  EXPECT_TRUE(stressed({.keep_all = true}, 400, 3).judged_all);
}

// What was found in a piece is not forgotten with it.
TEST(LiveSession, FindingsOfEachPieceAreKept) {
  std::vector<int> ret(60);
  std::vector<LiveStep> steps;
  for (std::size_t i = 0; i < ret.size(); ++i)
    steps.push_back(writes("cpu1/online", i % 2 == 0 ? "0" : "1", &ret[i]));
  const Scenario defect =
      four_cpus(R"(, "design": "notifier", "defects": ["threads-unparked-early"])");
  const Lived lived = live(defect, {.piece = 1'000}, steps);
  EXPECT_GT(lived.forgotten, 1'000u);
  EXPECT_GT(lived.findings.size(), 4u);
  for (const Finding& f : lived.findings) EXPECT_EQ(f.cpu, 1u);  // the boot's come with the last
}

// --- what was done by hand replays

Conformance replayed(const Scenario& scenario, const std::vector<LiveStep>& steps) {
  const TestFolder folder;
  Recorder recorder(scenario);
  const Lived lived = live(scenario, {.keep_all = true, .observer = &recorder}, steps);
  const Recording recording = parse_recording(recorder.text(lived.result.stream), "rec.txt");
  Conformance c = prepare_conformance(
      recording, CPUHP_SOURCE_DIR "/scenarios/tables/" + scenario.config.table.name() + ".json",
      folder.path("twin.json"));
  with_bare_simulator([&](Simulator& simulator) { run_conformance(c, simulator); });
  return c;
}

void expect_identical(const Conformance& c, std::size_t operations) {
  EXPECT_EQ(c.operations(), operations);
  EXPECT_TRUE(c.ok());
  for (const Replay& replay : c.replays)
    for (const UnitResult& unit : replay.units)
      for (const std::string& difference : unit.differences) ADD_FAILURE() << difference;
}

TEST(LiveRecording, ReplaysAsItWas) {
  int ret = 0;
  expect_identical(
      replayed(four_cpus(),
               {writes("cpu3/online", "0\n", &ret), writes("cpu3/online", "1", &ret),
                writes("cpu1/hotplug/fail", "64\n", &ret), writes("cpu1/online", "0\n", &ret),
                writes("cpu1/online", "1\n", &ret), writes("cpu2/online", "1\n\n", &ret),
                writes("cpu2/online", "", &ret),
                writes("cpu2/hotplug/target", std::string("0\n\0junk", 7), &ret),
                writes("cpu2/hotplug/target", "5\n6", &ret), writes("smt/control", "off\n", &ret)}),
      10);
}

// A day's recording is replayed piece by piece, also where CPUs are off and SMT control was used.
TEST(LiveRecording, ALongOneIsReplayedInPieces) {
  std::vector<int> ret(3'000);
  std::vector<LiveStep> steps;
  for (std::size_t i = 0; i < ret.size(); ++i) {
    if (i % 500 == 499)
      steps.push_back(writes("smt/control", i % 1'000 == 999 ? "on" : "off", &ret[i]));
    else
      steps.push_back(writes("cpu" + std::to_string(i / 2 % 3 + 1) + "/online",
                             i % 7 == 0   ? "junk"
                             : i % 2 == 0 ? "0"
                                          : "1",
                             &ret[i]));
  }
  const Conformance c = replayed(four_cpus(), steps);
  EXPECT_GT(c.replays.size(), 1u);
  expect_identical(c, ret.size());
}

TEST(LiveRecording, ReplaysAHangAndStopsThere) {
  int ret = 0;
  const Conformance c = replayed(
      four_cpus(kHang), {writes("cpu2/online", "0\n", &ret), writes("cpu3/online", "0\n", &ret),
                         writes("cpu1/online", "0\n", &ret)});
  EXPECT_EQ(c.operations(), 2u);
  EXPECT_TRUE(c.ok());
}

/// Operations at random, from a seed.
TEST(LiveRecording, ReplaysRandomSessions) {
  for (const char* table : {"x86_64-6.1", "x86_64-6.12", "arm64-6.1"}) {
    Scenario s = parse_scenario(std::string(R"({"version": 1, "name": "r", "description": "random",
          "machine": {"cores": 3, "threads": 2}, "table": "tables/)") +
                                    table + R"(.json", "operations": [{"op": "boot"}]})",
                                CPUHP_SOURCE_DIR "/scenarios/random.json");
    std::uint64_t x = 88'172'645'463'325'252ull;
    std::vector<int> ret(60);
    std::vector<LiveStep> steps;
    for (int& each : ret) {
      x ^= x << 13, x ^= x >> 7, x ^= x << 17;
      const std::string cpu = "cpu" + std::to_string(x % 6);
      const char* const values[] = {"0\n", "1\n", "0\n", "1\n", "junk\n"};
      const std::string file = x / 8 % 4 == 0 ? "/hotplug/target" : "/online";
      steps.push_back(writes(cpu + file, values[x / 64 % 5], &each));
    }
    SCOPED_TRACE(table);
    expect_identical(replayed(s, steps), 60);
  }
}

}  // namespace
}  // namespace cpuhp
