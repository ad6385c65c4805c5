// The check of machine-wide resources: what it finds, and that nothing is to be found in any
// committed scenario under any design.
#include "model/checks/watch/resources.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "sim/run/run.hpp"
#include "sim/scenario/scenario.hpp"

namespace cpuhp {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct Step {
  std::int64_t time;
  CpuId on;
  EventKind kind;
  std::int16_t value = 0;  ///< 1: a reader
};

EventStream stream_of(const std::vector<Step>& steps) {
  EventStream s;
  s.nr_cpus = 4;
  const NameId lock = s.names.intern("kthreadd");
  for (const Step& step : steps)
    s.events.push_back({.time = Ns{step.time},
                        .cpu = step.on,
                        .on = step.on,
                        .name = step.kind == EventKind::BootDone ? 0 : lock,
                        .value = step.value,
                        .kind = step.kind});
  return s;
}

std::vector<std::string> broken_holds(const EventStream& stream) {
  std::vector<std::string> names;
  for (const Finding& f : check_resources(stream)) names.push_back(f.invariant);
  return names;
}

constexpr EventKind kTake = EventKind::Acquire, kGive = EventKind::Unlock,
                    kDone = EventKind::BootDone;

TEST(Resources, OneHolderAfterTheOtherIsFine) {
  EXPECT_THAT(broken_holds(stream_of({{1, 0, kTake}, {5, 0, kGive}, {6, 1, kTake}, {9, 1, kGive}})),
              IsEmpty());
}

TEST(Resources, AHolderMayMoveToAnotherCpu) {
  EventStream s = stream_of({{1, 2, kTake}, {5, 2, EventKind::Move}, {9, 0, kGive}});
  s.events[1].ret = 0;
  EXPECT_THAT(broken_holds(s), IsEmpty());
  s.events[1].ret = 3;  // not there
  EXPECT_THAT(broken_holds(s), ElementsAre("resource-released", "resource-released"));
}

TEST(Resources, HandoverAtOneDateIsFineInEitherOrderOfTheStream) {
  EXPECT_THAT(broken_holds(stream_of({{1, 3, kTake}, {5, 1, kTake}, {5, 3, kGive}, {9, 1, kGive}})),
              IsEmpty());
}

TEST(Resources, TwoHoldersAreFound) {
  EXPECT_THAT(broken_holds(stream_of({{1, 0, kTake}, {4, 1, kTake}, {5, 0, kGive}, {9, 1, kGive}})),
              ElementsAre("resource-exclusive"));
}

TEST(Resources, AHoldWithinALongOneIsFoundEachTime) {
  EXPECT_THAT(broken_holds(stream_of({{1, 0, kTake},
                                      {2, 1, kTake},
                                      {3, 1, kGive},
                                      {4, 2, kTake},
                                      {5, 2, kGive},
                                      {9, 0, kGive}})),
              ElementsAre("resource-exclusive", "resource-exclusive"));
}

TEST(Resources, AReleaseByAnotherIsFound) {
  EXPECT_THAT(broken_holds(stream_of({{1, 0, kTake}, {4, 1, kGive}, {5, 0, kGive}})),
              ElementsAre("resource-released"));
}

TEST(Resources, WhatIsNeverReleasedIsFound) {
  const EventStream stream = stream_of({{1, 0, kTake}});
  EXPECT_THAT(broken_holds(stream), ElementsAre("resource-released"));
  EXPECT_THAT(check_resources(stream, false), IsEmpty()) << "after a hang nobody could release it";
}

TEST(Resources, ABootShorterThanAHoldIsFound) {
  // Two holders at once, each 6 ns, in a boot of 8 ns.
  EXPECT_THAT(broken_holds(stream_of(
                  {{1, 0, kTake}, {2, 1, kTake}, {7, 0, kGive}, {8, 1, kGive}, {8, 0, kDone}})),
              ElementsAre("resource-exclusive", "resource-serial"));
}

TEST(Resources, ReadersShare) {
  EXPECT_THAT(broken_holds(stream_of({{1, 0, kTake, 1},
                                      {2, 1, kTake, 1},
                                      {4, 0, kGive, 1},
                                      {5, 2, kTake, 1},
                                      {8, 1, kGive, 1},
                                      {9, 2, kGive, 1},
                                      {9, 3, kTake},
                                      {12, 3, kGive}})),
              IsEmpty());
}

TEST(Resources, AWriterAmongReadersIsFound) {
  // The first reader lasts longest: the writer meets it, not the one that came last.
  EXPECT_THAT(broken_holds(stream_of({{1, 0, kTake, 1},
                                      {2, 1, kTake, 1},
                                      {3, 1, kGive, 1},
                                      {5, 2, kTake},
                                      {6, 2, kGive},
                                      {9, 0, kGive, 1}})),
              ElementsAre("resource-exclusive"));
}

TEST(Resources, AReaderDuringAWriteIsFound) {
  EXPECT_THAT(
      broken_holds(stream_of({{1, 0, kTake}, {4, 1, kTake, 1}, {5, 1, kGive, 1}, {9, 0, kGive}})),
      ElementsAre("resource-exclusive"));
}

TEST(Resources, AReaderThatNeverLetsGoIsFound) {
  EXPECT_THAT(broken_holds(stream_of({{1, 0, kTake, 1}, {2, 1, kTake, 1}, {3, 1, kGive, 1}})),
              ElementsAre("resource-released"));
}

TEST(Resources, ReadersMayHoldLongerThanTheBootTogether) {
  EXPECT_THAT(
      broken_holds(stream_of(
          {{1, 0, kTake, 1}, {1, 1, kTake, 1}, {7, 0, kGive, 1}, {7, 1, kGive, 1}, {8, 0, kDone}})),
      IsEmpty());
}

TEST(Resources, TimeThatReadersShareCountsOnce) {
  const auto holds = resource_holds(stream_of({{1, 0, kTake, 1},
                                               {3, 1, kTake, 1},
                                               {4, 1, kGive, 1},
                                               {6, 2, kTake, 1},
                                               {8, 0, kGive, 1},
                                               {11, 2, kGive, 1}}));
  ASSERT_EQ(holds.size(), 1u);
  EXPECT_EQ(holds[0].count, 3u);
  EXPECT_EQ(holds[0].total, Ns{10});
  EXPECT_EQ(holds[0].longest, Ns{7});
}

TEST(Resources, HoldsAreMeasured) {
  const auto holds =
      resource_holds(stream_of({{1, 0, kTake}, {5, 0, kGive}, {6, 1, kTake}, {16, 1, kGive}}));
  ASSERT_EQ(holds.size(), 1u);
  EXPECT_EQ(holds[0].name, "kthreadd");
  EXPECT_EQ(holds[0].count, 2u);
  EXPECT_EQ(holds[0].total, Ns{14});
  EXPECT_EQ(holds[0].longest, Ns{10});
}

class InEveryDesign : public testing::TestWithParam<Design> {};

TEST_P(InEveryDesign, NoCommittedScenarioBreaksAnything) {
  namespace fs = std::filesystem;
  with_bare_simulator([](Simulator& simulator) {
    int scenarios = 0;
    for (const auto& entry : fs::directory_iterator(CPUHP_SOURCE_DIR "/scenarios")) {
      const std::string path = entry.path().string();
      if (!path.ends_with(".json") || path.ends_with("schema.json")) continue;
      ++scenarios;
      Scenario scenario = load_scenario(path);
      scenario.config.design = GetParam();
      const RunResult result = simulator.run(scenario.config);
      for (const Finding& f : check_resources(result.stream, result.ok()))
        ADD_FAILURE() << path << ": " << f.text << " at " << f.time.v << " ns";
    }
    EXPECT_GE(scenarios, 4);
  });
}

/// The resources of the 112-thread boot are events in every design.
TEST_P(InEveryDesign, TheResourcesOfABootAreEvents) {
  Scenario scenario = load_scenario(CPUHP_SOURCE_DIR "/scenarios/skylake-112-boot.json");
  scenario.config.design = GetParam();
  with_bare_simulator([&](Simulator& simulator) {
    const RunResult r = simulator.run(scenario.config);
    std::set<std::string> seen;
    for (const ResourceHolds& h : resource_holds(r.stream)) {
      seen.insert(h.name);
      EXPECT_LE(h.total, r.end) << h.name;
    }
    for (const char* name : {"cpu_add_remove_lock", "cpu_hotplug_lock", "sparse_irq_lock",
                             "kthreadd", "workqueue_pool", "text_mutex", "tsc_partner"})
      EXPECT_EQ(seen.count(name), 1u) << name;
  });
}

INSTANTIATE_TEST_SUITE_P(Designs, InEveryDesign,
                         testing::Values(Design::Notifier, Design::Symmetric, Design::Parallel,
                                         Design::Async),
                         [](const auto& test) { return std::string(to_string(test.param)); });

}  // namespace
}  // namespace cpuhp
