// What must not be done where nobody may sleep, or under the lock of the walk: sleep in a STARTING
// or DYING callback (I40), cpus_read_lock() in any (I26).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <string>

#include "model/checks/checks.hpp"
#include "model/judged_run.hpp"
#include "sim/scenario/scenario.hpp"
#include "tests/model/small_machine.hpp"

namespace cpuhp {
namespace {

using namespace test;
using ::testing::IsEmpty;
using ::testing::Not;

using Set = std::set<std::string>;

Set broken(const MachineConfig& c, const RunResult& r) {
  Set names;
  for (const Finding& f : check_all(r.stream, judged_by(c, r.ok()))) names.insert(f.invariant);
  return names;
}
Set broken(const MachineConfig& c) { return broken(c, run(c)); }

std::vector<Operation> cycle() { return {op_boot(), op_down(3), op_up(3)}; }

const Cost kSleeps{{CostPart{.work = Dist::fixed(10_us), .wait = Dist::fixed(1_ms)}}};

/// A machine on which that callback costs this.
MachineConfig with_step(StateId state, Direction way, Cost cost) {
  MachineConfig c = small_machine(cycle());
  c.costs.set_step(state, way, std::move(cost));
  return c;
}

MachineConfig with_phase(Phase phase, Cost cost) {
  MachineConfig c = small_machine(cycle());
  c.costs.phase(phase) = std::move(cost);
  return c;
}

/// A cost under a lock of that name.
MachineConfig with_lock(StateId state, Direction way, bool raw) {
  MachineConfig c = small_machine(cycle());
  const LockId lock = c.costs.lock("bank_lock");
  if (raw) c.costs.raw_locks = {lock};
  c.costs.set_step(state, way, Cost{{CostPart{.work = Dist::fixed(10_us), .lock = lock}}});
  return c;
}

// ------------------------------------------------------------------------------ sleep

TEST(AtomicSleep, IsFoundInStartingAndDying) {
  for (const Direction way : {Direction::Up, Direction::Down}) {
    const MachineConfig c = with_step(kStartingOne, way, kSleeps);
    const RunResult r = run(c);
    EXPECT_TRUE(r.ok());
    EXPECT_FALSE(named(r, EventKind::AtomicSleep, "wait", 3).empty());
    EXPECT_EQ(broken(c, r), Set{"I40"});
    EXPECT_EQ(broken(with_lock(kStartingOne, way, false)), Set{"I40"});
  }
}

TEST(AtomicSleep, IsFoundInWhatTheApAndTheDyingCpuDoByThemselves) {
  for (const Phase phase : {Phase::Microcode, Phase::CpuInit, Phase::IdleEntry, Phase::StopMachine,
                            Phase::IrqMigrate, Phase::IdleDead})
    EXPECT_EQ(broken(with_phase(phase, kSleeps)), Set{"I40"}) << to_string(phase);
}

TEST(AtomicSleep, IsNoneInEveryOtherSection) {
  for (const StateId state : {kA, kX, kActive})
    for (const Direction way : {Direction::Up, Direction::Down}) {
      EXPECT_THAT(broken(with_step(state, way, kSleeps)), IsEmpty()) << state;
      EXPECT_THAT(broken(with_lock(state, way, false)), IsEmpty()) << state;
    }
  EXPECT_THAT(broken(with_phase(Phase::RcuSync, kSleeps)), IsEmpty());
}

TEST(AtomicSleep, IsToldOnceForAPlaceAndBurnsItsTime) {
  const MachineConfig c = with_step(kStartingOne, Direction::Up, kSleeps);
  const RunResult r = run(c);
  std::vector<Finding> found = check_all(r.stream, judged_by(c, true));
  ASSERT_EQ(found.size(), 1u) << "and three CPUs do it";
  EXPECT_EQ(found[0].place, "one_starting");
  EXPECT_NE(found[0].text.find("one_starting of CPU 1 sleeps"), std::string::npos) << found[0].text;
  const Ns asked = first(r, EventKind::AtomicSleep, 1)->time;
  for (const Event& e : events(r, EventKind::Exit, 1))
    if (e.step == kStartingOne) {
      EXPECT_EQ((e.time - asked).v, 1'000'000);
      break;
    }
}

TEST(AtomicSleep, ADrawnWaitOfNothingIsNone) {
  EXPECT_THAT(broken(with_step(kStartingOne, Direction::Up, {{CostPart{.wait = Dist{{Ns{}}}}}})),
              IsEmpty());
}

// Whoever gives every callback a wait has not thought of these.
TEST(AtomicSleep, TheDefaultsWaitAndLockAreNotMeant) {
  MachineConfig c = small_machine(cycle());
  const LockId lock = c.costs.lock("bank_lock");
  c.costs.step_default = {kSleeps, Cost{{CostPart{.work = Dist::fixed(1_us), .lock = lock}}}};
  EXPECT_THAT(broken(c), IsEmpty());
}

TEST(AtomicSleep, ARegistrationRunsStartingCallbacksWithInterruptsOff) {
  MachineConfig c = with_step(kStartingOne, Direction::Up, kSleeps);
  c.uninstalled = {kStartingOne};
  c.operations = {op_boot(), {.kind = OpKind::Setup, .state = kStartingOne, .calls = true}};
  const RunResult r = run(c);
  EXPECT_EQ(named(r, EventKind::AtomicSleep, "wait").size(), 4u);
  EXPECT_EQ(broken(c, r), Set{"I40"});
}

TEST(AtomicSleep, IsInNoShippedProfile) {
  const std::filesystem::path folder = CPUHP_SOURCE_DIR "/scenarios/costs";
  std::size_t count = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    MachineConfig c =
        parse_scenario(R"({"version":1,"machine":{"cores":4,"threads":2},"design":"parallel",)"
                       R"("table":"tables/x86_64-6.12.json","costs":"costs/)" +
                           file.path().filename().string() +
                           R"(","operations":[{"op":"boot"},{"op":"down","cpu":3},)"
                           R"({"op":"up","cpu":3},{"op":"shutdown"}]})",
                       CPUHP_SOURCE_DIR "/scenarios/test.json")
            .config;
    EXPECT_THAT(events(run(c), EventKind::AtomicSleep), IsEmpty()) << file.path();
    ++count;
  }
  EXPECT_GT(count, 10u);
}

