// Statistics, stages and timelines, by hand and against runs.
#include <gtest/gtest.h>

#include <filesystem>
#include <optional>

#include "sim/analysis/cpu_stages.hpp"
#include "sim/analysis/mean_interval.hpp"
#include "sim/analysis/trace_subject.hpp"
#include "sim/report/text_table.hpp"
#include "sim/report/timeline.hpp"
#include "sim/run/run.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/units.hpp"
#include "tests/sim/recordings.hpp"

namespace cpuhp {
namespace {

TEST(MeanInterval, KnownValues) {
  // 1 to 5: mean 3, standard error sqrt(2.5 / 5), t(4, 0.975) = 2.776445.
  const auto d = mean_interval({1, 2, 3, 4, 5});
  ASSERT_TRUE(d);
  EXPECT_DOUBLE_EQ(d->mean, 3);
  EXPECT_NEAR(d->low, 3 - 2.7764451 * 0.70710678, 1e-6);
  EXPECT_NEAR(d->high, 3 + 2.7764451 * 0.70710678, 1e-6);
  // Two values: t(1, 0.975) = 12.7062.
  EXPECT_NEAR(mean_interval({1, 3})->high, 2 + 12.706205, 1e-5);
}

TEST(MeanInterval, EqualValuesHaveNoWidth) {
  const auto d = mean_interval({-2, -2, -2});
  EXPECT_DOUBLE_EQ(d->low, -2);
  EXPECT_DOUBLE_EQ(d->high, -2);
}

TEST(MeanInterval, OneValueSaysNothing) {
  EXPECT_FALSE(mean_interval({}));
  EXPECT_FALSE(mean_interval({1}));
}

TEST(Units, RoundsWholeColumnsInOneUnit) {
  EXPECT_EQ(readable(0_ns), "0 ns");
  EXPECT_EQ(readable(9'999_ns), "9999 ns");
  EXPECT_EQ(readable(10'050_ns), "10.1 us");
  EXPECT_EQ(readable(12'345'678_ns), "12.346 ms");
  EXPECT_EQ(readable(Ns{-12'345'678}), "-12.346 ms");
  EXPECT_EQ(readable(1'234'000_ms), "1234.000 s");
  EXPECT_EQ(in_unit(499'999_ns, unit_for(1_s)), "0.500");
  EXPECT_EQ(percent(1_ns, 3_ns), "33.3%");
  EXPECT_EQ(percent(1_ns, 0_ns), "-");
  EXPECT_EQ(percent(Ns{INT64_MAX / 2}, Ns{INT64_MAX - 1}), "50.0%");
}

TEST(TextTable, Aligns) {
  TextTable t({{"a"}, {"number", Align::Right}});
  t.add({"long name", "1"});
  EXPECT_EQ(t.print(" "), " a          number\n long name       1\n");
}

TEST(TimeAxis, TicksAtRoundDates) {
  EXPECT_EQ(time_axis(1'000_ns, 40), "|0                  |500 ns");
  EXPECT_EQ(time_axis(3'600_us, 70),
            "|0                 |1 ms              |2 ms               |3 ms");
  EXPECT_EQ(time_axis(0_ns, 40), "");
}

TEST(DesignsTimeline, OneAxisForAll) {
  const std::vector<DesignPicture> pictures{
      {"slow",
       {{50_us, CpuTime::Useful}, {100_us, CpuTime::Spinning}},
       {{0_us, 1}, {60_us, 2}},
       100_us},
      {"fast", {{50_us, CpuTime::Sleeping}}, {{0_us, 1}, {10_us, 2}}, 50_us}};
  EXPECT_EQ(designs_timeline(pictures, {.columns = 40}),
            "  slow  control CPU ##########xxxxxxxxxx\n"
            "        CPUs online 44444444444888888888\n"
            "  fast  control CPU ..........\n"
            "        CPUs online 4888888888\n"
            "                    |0\n"
            "  control CPU: # useful  x spinning  . sleeping; CPUs online: scale from 0 to 2\n");
}

/// One run of every scenario under every design, judged by what must hold for all.
class EveryRun : public ::testing::Test {
 protected:
  template <typename Check>
  static void each(Check check) {
    for (const char* name : {"boot-8-cpus", "offline-one-cpu", "fail-one-step"})
      for (const std::string_view design : kDesignNames) {
        const Scenario s = load_scenario(
            std::string(CPUHP_SOURCE_DIR "/scenarios/") + name + ".json",
            {{"/design", '"' + std::string(design) + '"'}, {"/boot_work_ns", "700000"}});
        with_bare_simulator([&](Simulator& simulator) {
          SCOPED_TRACE(std::string(name) + " " + std::string(design));
          check(s, simulator.run(s.config));
        });
      }
  }
};

TEST_F(EveryRun, TheControlCpusStretchesAddUpToItsLedger) {
  each([](const Scenario& s, const RunResult& r) {
    std::array<Ns, kCpuTimes> sum{};
    Ns from{};
    for (const CpuSpan& span : r.control_cpu_time) {
      EXPECT_GT(span.until, from);
      sum[static_cast<std::size_t>(span.what)] += span.until - from;
      from = span.until;
    }
    EXPECT_EQ(from, r.end);
    const Ledger& l = r.ledgers[s.config.boot_cpu];
    EXPECT_EQ(sum, (std::array{l.useful, l.spinning, l.sleeping, l.idle, l.stopped}));
  });
}

// A driver's callback does not bring a CPU up: its bring-up was over long before.
TEST(CpuStages, ARegistrationIsNoWalk) {
  const Scenario s = load_scenario(CPUHP_SOURCE_DIR "/scenarios/register-a-driver.json");
  std::optional<RunResult> r;
  with_bare_simulator([&](Simulator& simulator) { r = simulator.run(s.config); });
  const CpuStages stages = cpu_stages(r->stream, r->end);
  EXPECT_EQ(stages.of[1].back().stage, CpuStage::Online);
  EXPECT_LT(stages.of[1][stages.of[1].size() - 2].until, r->operations[0].end);
  EXPECT_EQ(stages.of[0].size(), 1u) << "online all the time";
}

TEST_F(EveryRun, StagesEndWhereTheCpusEnd) {
  each([](const Scenario&, const RunResult& r) {
    const CpuStages stages = cpu_stages(r.stream, r.end);
    ASSERT_EQ(stages.of.size(), r.final.size());
    EXPECT_EQ(stages.online.back().cpus, r.online);
    for (CpuId cpu = 0; cpu < r.final.size(); ++cpu) {
      EXPECT_EQ(stages.of[cpu].back().until, r.end);
      // The last walk ends with the run: then there is no rest to see.
      const CpuStage last = stages.of[cpu].back().stage;
      if (r.final[cpu].online)
        EXPECT_TRUE(last == CpuStage::Online || last == CpuStage::Section) << cpu;
      else
        EXPECT_TRUE(last == CpuStage::Off || last == CpuStage::Prepared) << cpu;
    }
  });
}

/// Nothing in a trace says that a CPU is online but what it does: the boot CPU of a real kernel is
/// so from the beginning, whatever is registered meanwhile.
TEST(CpuStages, TheBootCpuOfATraceIsOnline) {
  for (const char* kernel : {"x86_64-6.1", "x86_64-6.12"}) {
    const TraceSubject t = load_trace_subject(kRecordings + kernel + "/A-boot-smp4.txt.gz");
    const CpuStages stages = cpu_stages(t.stream, t.stream.events.back().time);
    EXPECT_EQ(stages.of.at(0),
              (std::vector<StageSpan>{{t.stream.events.back().time, CpuStage::Online}}));
    for (CpuId cpu = 1; cpu < 4; ++cpu) {
      std::vector<CpuStage> way;
      for (const StageSpan& span : stages.of.at(cpu)) way.push_back(span.stage);
      EXPECT_EQ(way, (std::vector<CpuStage>{CpuStage::Off, CpuStage::Prepared, CpuStage::Booting,
                                            CpuStage::Section, CpuStage::Online}))
          << kernel << ", CPU " << cpu;
    }
  }
}

}  // namespace
}  // namespace cpuhp
