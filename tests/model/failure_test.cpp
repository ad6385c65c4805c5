// Simulated failures: time-outs, hangs, panics. Each is a result of the run, and says who and
// where.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "model/checks/checks.hpp"
#include "model/judged_run.hpp"
#include "tests/model/small_machine.hpp"

namespace cpuhp {
namespace {

using namespace test;
using ::testing::ElementsAre;

std::string waits_for(const RunResult& r, const HungTask& h) {
  return "cpu" + std::to_string(h.on) + " " + std::string(to_string(h.role)) + " " +
         (h.wait.mode == WaitMode::Asleep ? "asleep" : "spinning") + " for " +
         r.stream.names[h.wait.what] + " of cpu" + std::to_string(h.wait.cpu);
}

std::vector<std::string> hangs(const RunResult& r) {
  std::vector<std::string> all;
  for (const HungTask& h : r.hung) all.push_back(waits_for(r, h));
  return all;
}

MachineConfig with_fault(std::vector<Operation> operations, Design design, Fault fault,
                         const Rules& rules = Rules::of({6, 1})) {
  MachineConfig c = small_machine(std::move(operations), design, rules);
  if (rules.split_startup) c.table.split_startup();
  c.faults = {fault};
  return c;
}

TEST(Hang, OfACallbackShowsWhoWaitsForWhom) {
  const RunResult r = run(
      with_fault({op_up(1)}, Design::Symmetric, {.kind = FaultKind::Hang, .cpu = 1, .state = kY}));
  EXPECT_THAT(hangs(r), ElementsAre("cpu0 control asleep for done_up of cpu1",
                                    "cpu1 cpuhp asleep for y_online of cpu1"));
}

TEST(Hang, OfAnApThatIsReleasedInVain) {
  const Fault never{.kind = FaultKind::NeverReleased, .cpu = 1};
  // v4.x and x86 up to 6.4: the control CPU burns for ever.
  EXPECT_THAT(hangs(run(with_fault({op_up(1)}, Design::Notifier, never))),
              ElementsAre("cpu0 control spinning for callin of cpu1"));
  EXPECT_THAT(hangs(run(with_fault({op_up(1)}, Design::Parallel, never))),
              ElementsAre("cpu0 control asleep for done_up of cpu1"));
}

TEST(Hang, TheNextOperationDoesNotRun) {
  const RunResult r = run(with_fault({op_up(1), op_up(2)}, Design::Symmetric,
                                     {.kind = FaultKind::Hang, .cpu = 1, .state = kA}));
  EXPECT_FALSE(r.ok());
  EXPECT_EQ(r.operations.size(), 1u);
  EXPECT_EQ(r.operation(0), nullptr);
  EXPECT_EQ(r.online, 1u);
}

// A state of the STARTING section can be written to `target`, and cannot work (docs/kernel.md 6.1).
TEST(Panic, OfATargetWithinTheStartingSection) {
  for (const Design design : {Design::Symmetric, Design::Parallel}) {
    const RunResult r =
        run(small_machine({op_up(1), op_write("cpu1/hotplug/target", "9")}, design));
    ASSERT_TRUE(r.panic) << to_string(design);
    EXPECT_EQ(*r.panic, "BUG: cpuhp_report_idle_dead() runs, but the CPU is not in ap:offline");
    const Event& last = r.stream.events.back();
    EXPECT_EQ(last.kind, EventKind::Panic);
    EXPECT_EQ(last.on, 1u);
  }
}

struct Timeout {
  const char* name;
  Design design;
  Rules rules;
  FaultKind kind;
  Ns after;
  int ret;
  const char* warns;
};

// What x86 up to 6.4 and arm64 tell the operator.
constexpr const char* kWakeup = "do_boot_cpu failed(-1) to wakeup CPU#1\n";
constexpr const char* kOnline1 = "CPU1: failed to come online\n";

class TimeoutOf : public ::testing::TestWithParam<Timeout> {};

TEST_P(TimeoutOf, IsAsLongAsTheKernels) {
  const Timeout& t = GetParam();
  const bool up = t.kind == FaultKind::NeverAlive;
  MachineConfig c =
      with_fault({op_up(1), op_down(1)}, t.design, {.kind = t.kind, .cpu = 1}, t.rules);
  if (up) c.operations.pop_back();
  const RunResult r = run(c);
  EXPECT_TRUE(r.ok());
  const OpResult& op = r.operations.back();
  EXPECT_EQ(op.ret, t.ret);
  EXPECT_GE(op.end - op.begin, t.after);
  EXPECT_LT(op.end - op.begin, t.after + t.after);
  std::string warned;
  for (const Event& e : events(r, EventKind::Warn, 1)) warned += name(r, e) + "\n";
  EXPECT_EQ(warned, std::string(t.warns));
  EXPECT_EQ(r.final[1].state, 0);
}

constexpr const char* kAlive = "CPU1 failed to report alive state\n";
constexpr const char* kDeathPanic = "CPU1 failed to report dead state\n";
Rules without_spinning() {
  Rules r = Rules::of({6, 1});
  r.bringup_spins = false;
  return r;
}

INSTANTIATE_TEST_SUITE_P(
    Each, TimeoutOf,
    ::testing::Values(Timeout{"notifier_alive", Design::Notifier, Rules::of({6, 1}),
                              FaultKind::NeverAlive, 10_s, -EIO, kWakeup},
                      Timeout{"notifier_dead", Design::Notifier, Rules::of({6, 1}),
                              FaultKind::NeverDead, 5_s, 0, "CPU 1 didn't die...\n"},
                      Timeout{"symmetric_alive", Design::Symmetric, Rules::of({6, 1}),
                              FaultKind::NeverAlive, 10_s, -EIO, kWakeup},
                      Timeout{"symmetric_dead", Design::Symmetric, Rules::of({6, 1}),
                              FaultKind::NeverDead, 5_s, 0, "CPU 1 didn't die...\n"},
                      Timeout{"sleeping_alive", Design::Symmetric, without_spinning(),
                              FaultKind::NeverAlive, 1_s, -EIO, kOnline1},
                      Timeout{"split_alive", Design::Symmetric, Rules::of({6, 6}),
                              FaultKind::NeverAlive, 10_s, -EIO, kAlive},
                      Timeout{"parallel_alive", Design::Parallel, Rules::of({6, 6}),
                              FaultKind::NeverAlive, 10_s, -EIO, kAlive},
                      Timeout{"parallel_dead", Design::Parallel, Rules::of({6, 6}),
                              FaultKind::NeverDead, 10_s, 0, kDeathPanic},
                      Timeout{"async_alive", Design::Async, Rules::of({6, 6}),
                              FaultKind::NeverAlive, 10_s, -EIO, kAlive},
                      Timeout{"async_dead", Design::Async, Rules::of({6, 6}), FaultKind::NeverDead,
                              10_s, 0, kDeathPanic}),
    [](const auto& each) { return std::string(each.param.name); });

TEST(CoreSync, WithoutASplitStartUpTheBringUpKicks) {
  MachineConfig c = small_machine({op_up(1)}, Design::Symmetric, Rules::of({6, 6}));
  const RunResult r = run(c);
  EXPECT_THAT(returns(r), ElementsAre(0));
  EXPECT_EQ(events(r, EventKind::Kick, 1).size(), 1u);
}

// The six values of the handshake (docs/kernel.md 5.1), as far as the next operation meets them.
TEST(CoreSync, ACpuThatNeverSaidDeadIsInLimbo) {
  MachineConfig c = with_fault({op_up(1), op_down(1), op_up(1)}, Design::Parallel,
                               {.kind = FaultKind::NeverDead, .cpu = 1}, Rules::of({6, 6}));
  EXPECT_THAT(returns(run(c)), ElementsAre(0, 0, -EAGAIN));
}

TEST(CoreSync, UntilItSaysItLate) {
  MachineConfig c =
      with_fault({op_up(1), op_down(1), op_up(1)}, Design::Parallel,
                 {.kind = FaultKind::DeadLate, .cpu = 1, .delay = 12_s}, Rules::of({6, 6}));
  c.operations[2].at = 30_s;
  EXPECT_THAT(returns(run(c)), ElementsAre(0, 0, 0));
}

TEST(CoreSync, ACpuThatCameTooLateCanBeKickedAgain) {
  for (const Design design : {Design::Parallel, Design::Async}) {
    MachineConfig c =
        with_fault({op_up(1), op_up(1)}, design,
                   {.kind = FaultKind::AliveLate, .cpu = 1, .delay = 11_s}, Rules::of({6, 6}));
    c.operations[1].at = 30_s;
    EXPECT_THAT(returns(run(c)), ElementsAre(-EIO, 0)) << to_string(design);
  }
}

TEST(CoreSync, InitEndsWhatTheApDoesSinceAnEarlierKick) {
  for (const Rules& rules : {Rules::of({6, 1}), Rules::of({6, 6})}) {
    MachineConfig c =
        with_fault({op_up(1), op_up(1)}, Design::Symmetric,
                   {.kind = FaultKind::AliveLate, .cpu = 1, .nth = 1, .delay = 11_s}, rules);
    // The AP would report alive 1 s after the begin of the second kick.
    c.costs.phase(Phase::Kick) = Cost{{{.work = Dist::fixed(5_s)}}};
    const RunResult r = run(c);
    EXPECT_THAT(returns(r), ElementsAre(-EIO, 0));
    EXPECT_EQ(events(r, EventKind::Alive, 1).size(), 1u);
  }
}

/// A machine whose AP, which was given up, reports alive just before INIT of its second kick.
MachineConfig with_stale_sign_of_life(const Rules& rules) {
  constexpr Ns kKick = 20_us, kExit = 3_ms;
  const auto machine = [&](Ns late) {
    MachineConfig c =
        with_fault({op_up(1), op_up(1)}, Design::Symmetric,
                   {.kind = FaultKind::AliveLate, .cpu = 1, .nth = 1, .delay = late}, rules);
    c.costs.phase(Phase::Kick) = Cost{{{.work = Dist::fixed(kKick)}}};
    c.costs.phase(Phase::VmExit) = Cost{{{.work = Dist::fixed(kExit)}}};
    return c;
  };
  const Ns in_time = first(run(machine(9_s)), EventKind::Alive, 1)->time;
  const Ns init = last(run(machine(20_s)), EventKind::Kick, 1)->time - kKick;
  return machine(9_s + init - Ns{kExit.v / 2} - in_time);
}

/// Returns the sources of the findings of I41.
std::vector<std::string> sources_of_i41(const MachineConfig& c, const EventStream& stream) {
  std::vector<std::string> sources;
  for (const Finding& f : check_all(stream, judged_by(c, true)))
    if (f.invariant == "I41" && f.is_cause()) sources.push_back(f.source);
  return sources;
}

// kernel: cpuhp_up_callbacks() goes on to take the state down, and only warns.
TEST(Rollback, ACpuThatRefusesItsTakedownStaysOnlineInTheKernelToo) {
  MachineConfig c =
      with_fault({op_up(1)}, Design::Symmetric, {.kind = FaultKind::Error, .cpu = 1, .state = kX});
  c.faults.push_back({.kind = FaultKind::RefusedTakedown, .cpu = 1, .error = -EBUSY});
  RunResult r = run(c);
  EXPECT_THAT(sources_of_i41(c, r.stream), ElementsAre(::testing::HasSubstr("kernels do so")));
  for (Event& e : r.stream.events)
    if (e.kind == EventKind::Exit && e.step == kTeardown) e.ret = 0;
  EXPECT_THAT(sources_of_i41(c, r.stream),
              ElementsAre(::testing::Not(::testing::HasSubstr("kernels do so"))));
}

// The AP overwrites SYNC_STATE_SHOULD_ONLINE with SYNC_STATE_ALIVE.
TEST(CoreSync, AnApWhoseSignOfLifeIsStaleIsNeverReleased) {
  const RunResult r = run(with_stale_sign_of_life(Rules::of({6, 6})));
  EXPECT_THAT(hangs(r), ElementsAre("cpu0 control asleep for done_up of cpu1"));
  EXPECT_EQ(last(r, EventKind::SyncState, 1)->value, static_cast<int>(SyncState::Alive));
  EXPECT_EQ(events(r, EventKind::Alive, 1).size(), 2u);
}

// Up to 6.4 its bit in cpu_callout_mask is set, and stays.
TEST(CoreSync, AnApFindsItsBitInTheCalloutMask) {
  const RunResult r = run(with_stale_sign_of_life(Rules::of({6, 1})));
  EXPECT_THAT(returns(r), ElementsAre(-EIO, 0));
  EXPECT_EQ(events(r, EventKind::Alive, 1).size(), 2u);
  EXPECT_EQ(named(r, EventKind::MaskSet, "online", 1).size(), 1u);
}

// PSCI: CPU_ON of a CPU that is on.
TEST(CoreSync, AnApThatCameUpAfterAllCannotBeStartedAgain) {
  const RunResult r =
      run(with_fault({op_up(1), op_up(1)}, Design::Symmetric,
                     {.kind = FaultKind::Delay, .cpu = 1, .state = kStartingOne, .delay = 2_s},
                     without_spinning()));
  EXPECT_THAT(returns(r), ElementsAre(-EIO, -EINVAL));
  EXPECT_EQ(events(r, EventKind::Kick, 1).size(), 1u);
  EXPECT_EQ(named(r, EventKind::Warn, "CPU1: failed to boot: -22").size(), 1u);
  EXPECT_EQ(named(r, EventKind::MaskSet, "online", 1).size(), 1u);
}

// The control CPU stands still as soon as it waits, and looks again after 14 s.
TEST(CoreSync, AWaitTakesLongerOnAVirtualCpuThatIsPreempted) {
  MachineConfig c = with_fault({op_boot()}, Design::Parallel,
                               {.kind = FaultKind::Error, .cpu = 3, .state = kB, .nth = 1});
  c.faults.push_back({.kind = FaultKind::Preempted,
                      .cpu = 3,
                      .state = kA,
                      .direction = Direction::Down,
                      .nth = 1,
                      .delay = 14_s});
  const RunResult r = run(c);
  const std::vector<Event> waits = named(r, EventKind::WaitEnd, "alive", 1);
  ASSERT_EQ(waits.size(), 1u);
  EXPECT_GT(waits[0].time, 14_s);
  EXPECT_THAT(check_all(r.stream, judged_by(c, r.ok())), ::testing::IsEmpty());
}

TEST(CoreSync, ADelayBelowTheTimeoutOnlyCostsTime) {
  for (const Design design :
       {Design::Notifier, Design::Symmetric, Design::Parallel, Design::Async}) {
    const RunResult r =
        run(with_fault({op_up(1)}, design, {.kind = FaultKind::AliveLate, .cpu = 1, .delay = 3_s},
                       Rules::of({6, 6})));
    EXPECT_THAT(returns(r), ElementsAre(0)) << to_string(design);
    EXPECT_GT(r.operations[0].end, 3_s);
  }
}

}  // namespace
}  // namespace cpuhp
