// Readers of cpu_hotplug_lock: their rounds, what waits for what, how they end, and the deadlock of
// a callback that waits for one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "model/checks/checks.hpp"
#include "model/judged_run.hpp"
#include "tests/model/small_machine.hpp"

namespace cpuhp {
namespace {

using namespace test;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

LockReader a_reader(Ns every, std::optional<Ns> hold) {
  LockReader r{.name = "r", .every = Dist::fixed(every)};
  r.hold = hold ? std::optional(Dist::fixed(*hold)) : std::nullopt;
  return r;
}

/// CPU 3 goes down at 100 ms.
MachineConfig with_readers(std::vector<LockReader> readers) {
  MachineConfig c = small_machine({op_boot(), op_down(3)});
  c.operations[1].at = 100_ms;
  c.readers = std::move(readers);
  return c;
}

std::vector<Finding> findings_with_readers(const MachineConfig& c, const RunResult& r) {
  return check_all(r.stream, judged_by(c, r.ok()));
}

std::set<std::string> laws_broken(const MachineConfig& c, const RunResult& r) {
  std::set<std::string> all;
  for (const Finding& f : findings_with_readers(c, r)) all.insert(f.invariant);
  return all;
}

/// What the readers do to the lock.
std::vector<Event> reads(const RunResult& r, EventKind kind) {
  return events(r, [&](const Event& e) { return e.kind == kind && e.role == Role::Reader; });
}

TEST(LockReaders, TakeTheLockAgainAndAgain) {
  const MachineConfig c = with_readers({a_reader(10_ms, 1_ms)});
  const RunResult r = run(c);
  const std::vector<Event> got = reads(r, EventKind::Acquire), left = reads(r, EventKind::Unlock);
  ASSERT_GE(got.size(), 9u);
  ASSERT_EQ(left.size(), got.size());
  const Ns boot_end = r.operations[0].end;
  for (std::size_t i = 0; i < 8; ++i) {
    EXPECT_EQ(got[i].value, 1);
    EXPECT_EQ(left[i].time - got[i].time, 1_ms);
    EXPECT_GE(got[i].time, boot_end + 11_ms * static_cast<std::int64_t>(i) + 10_ms);
    EXPECT_LE(got[i].time, boot_end + 11_ms * static_cast<std::int64_t>(i) + 10_ms + 1_us);
  }
  EXPECT_THAT(laws_broken(c, r), IsEmpty());
}

// The boot, and all that comes before the readers, is as without them.
TEST(LockReaders, LeaveTheBootAlone) {
  const RunResult with = run(with_readers({a_reader(10_ms, 1_ms)}));
  const RunResult without = run(with_readers({}));
  EXPECT_EQ(with.boot, without.boot);
  EXPECT_EQ(with.bringup, without.bringup);
  EXPECT_EQ(with.operations[0], without.operations[0]);
}

TEST(LockReaders, LetAWriterWaitAndWaitForOne) {
  MachineConfig c = with_readers({a_reader(1_ms, 200_ms), a_reader(99_ms, 0_ns)});
  c.readers[1].name = "late";
  c.readers[1].from = 52_ms;  // asks while the writer waits
  const RunResult r = run(c);
  ASSERT_TRUE(r.ok());
  EXPECT_GT(r.operations[1].end - r.operations[1].begin, 100_ms) << "it waits for the first reader";
  const auto waits = named(r, EventKind::WaitBegin, "cpu_hotplug_lock");
  ASSERT_THAT(waits, SizeIs(testing::Ge(2u)));
  EXPECT_EQ(waits[0].role, Role::Control);
  EXPECT_EQ(waits[1].role, Role::Reader);
  EXPECT_EQ(waits[1].instance, 1);
  EXPECT_THAT(laws_broken(c, r), IsEmpty());
}

TEST(LockReaders, EndWithTheLastOperation) {
  for (const bool work : {false, true}) {
    MachineConfig c = with_readers({a_reader(10_ms, 20_ms), a_reader(1000_s, 0_ns)});
    c.readers[1].name = "far";
    c.readers[0].work = work;
    c.readers[0].cpu = 2;
    c.operations.push_back(op_up(3));
    c.operations[2].at = 115_ms;
    const RunResult r = run(c);
    ASSERT_TRUE(r.ok());
    EXPECT_LE(r.end - r.operations[2].end, work ? 1_ms + 10_us : 10_us);
    EXPECT_EQ(reads(r, EventKind::Acquire).size(), reads(r, EventKind::Unlock).size());
    EXPECT_THAT(laws_broken(c, r), IsEmpty());
  }
}

TEST(LockReaders, OfOneOperationNeverBegin) {
  MachineConfig c = small_machine({op_boot()});
  const RunResult without = run(c);
  c.readers = {a_reader(1_us, 0_ns)};
  EXPECT_EQ(run(c).digest, without.digest);
}

TEST(LockReaders, HaveAsManyRoundsAsTheyMay) {
  MachineConfig c = with_readers({a_reader(1_ms, 10_us)});
  c.readers[0].rounds = 7;
  EXPECT_THAT(reads(run(c), EventKind::Acquire), SizeIs(7));
}

TEST(LockReaders, BeginDuringTheBootWhereTheyAreAskedTo) {
  MachineConfig c = with_readers({a_reader(1_us, 0_ns)});
  c.readers[0].from = 0_ns;
  const RunResult r = run(c);
  EXPECT_LT(reads(r, EventKind::Acquire).front().time, r.operations[0].end);
  EXPECT_THAT(laws_broken(c, r), IsEmpty());
}

TEST(LockReaders, OfTheOldKernelEndWithAReboot) {
  MachineConfig c = small_machine({op_boot(), op_shutdown(), op_boot(), op_down(3)});
  c.operations[1].at = 100_ms;
  c.operations[3].at = 300_ms;
  c.readers = {a_reader(10_ms, 1_ms)};
  const RunResult r = run(c);
  ASSERT_TRUE(r.ok());
  for (const Event& e : reads(r, EventKind::Acquire))
    EXPECT_FALSE(e.time > r.operations[1].end + 10_us && e.time < r.operations[2].end);
  EXPECT_GT(reads(r, EventKind::Acquire).back().time, r.operations[2].end);
  EXPECT_THAT(laws_broken(c, r), IsEmpty());
}

TEST(LockReaders, LeaveACpuThatGoesDown) {
  for (const bool work : {false, true}) {
    MachineConfig c = with_readers({a_reader(3_ms, 2_ms)});
    c.readers[0].cpu = 3;
    c.readers[0].work = work;
    c.operations.push_back(op_up(3));
    c.operations[2].at = 200_ms;
    const RunResult r = run(c);
    ASSERT_TRUE(r.ok());
    EXPECT_EQ(reads(r, EventKind::Acquire).front().on, 3u);
    EXPECT_NE(reads(r, EventKind::Acquire).back().on, 3u);
    EXPECT_THAT(reads(r, EventKind::Move), SizeIs(1));
    EXPECT_THAT(laws_broken(c, r), IsEmpty());
  }
}

TEST(LockReaders, DrawTheirTimesFromTheSeed) {
  MachineConfig c = with_readers({a_reader(10_ms, 1_ms)});
  c.readers[0].every = Dist{{1_ms, 20_ms}};
  const auto first_of = [&c](std::uint64_t seed) {
    c.seed = seed;
    return reads(run(c), EventKind::Acquire).front().time;
  };
  EXPECT_EQ(first_of(1), first_of(1));
  EXPECT_NE(first_of(1), first_of(2));
}

// The run ends, although the readers that are left could go on for ever.
TEST(LockReaders, ThatNeverLetGoAreAHang) {
  MachineConfig c = with_readers({a_reader(1_ms, std::nullopt), a_reader(1_ms, 1_us)});
  c.readers[1].name = "other";
  const RunResult r = run(c);
  ASSERT_THAT(r.hung, SizeIs(1)) << "the takedown; the other reader has nothing to do";
  EXPECT_EQ(r.stream.names[r.hung[0].wait.what], "cpu_hotplug_lock");
  EXPECT_EQ(laws_broken(c, r), std::set<std::string>{"I22"});
}

// What hangs is another thing, and the readers are no reason to go on.
TEST(LockReaders, DoNotKeepAHungMachineAlive) {
  MachineConfig c = with_readers({a_reader(1_ms, 1_us)});
  c.faults = {{.kind = FaultKind::Hang, .cpu = 3, .state = kY, .direction = Direction::Down}};
  const RunResult r = run(c);
  ASSERT_FALSE(r.hung.empty());
  EXPECT_LT(r.end, 1_s);
}

// ------------------------------------------------------------------------------ flush_work()

MachineConfig flushing(Direction direction) {
  MachineConfig c = with_readers({a_reader(1000_s, 1_us)});
  c.readers[0].flushed_by = CallbackOf{kX, direction};
  return c;
}

TEST(FlushedReaders, AreADeadlockOfTheCallbackThatWaits) {
  for (const Design design :
       {Design::Notifier, Design::Symmetric, Design::Parallel, Design::Async}) {
    MachineConfig c = flushing(Direction::Down);
    c.design = design;
    const RunResult r = run(c);
    ASSERT_FALSE(r.hung.empty());
    EXPECT_EQ(laws_broken(c, r), (std::set<std::string>{"I22", "I26"})) << to_string(design);
    const std::vector<Finding> all = findings_with_readers(c, r);
    const auto circle =
        std::ranges::find(all, std::string("I26"), [](const Finding& f) { return f.invariant; });
    EXPECT_THAT(
        circle->text,
        AllOf(HasSubstr("x_offline, called for CPU 3"), HasSubstr("reader \"r\" on CPU 0"),
              HasSubstr("waits for cpu_hotplug_lock"), HasSubstr("holds the lock for CPU 3")));
  }
}

TEST(FlushedReaders, ThatDoNotRunAreNotWaitedFor) {
  MachineConfig c = flushing(Direction::Down);
  c.readers[0].rounds = 1;
  c.readers[0].every = Dist::fixed(1_ms);  // its round is over before the takedown
  const RunResult r = run(c);
  EXPECT_TRUE(r.ok());
  EXPECT_THAT(laws_broken(c, r), IsEmpty());
}

// A registration holds the lock as a reader: nothing stands still as long as no writer asks.
TEST(FlushedReaders, OfARegistrationsCallbackAreFoundAndGoThrough) {
  MachineConfig c = with_readers({a_reader(1000_s, 1_us)});
  c.operations = {op_boot(), {.kind = OpKind::Setup, .state = declared_id(0)}, op_up(3)};
  c.declared = {{.name = "drv", .startup = "drv_up", .teardown = "drv_down", .number = kX}};
  c.uninstalled = {kX};
  c.readers[0].flushed_by = CallbackOf{declared_id(0), Direction::Up};
  const RunResult r = run(c);
  EXPECT_TRUE(r.ok());
  EXPECT_EQ(laws_broken(c, r), std::set<std::string>{"I26"});
  EXPECT_THAT(reads(r, EventKind::Acquire), SizeIs(4)) << "one round for each CPU";
}

// ------------------------------------------------------------------------------ the mutant

TEST(LockReaders, AreNeverInsideWithAWriter) {
  MachineConfig c = with_readers({a_reader(1_ms, 200_ms)});
  EXPECT_THAT(laws_broken(c, run(c)), IsEmpty());
  c.writers_pass_readers = true;
  EXPECT_EQ(laws_broken(c, run(c)), std::set<std::string>{"resource-exclusive"});
}

}  // namespace
}  // namespace cpuhp
