// From a cold machine to all CPUs online, under every design.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "tests/model/small_machine.hpp"

namespace cpuhp {
namespace {

using namespace test;
using ::testing::ElementsAre;

constexpr Grid kSmt{.cores_per_socket = 4,
                    .threads_per_core = 2};  // threads 4 to 7 are the siblings of 0 to 3

/// CPUs in the order in which that kind of event says they came.
std::vector<CpuId> order_of(const RunResult& r, EventKind kind) {
  std::vector<CpuId> cpus;
  for (const Event& e : events(r, kind)) cpus.push_back(e.cpu);
  return cpus;
}

class Boot : public ::testing::TestWithParam<Design> {
 protected:
  MachineConfig smt_machine() const {
    MachineConfig c = machine(kSmt, small_table(), {op_boot()});
    c.design = GetParam();
    return c;
  }
};

TEST_P(Boot, BringsEveryCpuUp) {
  const RunResult r = run(smt_machine());
  EXPECT_TRUE(r.ok());
  EXPECT_EQ(r.online, 8u);
  for (const FinalCpu& cpu : r.final) {
    EXPECT_TRUE(cpu.online && cpu.active && !cpu.dying);
    EXPECT_EQ(cpu.state, kOnline);
  }
  EXPECT_EQ(events(r, EventKind::BootDone).size(), 1u);
}

TEST_P(Boot, AvailableComesBeforeOnline) {
  const RunResult r = run(smt_machine());
  for (CpuId cpu = 1; cpu < 8; ++cpu) {
    const auto mask = named(r, EventKind::MaskSet, "online", cpu),
               active = named(r, EventKind::MaskSet, "active", cpu);
    const auto available = first(r, EventKind::Available, cpu);
    ASSERT_TRUE(available && mask.size() == 1 && active.size() == 1) << cpu;
    EXPECT_LT(mask[0].time, available->time) << cpu;
    EXPECT_LT(mask[0].time, active[0].time) << cpu;
    // v4.5's control CPU waits for the online bit only: it may set active while the AP still enters
    // its idle loop (docs/kernel.md 2.2, steps 6 and 7).
    if (GetParam() == Design::Notifier) continue;
    EXPECT_LT(available->time, active[0].time) << cpu;
    // Its own kernel threads run from its idle loop on, not before.
    for (const Event& e :
         events(r, [&](const Event& x) { return x.on == cpu && x.role == Role::CpuhpThread; }))
      EXPECT_GT(e.time, available->time);
  }
}

TEST_P(Boot, MaxcpusCountsTheBootCpu) {
  for (const CpuId max : {0u, 1u, 3u, 6u, 8u, 100u}) {
    MachineConfig c = smt_machine();
    c.max_cpus = max;
    EXPECT_EQ(run(c).online, std::min(std::max(max, 1u), 8u)) << max;
  }
}

TEST_P(Boot, NosmtLeavesTheSiblingsOff) {
  MachineConfig c = smt_machine();
  c.nosmt = true;
  const RunResult r = run(c);
  EXPECT_TRUE(r.ok());
  EXPECT_THAT(online_cpus(r), ElementsAre(0, 1, 2, 3));
  for (CpuId cpu = 4; cpu < 8; ++cpu) {
    EXPECT_EQ(r.final[cpu].state, 0);
    EXPECT_FALSE(r.final[cpu].active);
    EXPECT_FALSE(events(r, EventKind::Available, cpu).empty()) << "booted once, to be initialised";
  }
  c.operations.push_back(op_up(5));
  EXPECT_EQ(run(c).operations.at(1).ret, -EPERM) << "not a second time";
}

TEST_P(Boot, ACpuThatNeverComesIsLeftBehind) {
  MachineConfig c = smt_machine();
  c.faults = {{.kind = FaultKind::NeverAlive, .cpu = 2}};
  const RunResult r = run(c);
  EXPECT_TRUE(r.ok());
  EXPECT_EQ(r.online, 7u);
  EXPECT_EQ(r.final[2].state, 0);
  EXPECT_GT(r.bringup, 10_s);
  EXPECT_LT(r.bringup, 11_s);
}

TEST_P(Boot, OnlyPresentCpusCome) {
  MachineConfig c = smt_machine();
  c.present.clear(3);
  c.operations.push_back(op_up(3));
  const RunResult r = run(c);
  EXPECT_THAT(online_cpus(r), ElementsAre(0, 1, 2, 4, 5, 6, 7));
  EXPECT_EQ(r.operations.at(1).ret, -EINVAL);
}

TEST_P(Boot, AnotherCpuMayBeTheBootCpu) {
  MachineConfig c = smt_machine();
  c.boot_cpu = 5;
  c.operations.push_back(op_shutdown());
  const RunResult r = run(c);
  EXPECT_TRUE(r.ok());
  EXPECT_THAT(returns(r), ElementsAre(0, 0));
  EXPECT_THAT(online_cpus(r), ElementsAre(5));
  c.operations.pop_back();
  EXPECT_EQ(run(c).online, 8u);
}

TEST_P(Boot, ShutdownAndBootAgain) {
  MachineConfig c = smt_machine();
  c.operations = {op_boot(), op_shutdown(), op_boot()};
  const RunResult r = run(c);
  EXPECT_THAT(returns(r), ElementsAre(0, 0, 0));
  EXPECT_EQ(r.online, 8u);
  EXPECT_EQ(events(r, EventKind::Dead).size(), 7u);
}

TEST_P(Boot, BootWorkBeginsWhenSmpInitReturns) {
  MachineConfig c = smt_machine();
  const Ns without = run(c).boot;
  c.boot_work = 5_ms;
  c.operations = {op_boot(), op_down(1)};
  const RunResult r = run(c);
  const auto done = first(r, EventKind::BootWorkDone), up = first(r, EventKind::BootDone);
  ASSERT_TRUE(done && up);
  EXPECT_EQ(r.boot, done->time);
  EXPECT_EQ(r.control_cpu.total(), r.boot);
  EXPECT_GE(r.control_cpu.useful, 5_ms);
  EXPECT_GE(r.operations[1].begin, r.boot) << "user space comes after the boot";
  if (GetParam() == Design::Async) {
    EXPECT_LT(done->time, up->time + 5_ms) << "it begins after the kicks";
    EXPECT_LT(first(r, EventKind::OpEnd)->time, without + 100_us) << "the worker gets its turns";
  } else {
    EXPECT_EQ(r.boot, without + 5_ms);
  }
}

TEST_P(Boot, BackgroundWorkFillsSleepAndDelaysNothing) {
  MachineConfig c = smt_machine();
  const RunResult without = run(c);
  EXPECT_FALSE(without.background_left);
  c.background = 5_ms;
  const RunResult r = run(c);
  EXPECT_EQ(r.boot, without.boot);
  EXPECT_EQ(r.background_left, 5_ms - without.control_cpu.sleeping - without.control_cpu.idle);
  EXPECT_EQ(r.control_cpu.useful, without.control_cpu.useful + (5_ms - *r.background_left));
}

TEST_P(Boot, EachBootHasItsWork) {
  MachineConfig c = smt_machine();
  c.boot_work = 5_ms;
  c.operations = {op_boot(), op_shutdown(), op_boot()};
  const RunResult r = run(c);
  EXPECT_EQ(events(r, EventKind::BootWorkDone).size(), 2u);
  EXPECT_EQ(r.boot, first(r, EventKind::BootWorkDone)->time);
}

INSTANTIATE_TEST_SUITE_P(Every, Boot,
                         ::testing::Values(Design::Notifier, Design::Symmetric, Design::Parallel,
                                           Design::Async),
                         [](const auto& design) { return std::string(to_string(design.param)); });

TEST(ParallelBoot, KicksAllPrimariesBeforeItReleasesTheFirst) {
  MachineConfig c = machine(kSmt, small_table(), {op_boot()});
  c.design = Design::Parallel;
  const RunResult r = run(c);
  EXPECT_THAT(order_of(r, EventKind::Kick), ElementsAre(1, 2, 3, 4, 5, 6, 7));
  EXPECT_THAT(order_of(r, EventKind::Release), ElementsAre(1, 2, 3, 4, 5, 6, 7));
  EXPECT_LT(last(r, EventKind::Kick, 3)->time, first(r, EventKind::Release, 1)->time);
  // A core's siblings stay off until its first thread has its microcode.
  EXPECT_LT(last(r, EventKind::Available, 3)->time, first(r, EventKind::Kick, 4)->time);
}

TEST(ParallelBoot, PrimariesComeFirstHoweverFirmwareNumbersThem) {
  Grid g = kSmt;
  g.numbering = Numbering::ThreadsAdjacent;
  MachineConfig c = machine(g, small_table(), {op_boot()});
  c.design = Design::Parallel;
  EXPECT_THAT(order_of(run(c), EventKind::Kick), ElementsAre(2, 4, 6, 1, 3, 5, 7));
}

TEST(ParallelBoot, MayBeSwitchedOff) {
  MachineConfig c = machine(kSmt, small_table(), {op_boot()});
  c.design = Design::Parallel;
  c.cpuhp_parallel = false;
  const RunResult r = run(c);
  for (CpuId cpu = 2; cpu < 8; ++cpu)
    EXPECT_GT(first(r, EventKind::Kick, cpu)->time, last(r, EventKind::Available, cpu - 1)->time);
}

TEST(ParallelBoot, AKickedCpuThatDoesNotComeKeepsTheKickAsItsTarget) {
  // Its second bring-up began at cpu:kick_ap and returns to there; boot then undoes the rest.
  MachineConfig c = machine(kSmt, small_table(), {op_boot()});
  c.design = Design::Parallel;
  c.nosmt = true;
  const RunResult r = run(c);
  EXPECT_EQ(r.final[5].state, 0);
  EXPECT_EQ(r.final[5].target, kKickAp);
  for (const Event& e : named(r, EventKind::Enter, "a_down", 5)) EXPECT_EQ(e.value, kKickAp);
  EXPECT_FALSE(named(r, EventKind::Enter, "a_down", 5).empty());
}

TEST(ParallelBoot, ReleasesOneByOne) {
  MachineConfig c = small_machine({op_boot()}, Design::Parallel);
  const RunResult r = run(c);
  for (CpuId cpu = 2; cpu < 4; ++cpu)
    EXPECT_GT(first(r, EventKind::Release, cpu)->time,
              named(r, EventKind::MaskSet, "active", cpu - 1)[0].time);
}

TEST(AsyncBoot, ApsRunTheirOnlineSectionsAtOnce) {
  MachineConfig c = small_machine({op_boot()}, Design::Async);
  c.costs.step_default[0] = Cost::fixed(1_ms);
  const RunResult r = run(c);
  Ns last_begin{}, first_end = kNever;
  for (CpuId cpu = 1; cpu < 4; ++cpu) {
    last_begin = std::max(last_begin, first(r, EventKind::Available, cpu)->time);
    first_end = std::min(first_end, named(r, EventKind::MaskSet, "active", cpu)[0].time);
  }
  // Preparing costs the control CPU 4 ms a CPU, so the third comes while the second is under way.
  const Ns second_end = named(r, EventKind::MaskSet, "active", 2)[0].time;
  EXPECT_LT(last_begin, second_end);
}

TEST(AsyncBoot, AWorkerReleases) {
  const RunResult r = run(small_machine({op_boot()}, Design::Async));
  for (const Event& e : events(r, EventKind::Release)) EXPECT_EQ(e.role, Role::Worker);
  // The control task waits for nobody but the end.
  for (const Event& e : events(r, EventKind::WaitBegin))
    EXPECT_TRUE(e.role != Role::Control || name(r, e) == "all_finished") << name(r, e);
}

TEST(AsyncDown, TheDyingCpuTakesItselfDownAndWhatIsLeftIsDeferred) {
  const RunResult r = run(small_machine({op_boot(), op_down(2)}, Design::Async));
  const auto takedown =
      events(r, [&](const Event& e) { return e.kind == EventKind::Enter && e.step == kTeardown; });
  ASSERT_EQ(takedown.size(), 1u);
  EXPECT_EQ(takedown[0].role, Role::CpuhpThread);
  EXPECT_EQ(takedown[0].on, 2u);
  for (const Event& e : events(r, EventKind::Enter, 2)) {
    if (e.time < begin(r, 1) || e.step > kBringup) continue;
    EXPECT_EQ(e.role, Role::Worker) << name(r, e);
    EXPECT_GT(e.time, first(r, EventKind::IdleDead, 2)->time);
  }
}

TEST(AsyncShutdown, TakedownsOverlap) {
  MachineConfig c = small_machine({op_boot(), op_shutdown()}, Design::Async);
  c.costs.step_default[1] = Cost::fixed(1_ms);
  const RunResult r = run(c);
  Ns begin_last{}, dead_first = kNever;
  for (CpuId cpu = 1; cpu < 4; ++cpu) {
    begin_last = std::max(begin_last, named(r, EventKind::MaskClear, "active", cpu)[0].time);
    dead_first = std::min(dead_first, first(r, EventKind::IdleDead, cpu)->time);
  }
  EXPECT_LT(begin_last, dead_first);
}

TEST(AsyncResults, AnOldErrorIsNotReportedAgain) {
  MachineConfig c = small_machine(
      {op_boot(), op_down(1), op_up(1), op_down(1, kX), op_up(1), op_shutdown()}, Design::Async);
  c.faults = {failing(1, kY, Direction::Down, -5)};
  EXPECT_THAT(returns(run(c)), ElementsAre(0, -5, 0, 0, 0, 0));
  c.operations = {op_boot(), op_shutdown()};
  c.faults = {failing(1, kY, Direction::Up, -5)};
  EXPECT_THAT(returns(run(c)), ElementsAre(0, 0))
      << "the failed boot of CPU 1 is not the shutdown's";
}

TEST(AsyncBoot, AnApThatFailsTakesItselfDown) {
  MachineConfig c = small_machine({op_boot()}, Design::Async);
  c.faults = {failing(2, kY, Direction::Up, -5)};
  const RunResult r = run(c);
  EXPECT_TRUE(r.ok());
  EXPECT_EQ(r.online, 3u);
  EXPECT_EQ(r.final[2].state, 0);
}

}  // namespace
}  // namespace cpuhp
