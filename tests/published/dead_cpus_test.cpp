// docs/kernel.md 9.6: five CPUs never come up. When does the operator know, and is the right one
// blamed? J. Ruan, W. Deacon, Message-ID 20260618092444.1316336-5-ruanjinjie@huawei.com
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>
#include <vector>

#include "sim/analysis/diagnosis.hpp"
#include "sim/run/run.hpp"
#include "sim/scenario/scenario.hpp"

namespace cpuhp {
namespace {

std::vector<Diagnosis> told(Design design, bool shared_word) {
  Scenario s = load_scenario(CPUHP_SOURCE_DIR "/scenarios/faults/arm64-dead-cpus.json");
  s.config.design = design;
  if (!shared_word) s.config.defects.reset();
  std::vector<Diagnosis> all;
  with_bare_simulator(
      [&](Simulator& simulator) { all = diagnoses(simulator.run(s.config).stream); });
  return all;
}

/// Within 3 %.
void expect_near(Ns simulated, double published_s) {
  const auto published = static_cast<std::int64_t>(published_s * 1e9);
  EXPECT_LE(std::abs(simulated.v - published) * 100, published * 3)
      << simulated.v << " ns, published " << published;
}

TEST(DeadCpus, SerialTellsOfEachAfterItsOwnTimeoutAndBlamesTheRightOne) {
  const std::vector<Diagnosis> d = told(Design::Symmetric, true);
  const std::vector<std::pair<CpuId, double>> published{
      {4, 10.707}, {6, 21.014}, {16, 31.426}, {17, 41.722}, {18, 52.003}};
  ASSERT_EQ(d.size(), published.size());
  for (std::size_t i = 0; i < d.size(); ++i) {
    EXPECT_EQ(d[i].cpu, published[i].first);
    EXPECT_TRUE(d[i].right);
    expect_near(d[i].told, published[i].second);
  }
}

TEST(DeadCpus, ParallelWithOneWordForAllBlamesTheFirstForTheLast) {
  const std::vector<Diagnosis> d = told(Design::Parallel, true);
  ASSERT_EQ(d.size(), 1u) << "then the kernel dies";
  EXPECT_EQ(d[0].cpu, 4u);
  EXPECT_EQ(d[0].said_by, 18u);
  EXPECT_FALSE(d[0].right);
  expect_near(d[0].told, 11.052);
}

TEST(DeadCpus, WithAWordForEachTheBlameIsRightAndEachCostsItsTenSeconds) {
  const std::vector<Diagnosis> d = told(Design::Parallel, false);
  ASSERT_EQ(d.size(), 5u);
  for (std::size_t i = 0; i < d.size(); ++i) {
    EXPECT_TRUE(d[i].right);
    if (i > 0) {
      EXPECT_GE(d[i].told - d[i - 1].told, 10_s);
      EXPECT_LE(d[i].told - d[i - 1].told, 10'500_ms);
    }
  }
}

TEST(DeadCpus, AsyncTellsOfAllAtOnce) {
  const std::vector<Diagnosis> d = told(Design::Async, false);
  ASSERT_EQ(d.size(), 5u);
  EXPECT_LE(d.back().told - d.front().told, 100_ms);
}

}  // namespace
}  // namespace cpuhp
