// Kinds of faults beyond a callback's error, operations at the same time, and what a kernel makes
// of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <set>

#include "model/checks/checks.hpp"
#include "model/judged_run.hpp"
#include "tests/model/small_machine.hpp"

namespace cpuhp {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr Design kDesigns[] = {Design::Notifier, Design::Symmetric, Design::Parallel,
                               Design::Async};

RunResult with(std::vector<Operation> operations, Design design, std::vector<Fault> faults) {
  MachineConfig c = small_machine(std::move(operations), design, Rules::of({6, 12}));
  c.faults = std::move(faults);
  return run(c);
}

bool injected(const RunResult& r, std::string_view kind) {
  return !named(r, EventKind::Injected, kind).empty();
}

TEST(FaultKinds, APanicInACallbackOrAPhaseEndsTheRun) {
  for (const Design design : kDesigns) {
    const RunResult step =
        with({op_boot()}, design, {{.kind = FaultKind::Panic, .cpu = 1, .state = kX}});
    EXPECT_TRUE(step.panic) << to_string(design);
    const RunResult phase =
        with({op_boot()}, design, {{.kind = FaultKind::Panic, .cpu = 1, .phase = Phase::CpuInit}});
    EXPECT_TRUE(phase.panic) << to_string(design);
    EXPECT_TRUE(injected(phase, "panic"));
  }
}

TEST(FaultKinds, APreemptedCpuIsOnlyLater) {
  for (const Design design : kDesigns) {
    const RunResult plain = with({op_boot()}, design, {});
    const RunResult late =
        with({op_boot()}, design,
             {{.kind = FaultKind::Preempted, .cpu = 3, .phase = Phase::CpuInit, .delay = 50_ms}});
    EXPECT_EQ(late.online, 4u) << to_string(design);
    EXPECT_GE(late.end - plain.end, 50_ms) << to_string(design);
    EXPECT_TRUE(injected(late, "preempted"));
  }
}

TEST(FaultKinds, ASpuriousInterruptTakesTimeThatItsCpuCountsAsUseful) {
  const Fault fault{
      .kind = FaultKind::SpuriousInterrupt, .cpu = 3, .phase = Phase::CpuInit, .delay = 50_ms};
  for (const Design design : kDesigns) {
    const RunResult plain = with({op_boot()}, design, {});
    const RunResult late = with({op_boot()}, design, {fault});
    EXPECT_EQ(late.online, 4u) << to_string(design);
    EXPECT_TRUE(injected(late, "spurious_interrupt"));
    EXPECT_EQ(named(late, EventKind::Interrupt, "spurious_interrupt").at(0).on, 3u);
    EXPECT_GE(late.end - plain.end, 50_ms) << to_string(design);
    EXPECT_EQ(late.ledgers[3].useful - plain.ledgers[3].useful, 50_ms) << to_string(design);
  }
}

TEST(FaultKinds, WithoutMemoryForItsIdleTaskACpuIsNotTouched) {
  for (const Design design : kDesigns) {
    const RunResult r =
        with({op_boot(), op_up(2)}, design, {{.kind = FaultKind::NoMemory, .cpu = 2}});
    EXPECT_THAT(returns(r), ElementsAre(0, 0)) << to_string(design);
    const RunResult again = with({op_up(2)}, design, {{.kind = FaultKind::NoMemory, .cpu = 2}});
    EXPECT_THAT(returns(again), ElementsAre(-ENOMEM)) << to_string(design);
    EXPECT_THAT(callbacks(again, 2), IsEmpty());
  }
}

TEST(FaultKinds, AStarvedThreadIsLateAndALostWakeupIsAHang) {
  const RunResult late =
      with({op_up(1)}, Design::Symmetric, {{.kind = FaultKind::Starved, .cpu = 1, .delay = 30_ms}});
  EXPECT_TRUE(late.ok());
  EXPECT_GE(late.operations[0].end, 30_ms);
  for (const Sleeper who : {Sleeper::Thread, Sleeper::Control}) {
    const RunResult lost = with({op_up(1)}, Design::Symmetric,
                                {{.kind = FaultKind::LostWakeup, .cpu = 1, .sleeper = who}});
    EXPECT_FALSE(lost.hung.empty());
    EXPECT_THAT(check_all(lost.stream, judged_by(small_machine({}), false)), IsEmpty())
        << "the environment explains the hang";
  }
}

TEST(FaultKinds, WhatComesTwiceMakesNoDifference) {
  for (const Design design : kDesigns)
    for (const FaultKind kind : {FaultKind::DoubledWakeup, FaultKind::DoubledIpi}) {
      const std::vector<Operation> operations{op_boot(), op_down(3), op_up(3)};
      MachineConfig c = small_machine(operations, design, Rules::of({6, 12}));
      c.faults = {{.kind = kind, .cpu = 3, .nth = 0}};
      const RunResult r = run(c);
      EXPECT_THAT(returns(r), ElementsAre(0, 0, 0)) << to_string(design);
      EXPECT_THAT(check_all(r.stream, judged_by(c, r.ok())), IsEmpty()) << to_string(design);
    }
}

TEST(FaultKinds, ALostInterruptOfADyingCpuIsAHang) {
  const RunResult r =
      with({op_up(1), op_down(1)}, Design::Symmetric, {{.kind = FaultKind::LostIpi, .cpu = 1}});
  EXPECT_FALSE(r.hung.empty());
}

TEST(FaultKinds, OnlyInARollback) {
  // The way up fails at y:online; a second fault waits for the rollback's teardown of x:online.
  const std::vector<Fault> faults{{.kind = FaultKind::Error, .cpu = 1, .state = kY, .error = -EIO},
                                  {.kind = FaultKind::Delay,
                                   .cpu = 1,
                                   .state = kX,
                                   .direction = Direction::Down,
                                   .rollback = true,
                                   .delay = 7_ms}};
  const RunResult r = with({op_up(1), op_up(1), op_down(1)}, Design::Symmetric, faults);
  EXPECT_THAT(returns(r), ElementsAre(-EIO, 0, 0));
  const auto hits = named(r, EventKind::Injected, "delay");
  ASSERT_EQ(hits.size(), 1u);
  EXPECT_LT(hits[0].time, r.operations[0].end);
}

TEST(FaultKinds, AChanceIsDrawnFromTheSeedAlone) {
  MachineConfig c = small_machine({op_boot(), op_shutdown(), op_boot()});
  c.faults = {{.kind = FaultKind::Delay, .nth = 0, .chance_ppm = 300'000, .delay = 1_us}};
  const std::size_t hits = named(run(c), EventKind::Injected, "delay").size();
  EXPECT_GT(hits, 0u);
  EXPECT_EQ(named(run(c, {.exact = true}), EventKind::Injected, "delay").size(), hits);
  c.seed = 2;
  const RunResult other = run(c);
  c.seed = 1;
  EXPECT_NE(run(c).digest, other.digest);
}

TEST(FaultKinds, AnApWithoutItsOnlineBitIsAnError) {
  const RunResult r =
      with({op_up(1), op_up(1)}, Design::Parallel, {{.kind = FaultKind::NotOnline, .cpu = 1}});
  EXPECT_THAT(returns(r), ElementsAre(-ECANCELED, 0));
}

// ------------------------------------------------------------------------- at the same time

Operation with_op(Operation op, std::uint32_t other, Ns delay = {}) {
  op.with = other;
  op.delay = delay;
  return op;
}

TEST(Companions, TwoWritersOfOneFileComeOneAfterTheOther) {
  for (const Design design : kDesigns) {
    MachineConfig c = small_machine(
        {op_boot(), op_write("cpu3/online", "0"), with_op(op_write("cpu3/online", "0"), 1, 10_us),
         with_op(op_write("cpu2/online", "0"), 1, 20_us)},
        design);
    const RunResult r = run(c);
    EXPECT_THAT(returns(r), ElementsAre(0, 0, 0, 0)) << to_string(design);
    EXPECT_EQ(r.online, 2u);
    EXPECT_GE(r.operations[2].end, r.operations[1].end);
    EXPECT_THAT(check_all(r.stream, judged_by(c, true)), IsEmpty()) << to_string(design);
    EXPECT_EQ(run(c, {.exact = true}).digest, r.digest);
  }
}

// It waits on the CPU that the first takes down, and goes on on another.
TEST(Companions, OneWhoseCpuGoesAwayGoesOnElsewhere) {
  for (const Design design : kDesigns) {
    MachineConfig c = small_machine(
        {op_boot(), op_down(2), with_op(op_down(3), 1), with_op(op_up(2), 1)}, design);
    c.operations[2].on = c.operations[3].on = 2;
    const RunResult r = run(c);
    EXPECT_THAT(returns(r), ElementsAre(0, 0, 0, 0)) << to_string(design);
    EXPECT_NE(last(r, EventKind::OpEnd, 3)->on, 2u) << to_string(design);
    EXPECT_EQ(first(r, EventKind::OpBegin, 3)->on, 2u) << to_string(design);
    EXPECT_THAT(check_all(r.stream, judged_by(c, true)), IsEmpty()) << to_string(design);
    EXPECT_EQ(run(c, {.exact = true}).digest, r.digest);
  }
}

// Not under parallel: between its two passes CPUs are kicked and not online, which no suspend knows
// of. Kernels do not suspend before smp_init() is over.
TEST(Companions, ASuspendDuringTheBootWaitsItsTurn) {
  for (const Design design : {Design::Notifier, Design::Symmetric, Design::Async}) {
    MachineConfig c =
        small_machine({op_boot(), with_op(op_suspend(), 0, 100_us), op_resume()}, design);
    const RunResult r = run(c);
    EXPECT_TRUE(r.ok()) << to_string(design);
    EXPECT_THAT(check_all(r.stream, judged_by(c, true)), IsEmpty()) << to_string(design);
  }
}

TEST(Companions, TheRunGoesOnWhenOneOfThemHangs) {
  MachineConfig c = small_machine({op_boot(), op_down(3), with_op(op_down(2), 1)});
  c.faults = {{.kind = FaultKind::Hang, .cpu = 2, .state = kX, .direction = Direction::Down}};
  const RunResult r = run(c);
  EXPECT_NE(r.operation(1), nullptr);
  EXPECT_EQ(r.operation(2), nullptr);
  EXPECT_TRUE(r.begun(2));
}

TEST(GeneralWork, RunsOnActiveCpusAndIsPushedOffADyingOne) {
  Operation work{.kind = OpKind::Run, .cpu = 3, .work = 20_ms};
  MachineConfig c = small_machine(
      {op_boot(), work, with_op(op_down(3), 1, 3_ms), {.kind = OpKind::Run, .cpu = 3}});
  const RunResult r = run(c);
  EXPECT_THAT(returns(r), ElementsAre(0, 0, 0, -EINVAL));
  const std::vector<Event> runs = events(r, EventKind::Run, 3);
  ASSERT_GE(runs.size(), 2u);
  EXPECT_EQ(runs[0].on, 3u);
  EXPECT_NE(runs[1].on, 3u);
  EXPECT_THAT(check_all(r.stream, judged_by(c, true)), IsEmpty());
}

TEST(Jitter, MakesEveryOrderAndKeepsTheResult) {
  std::set<std::string> digests;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    MachineConfig c = small_machine({op_boot(), op_shutdown(), op_boot()}, Design::Async);
    c.jitter = 16;
    c.seed = seed;
    const RunResult r = run(c);
    EXPECT_EQ(r.online, 4u);
    EXPECT_EQ(run(c, {.exact = true}).digest, r.digest);
    digests.insert(r.digest);
  }
  EXPECT_EQ(digests.size(), 20u);
}

}  // namespace
}  // namespace cpuhp