// ------------------------------------------------------------------------------ raw locks

TEST(RawLock, MayBeTakenEverywhere) {
  for (const StateId state : {kA, kStartingOne, kX})
    for (const Direction way : {Direction::Up, Direction::Down}) {
      const MachineConfig c = with_lock(state, way, true);
      const RunResult r = run(c);
      EXPECT_THAT(broken(c, r), IsEmpty()) << state;
      const bool stopped = state == kStartingOne && way == Direction::Down;
      EXPECT_EQ(named(r, EventKind::Acquire, "bank_lock").empty(), stopped)
          << "nobody can hold it while the machine stands still";
    }
}

TEST(RawLock, IsSpunFor) {
  MachineConfig c = with_lock(kStartingOne, Direction::Up, true);
  c.operations = {op_boot()};
  c.design = Design::Async;  // its APs run the STARTING section at once
  const RunResult r = run(c);
  const std::vector<Event> waits = named(r, EventKind::WaitBegin, "bank_lock");
  ASSERT_THAT(waits, Not(IsEmpty()));
  for (const Event& e : waits) EXPECT_EQ(e.value, static_cast<int>(WaitMode::Spinning));
  EXPECT_THAT(broken(c, r), IsEmpty());
}

// ------------------------------------------------------------------------------ cpus_read_lock()

constexpr StateId kDriver = declared_id(0);

/// A driver whose startup, or teardown, takes the lock; `number`: where its state is.
MachineConfig reader(StateId number, ReadLock which, std::vector<Operation> operations) {
  MachineConfig c = small_machine(std::move(operations));
  c.declared = {{.name = "drv",
                 .startup = "drv_up",
                 .teardown = "drv_down",
                 .number = number,
                 .cpus_read_lock = which}};
  c.uninstalled = {number};
  return c;
}

Operation op_setup(bool calls) { return {.kind = OpKind::Setup, .state = kDriver, .calls = calls}; }

TEST(CpusReadLock, IsADeadlockInEachSectionAndDirection) {
  for (const StateId number : {kA, kStartingOne, kX})
    for (const ReadLock which : {ReadLock::Startup, ReadLock::Teardown, ReadLock::Both}) {
      const bool up = which != ReadLock::Teardown;
      const MachineConfig c = up ? reader(number, which, {op_setup(false), op_boot()})
                                 : reader(number, which, {op_setup(false), op_boot(), op_down(3)});
      const RunResult r = run(c);
      ASSERT_FALSE(r.hung.empty()) << number;
      EXPECT_EQ(r.operations.size(), up ? 2u : 3u);
      EXPECT_FALSE(r.operations.back().returned);
      EXPECT_EQ(broken(c, r), (Set{"I22", "I26"})) << number;
    }
}

TEST(CpusReadLock, IsNoneOfTheOtherDirection) {
  const MachineConfig c = reader(kX, ReadLock::Teardown, {op_setup(false), op_boot()});
  EXPECT_TRUE(run(c).ok());
  EXPECT_THAT(broken(c), IsEmpty());
}

// Readers do not keep each other out: lockdep complains, and nothing stands still yet.
TEST(CpusReadLock, OfARegistrationsCallbackIsFoundAndGoesThrough) {
  const MachineConfig c = reader(kX, ReadLock::Startup, {op_boot(), op_setup(true)});
  EXPECT_TRUE(run(c).ok());
  EXPECT_EQ(broken(c), Set{"I26"});
}

// A writer that waits keeps later readers out, and the registration waits for its callback.
TEST(CpusReadLock, OfARegistrationsCallbackHangsWhereAWalkWaits) {
  MachineConfig c = reader(kX, ReadLock::Startup, {op_boot(), op_setup(true), op_down(3)});
  c.costs.set_step(kDriver, Direction::Up, Cost::fixed(1_ms));
  c.operations[2].with = 1;
  c.operations[2].delay = 100_us;
  const RunResult r = run(c);
  EXPECT_FALSE(r.hung.empty());
  EXPECT_EQ(broken(c, r), (Set{"I22", "I26"}));
}

// fc8dffd379ca
TEST(CpusReadLock, TheWalkingTaskWentThroughUpTo412) {
  for (const bool again : {false, true}) {
    Rules rules = Rules::of({4, 6});
    rules.walker_reads_again = again;
    const auto machine = [&](StateId number) {
      MachineConfig c = reader(number, ReadLock::Startup, {op_setup(false), op_boot()});
      c.table = small_table(rules);
      return c;
    };
    EXPECT_EQ(run(machine(kA)).hung.empty(), again);
    EXPECT_EQ(broken(machine(kA)), again ? Set{} : (Set{"I22", "I26"}));
    EXPECT_FALSE(run(machine(kX)).hung.empty()) << "the AP's thread is another task";
  }
}

}  // namespace
}  // namespace cpuhp
