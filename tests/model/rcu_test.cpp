// RCU and cpu_hotplug_lock as mechanisms: how long a grace period is, who waits for how many.
#include "model/rcu.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "model/checks/checks.hpp"
#include "model/judged_run.hpp"
#include "tests/model/small_machine.hpp"

namespace cpuhp {
namespace {

using namespace test;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Ns kLength = 4_ms;  // HZ 250, fewer than 256 CPUs

/// A machine on which nothing takes time but grace periods.
MachineConfig only_grace_periods(std::vector<Operation> operations) {
  MachineConfig c = small_machine(std::move(operations));
  c.costs.step_default = {};
  for (Cost& cost : c.costs.phases) cost = {};
  return c;
}

std::vector<Ns> waits(const RunResult& r, const char* phase = "rcu_sync") {
  std::vector<Ns> all;
  Ns begin{};
  for (const Event& e : r.stream.events) {
    if (r.stream.names[e.name] != phase) continue;
    if (e.kind == EventKind::PhaseBegin) begin = e.time;
    if (e.kind == EventKind::PhaseEnd) all.push_back(e.time - begin);
  }
  return all;
}

/// Longer than a grace period, so the lock is idle again; and a place in the grid of ticks.
Operation later(Operation op, Ns at) {
  op.at = at;
  return op;
}

// kernel: RCU_JIFFIES_TILL_FORCE_QS, for the machines of docs/kernel.md 5.4.
TEST(Rcu, TheLengthOfAGracePeriodFollowsHzAndPossibleCpus) {
  EXPECT_EQ(grace_period_length(100, 128), 10_ms);
  EXPECT_EQ(grace_period_length(100, 400), 20_ms);
  EXPECT_EQ(grace_period_length(100, 1'920), 80_ms);
  EXPECT_EQ(grace_period_length(100, 2'048), 90_ms);
  EXPECT_EQ(grace_period_length(250, 128), 4_ms);
  EXPECT_EQ(grace_period_length(250, 2'048), 36_ms);
  EXPECT_EQ(grace_period_length(1'000, 128), 3_ms);
  EXPECT_EQ(grace_period_length(1'000, 2'048), 11_ms);
}

TEST(Rcu, OnlyAWriterThatFindsTheLockIdleWaitsForAGracePeriod) {
  const RunResult r = run(only_grace_periods(
      {op_boot(), later(op_down(1), 50_ms), op_down(2), later(op_down(3), 150_ms)}));
  // The lock's, then sched:active's. CPU 2 comes while the lock had a writer lately, and its
  // grace period begins at once: the callback of the lock has not been found by a tick so far.
  EXPECT_THAT(waits(r), ElementsAre(kLength, kLength, kLength, kLength, kLength));
}

TEST(Rcu, AWriterOfAnotherKindOfLockWaitsForNone) {
  MachineConfig c = only_grace_periods({op_boot(), later(op_down(1), 50_ms)});
  Rules rules = Rules::of({6, 1});
  rules.hotplug_lock_percpu = false;
  c.table = small_table(rules);
  EXPECT_THAT(waits(run(c)), ElementsAre(kLength)) << "sched:active's";
}

TEST(Rcu, WhoComesDuringAGracePeriodWaitsForTheNextOne) {
  MachineConfig c = only_grace_periods({op_boot(), later(op_down(1), 41_ms)});
  c.rcu.busy = true;  // they begin at 40, 44, 48, 52 ms ...
  EXPECT_THAT(waits(run(c)), ElementsAre(7_ms, 8_ms - 1_ns))
      << "to 48; sched:active's from 1 ns after 48 to 56 ms";
}

TEST(Rcu, GracePeriodsAreExpeditedThroughoutBootAndSuspendAndNotAtRunTime) {
  MachineConfig c = only_grace_periods({op_boot(), op_suspend(), op_resume(), op_down(1)});
  c.costs.phase(Phase::RcuExpedited) = Cost{{{.wait = Dist::fixed(7_us)}}};
  const RunResult r = run(c);
  EXPECT_THAT(waits(r, "rcu_expedited"), ElementsAre(7_us, 7_us, 7_us)) << "one for each CPU";
  EXPECT_THAT(waits(r), ElementsAre(kLength));
}

TEST(Rcu, ASuspendOfALargeMachineMayExpediteNothing) {
  MachineConfig c = machine({.cores_per_socket = 257}, small_table(), {op_boot(), op_suspend()});
  c.max_cpus = 4;
  Rules rules = Rules::of({6, 1});
  rules.suspend_expedites = false;
  c.table = small_table(rules);
  EXPECT_EQ(waits(run(c)).size(), 3u) << "of three CPUs; the lock had a writer lately";
  rules.suspend_expedites = true;
  c.table = small_table(rules);
  EXPECT_THAT(waits(run(c)), ElementsAre());
}

TEST(Rcu, AStateWaitsForAsManyAsItsCostSays) {
  MachineConfig c = only_grace_periods({op_boot(), later(op_down(1), 50_ms), op_down(2)});
  c.costs.set_step(kY, Direction::Down, Cost{{{.grace_periods_permille = 2'000}}});
  EXPECT_EQ(waits(run(c)).size(), 1u + 2u * 3u) << "the lock's, and for each: its own and two";
}

TEST(Rcu, AMeanIsDrawnAsAWholeNumber) {
  MachineConfig c = only_grace_periods({op_boot()});
  constexpr int kTimes = 400;
  for (int i = 0; i < kTimes; ++i) {
    c.operations.push_back(op_down(1));
    c.operations.push_back(op_up(1));
  }
  c.costs.set_step(kY, Direction::Up, Cost{{{.grace_periods_permille = 1'300}}});
  const auto of_y = static_cast<double>(waits(run(c)).size()) - kTimes - 1;
  EXPECT_NEAR(of_y / kTimes, 1.3, 0.1);
}

TEST(Rcu, AnExpeditedKernelWaitsForNoNormalOne) {
  MachineConfig c = only_grace_periods({op_boot(), later(op_down(1), 50_ms)});
  c.costs.phase(Phase::RcuExpedited) = Cost{{{.wait = Dist::fixed(7_us)}}};
  c.rcu.policy = RcuPolicy::Expedited;
  const RunResult r = run(c);
  EXPECT_THAT(waits(r), ElementsAre());
  EXPECT_THAT(waits(r, "rcu_expedited"), ElementsAre(7_us, 7_us));
}

/// How often a writer takes cpu_hotplug_lock in the run.
std::size_t writers(const RunResult& r) {
  return events(r,
                [&](const Event& e) {
                  return e.kind == EventKind::Acquire && e.value == 0 &&
                         r.stream.names[e.name] == "cpu_hotplug_lock";
                })
      .size();
}

TEST(Rcu, AHoistedLockIsTakenOnceForASeries) {
  MachineConfig c = machine({.cores_per_socket = 4, .threads_per_core = 2}, small_table(),
                            {op_boot(), op_write("smt/control", "off")});
  const std::size_t boot = 7;
  EXPECT_EQ(writers(run(c)), boot + 4);
  c.rcu.policy = RcuPolicy::Held;
  EXPECT_EQ(writers(run(c)), boot + 4);
  c.rcu.policy = RcuPolicy::Hoisted;
  EXPECT_EQ(writers(run(c)), boot + 1);
}

TEST(Rcu, HeldRcuSyncMakesALongSeriesWaitOnce) {
  MachineConfig c = machine({.cores_per_socket = 4, .threads_per_core = 2}, small_table(),
                            {op_boot(), later(op_write("smt/control", "off"), 50_ms)});
  // Each CPU's way up takes longer than a grace period, so the lock is idle again for the next one.
  c.costs.set_step(kA, Direction::Down, Cost::fixed(20_ms));
  const std::size_t held = [&] {
    MachineConfig other = c;
    other.rcu.policy = RcuPolicy::Held;
    return waits(run(other)).size();
  }();
  EXPECT_EQ(held, 5u) << "one of the lock, and one for each CPU";
}

/// A reader of RCU that is inside from 49.5 to 60.5 ms, and a takedown that begins at 50 ms.
MachineConfig with_a_long_reader() {
  MachineConfig c = only_grace_periods({op_boot(), later(op_down(1), 50_ms)});
  c.readers = {{.name = "long one",
                .lock = ReaderLock::Rcu,
                .cpu = 3,
                .every = Dist::fixed(500_us),
                .hold = Dist::fixed(11_ms),
                .from = 49_ms,
                .rounds = 1}};
  return c;
}

TEST(Rcu, AGracePeriodEndsAtTheFirstLookAfterItsReadersHaveLeft) {
  const RunResult r = run(with_a_long_reader());
  // RCU looks at 54, 58 and 62 ms; sched:active's grace period begins then, without the reader.
  EXPECT_THAT(waits(r), ElementsAre(12_ms, 4_ms));
  EXPECT_THAT(check_all(r.stream, judged_by(with_a_long_reader(), true)), IsEmpty());
}

TEST(Rcu, AnExpeditedGracePeriodWaitsForItsReaders) {
  MachineConfig c = with_a_long_reader();
  c.rcu.policy = RcuPolicy::Expedited;
  const std::vector<Ns> took = waits(run(c), "rcu_expedited");
  ASSERT_EQ(took.size(), 2u);
  EXPECT_GE(took[0], 10'500_us);
  EXPECT_LT(took[0], 10'600_us);
}

// A reader that comes at the date at which a grace period begins is inside before it or after it, and
// never half: one of these does.
TEST(Rcu, AReaderAtTheBeginOfAGracePeriodIsWaitedForOrComesAfterIt) {
  std::size_t at_once = 0;
  for (const RcuPolicy policy : {RcuPolicy::AsIs, RcuPolicy::Expedited})
    for (const CpuId cpu : {CpuId{0}, CpuId{3}})
      for (std::int64_t off = -20; off <= 20; ++off) {
        MachineConfig c = with_a_long_reader();
        c.rcu.policy = policy;
        c.readers[0].cpu = cpu;
        c.readers[0].from = 49'500_us + Ns{off};
        const RunResult r = run(c);
        EXPECT_THAT(check_all(r.stream, judged_by(c, true)), IsEmpty()) << off << " ns";
        const std::vector<Event> inside = events(r, [](const Event& e) {
          return e.kind == EventKind::Acquire && e.role == Role::Reader;
        });
        if (inside.empty()) continue;  // all was over before
        for (const Event& e : events(r, EventKind::PhaseBegin))
          at_once += e.time == inside[0].time ? 1 : 0;
      }
  EXPECT_GT(at_once, 0u) << "no reader came at the begin of a grace period";
}

TEST(Rcu, AGracePeriodThatDoesNotWaitForItsReadersIsFound) {
  for (const RcuPolicy policy : {RcuPolicy::AsIs, RcuPolicy::Expedited}) {
    MachineConfig c = with_a_long_reader();
    c.rcu.policy = policy;
    c.rcu.ignores_readers = true;
    const std::vector<Finding> found = check_all(run(c).stream, judged_by(c, true));
    ASSERT_FALSE(found.empty());
    EXPECT_EQ(found.front().invariant, "I43");
  }
}

TEST(Rcu, AReaderThatNeverLeavesIsAHang) {
  MachineConfig c = with_a_long_reader();
  c.readers.front().hold.reset();
  const RunResult r = run(c);
  ASSERT_FALSE(r.hung.empty());
}

}  // namespace
}  // namespace cpuhp
