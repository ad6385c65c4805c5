// What a step costs: when a part applies, what grows with the machine, what is held meanwhile.
#include "model/costs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <tuple>

#include "tests/model/small_machine.hpp"

namespace cpuhp {
namespace {

using namespace test;
using ::testing::ElementsAre;

constexpr Grid kTwoSockets{.sockets = 2, .cores_per_socket = 2, .threads_per_core = 2};

/// How long state y's startup took for each CPU but the boot CPU, in CPU order.
std::vector<std::int64_t> lengths(const RunResult& r) {
  std::vector<std::int64_t> all;
  for (CpuId cpu = 1; cpu < r.final.size(); ++cpu) {
    Ns begin{}, end{};
    for (const Event& e : r.stream.events) {
      if (e.cpu != cpu || e.step != kY) continue;
      (e.kind == EventKind::Enter ? begin : end) = e.time;
    }
    all.push_back((end - begin).v);
  }
  return all;
}

/// A boot in which only y costs anything.
std::vector<std::int64_t> boot_with(const CostPart& part, Design design = Design::Symmetric) {
  MachineConfig c = machine(kTwoSockets, small_table(), {op_boot()});
  c.design = design;
  c.costs.step_default = {};
  c.costs.set_step(kY, Direction::Up, Cost{{part}});
  return lengths(run(c));
}

// CPUs 0 to 3 are the first threads of sockets 0, 0, 1, 1; 4 to 7 their siblings.
TEST(Costs, APartAppliesWhenItSays) {
  const auto when = [](When w) { return boot_with({.when = w, .work = Dist::fixed(10_ns)}); };
  EXPECT_THAT(when(When::Always), ElementsAre(10, 10, 10, 10, 10, 10, 10));
  EXPECT_THAT(when(When::Primary), ElementsAre(10, 10, 10, 0, 0, 0, 0));
  EXPECT_THAT(when(When::Secondary), ElementsAre(0, 0, 0, 10, 10, 10, 10));
  EXPECT_THAT(when(When::FirstOfSocket), ElementsAre(0, 10, 0, 0, 0, 0, 0))
      << "the boot CPU was the first of socket 0";
  EXPECT_THAT(when(When::FirstSibling), ElementsAre(0, 0, 0, 10, 0, 0, 0));
}

TEST(Costs, TheFirstBringupIsNotAsTheLaterOnes) {
  MachineConfig c = machine({.cores_per_socket = 2}, small_table(), {op_boot()});
  c.costs.step_default = {};
  c.costs.set_step(kY, Direction::Up,
                   Cost{{{.when = When::First, .work = Dist::fixed(70_ns)},
                         {.when = When::Again, .work = Dist::fixed(3_ns)}}});
  EXPECT_THAT(lengths(run(c)), ElementsAre(70));
  c.operations = {op_boot(), op_down(1), op_up(1)};
  EXPECT_THAT(lengths(run(c)), ElementsAre(3)) << "of the last bring-up";
}

/// What y took in a boot of three CPUs, of which CPU 1's was traced.
std::vector<std::int64_t> replayed(const std::optional<TracedRun>& replay, std::uint64_t seed) {
  MachineConfig c = machine({.cores_per_socket = 3}, small_table(), {op_boot()});
  c.seed = seed;
  c.costs.step_default = {};
  c.costs.replay = replay;
  Dist dist = Dist::fixed(5_ns);
  dist.measured = std::make_shared<const TracedDurations>(TracedDurations{{{1, {{44_ns}}}}});
  c.costs.set_step(kY, Direction::Up, Cost{{{.work = dist}}});
  return lengths(run(c));
}

TEST(Costs, TheTracedRunTakesTheTracedDurations) {
  EXPECT_THAT(replayed(TracedRun{.cpus = 3, .seed = 7}, 7), ElementsAre(44, 5));
  EXPECT_THAT(replayed(TracedRun{.cpus = 3, .seed = 7}, 8), ElementsAre(5, 5)) << "another seed";
  EXPECT_THAT(replayed(TracedRun{.cpus = 4, .seed = 7}, 7), ElementsAre(5, 5)) << "another machine";
  EXPECT_THAT(replayed(std::nullopt, 7), ElementsAre(5, 5));
}

TEST(Costs, TracedDurationsAreFoundByPlace) {
  const TracedDurations traced{{{2, {{}, {8_ns, 9_ns}}}}};
  EXPECT_EQ(traced.find(2, 1, 0), std::nullopt) << "nothing was seen";
  EXPECT_EQ(traced.find(2, 2, 0), 8_ns);
  EXPECT_EQ(traced.find(2, 2, 1), 9_ns);
  for (const auto& [cpu, occurrence, instance] :
       {std::tuple(2u, 2u, 2u), {2u, 3u, 0u}, {2u, 0u, 0u}, {1u, 2u, 0u}})
    EXPECT_EQ(traced.find(cpu, occurrence, instance), std::nullopt);
}

TEST(Costs, GrowWithTheNumberOfCpusOnline) {
  EXPECT_THAT(boot_with({.work = Dist::fixed(100_ns), .per_online = 2_ns}),
              ElementsAre(104, 106, 108, 110, 112, 114, 116));
  EXPECT_THAT(boot_with({.per_online_squared = 1_ns}), ElementsAre(4, 9, 16, 25, 36, 49, 64));
}

/// What state y's startup took for each of 128 CPUs.
std::vector<std::int64_t> jittered(std::uint32_t jitter, std::uint64_t seed) {
  MachineConfig c = machine({.cores_per_socket = 129}, small_table(), {op_boot()});
  c.jitter = jitter;
  c.seed = seed;
  c.costs.set_step(kY, Direction::Up, Cost::fixed(1_ms));
  return lengths(run(c));
}

TEST(Jitter, KeepsTheMeanAndItsRange) {
  constexpr std::int64_t kLength = 1'000'000;
  for (const std::int64_t jitter : {2, 4, 16}) {
    std::int64_t sum = 0, longer = 0, count = 0;
    for (std::uint64_t seed = 1; seed <= 16; ++seed)
      for (const std::int64_t length : jittered(static_cast<std::uint32_t>(jitter), seed)) {
        EXPECT_GE(length, kLength / jitter);
        EXPECT_LE(length, kLength * jitter);
        sum += length;
        longer += length > kLength ? 1 : 0;
        ++count;
      }
    // The standard error of 2,048 draws is 5 % at the widest of these.
    EXPECT_NEAR(static_cast<double>(sum) / static_cast<double>(count * kLength), 1.0, 0.12)
        << jitter;
    EXPECT_NEAR(static_cast<double>(longer) / static_cast<double>(count),
                1.0 / static_cast<double>(jitter + 1), 0.02)
        << jitter;
  }
}

TEST(Costs, WaitingLeavesTheCpuFreeAndWorkDoesNot) {
  for (const bool wait : {false, true}) {
    MachineConfig c = small_machine({op_up(1)});
    CostPart part;
    (wait ? part.wait : part.work) = Dist::fixed(1_ms);
    c.costs.set_step(kY, Direction::Up, Cost{{part}});
    const RunResult r = run(c);
    EXPECT_EQ(r.ledgers[1].sleeping >= 1_ms, wait);
    EXPECT_EQ(r.ledgers[1].useful >= 1_ms, !wait);
  }
}

TEST(Costs, WithInterruptsOffWaitingIsBurnt) {
  MachineConfig c = small_machine({op_up(1)});
  c.costs.set_step(kStartingOne, Direction::Up, Cost{{CostPart{.wait = Dist::fixed(1_ms)}}});
  EXPECT_EQ(run(c).ledgers[1].sleeping, 0_ns);
}

// Three APs want the lock at once under async; nobody else does anything.
TEST(Costs, ALockIsHeldByOneAtATime) {
  MachineConfig c = small_machine({op_boot()}, Design::Async);
  c.costs.set_step(kY, Direction::Up,
                   Cost{{CostPart{.work = Dist::fixed(5_ms), .lock = kKthreadd}}});
  const RunResult r = run(c);
  std::vector<Ns> acquired, released;
  for (const Event& e : named(r, EventKind::Acquire, "kthreadd")) acquired.push_back(e.time);
  for (const Event& e : named(r, EventKind::Unlock, "kthreadd")) released.push_back(e.time);
  ASSERT_EQ(acquired.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(released[i] - acquired[i], 5_ms);
  for (std::size_t i = 0; i < 2; ++i) EXPECT_GE(acquired[i + 1], released[i]);
  EXPECT_EQ(named(r, EventKind::WaitBegin, "kthreadd").size(), 2u);
}

TEST(Costs, WhatIsNotNamedCostsTheDefault) {
  CostProfile p;
  p.set_step(3, Direction::Up, Cost::fixed(7_ns));
  EXPECT_EQ(p.step(3, Direction::Up), Cost::fixed(7_ns));
  EXPECT_EQ(p.step(3, Direction::Down), p.step_default[1]);
  EXPECT_EQ(p.step(4, Direction::Up), p.step_default[0]);
  EXPECT_EQ(p.lock("kthreadd"), kKthreadd);
  const LockId mine = p.lock("mine");
  EXPECT_EQ(p.lock("mine"), mine);
  EXPECT_EQ(p.lock_names[static_cast<std::size_t>(mine)], "mine");
}

TEST(Costs, OfSharedTscsTakeAPartnerToo) {
  for (const Design design :
       {Design::Notifier, Design::Symmetric, Design::Parallel, Design::Async}) {
    MachineConfig c = machine(kTwoSockets, small_table(), {op_boot()});
    c.design = design;
    c.costs.phase(Phase::TscSync) =
        Cost{{CostPart{.when = When::FirstOfSocket, .work = Dist::fixed(1_ms)}}};
    const RunResult r = run(c);
    EXPECT_EQ(named(r, EventKind::Acquire, "tsc_partner").size(), 1u) << to_string(design);
    EXPECT_EQ(named(r, EventKind::Interrupt, "tsc_sync").size(), 1u) << to_string(design);
    c.tsc_reliable = true;
    EXPECT_TRUE(named(run(c), EventKind::Acquire, "tsc_partner").empty());
  }
}

}  // namespace
}  // namespace cpuhp
