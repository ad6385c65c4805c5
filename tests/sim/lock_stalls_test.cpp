// Waits for cpu_hotplug_lock as figures, from the stream alone.
#include "sim/analysis/lock_stalls.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/model/small_machine.hpp"

namespace cpuhp {
namespace {

using namespace test;

LockReader stalling_reader(Ns every, Ns hold) {
  return {.name = "r", .every = Dist::fixed(every), .hold = Dist::fixed(hold)};
}

LockStalls stalls_of(const RunResult& r) {
  StallsOfRun stalls;
  stalls.take(r.stream);
  return stalls.finish(r.end);
}

/// CPU 3 goes down at 100 ms. Reader 0 is inside then, until about 200 ms; reader 1 comes later.
MachineConfig both_sides() {
  MachineConfig c = small_machine({op_boot(), op_down(3)});
  c.operations[1].at = 100_ms;
  c.readers = {stalling_reader(50_ms, 150_ms), stalling_reader(150_ms, 0_ns)};
  for (LockReader& r : c.readers) r.from = 0_ns;
  return c;
}

TEST(LockStalls, HaveBothSides) {
  const RunResult r = run(both_sides());
  ASSERT_TRUE(r.ok());
  const LockStalls stalls = stalls_of(r);
  const StallSum& writers = stalls.all.writers;
  ASSERT_EQ(writers.count, 1u);
  EXPECT_EQ(writers.sum, writers.longest.length);
  // The lock is idle, so the writer waits for a grace period first.
  EXPECT_GE(writers.longest.begin, 104_ms);
  EXPECT_LE(writers.longest.begin, 104_ms + 10_us);
  EXPECT_NEAR(static_cast<double>((writers.longest.begin + writers.longest.length).v), 200e6, 20e3);
  EXPECT_EQ(writers.longest.cpu, 3u);
  EXPECT_EQ(writers.longest.behind_reader, 0);
  EXPECT_FALSE(writers.longest.reader);
  // A writer that waits keeps a later reader out, which then waits for the whole takedown.
  const StallSum& readers = stalls.all.readers;
  ASSERT_EQ(readers.count, 1u);
  EXPECT_EQ(readers.longest.reader, 1);
  EXPECT_EQ(readers.longest.behind_cpu, 3u);
  EXPECT_GT(readers.longest.length, 50_ms);
  EXPECT_EQ(stalls.each_reader.at(1).sum, readers.sum);
  EXPECT_FALSE(stalls.each_reader.contains(0));
  EXPECT_EQ(stalls.operations.size(), 1u);
  EXPECT_EQ(stalls.operations.at(1).writers.count, 1u);
}

TEST(LockStalls, AreTheSameFromPartsOfTheStream) {
  const RunResult r = run(both_sides());
  for (const std::size_t size : {1u, 7u, 100u}) {
    StallsOfRun stalls;
    for (std::size_t from = 0; from < r.stream.events.size(); from += size) {
      EventStream part = {.names = r.stream.names, .nr_cpus = r.stream.nr_cpus};
      const std::size_t to = std::min(from + size, r.stream.events.size());
      part.events.assign(r.stream.events.begin() + static_cast<std::ptrdiff_t>(from),
                         r.stream.events.begin() + static_cast<std::ptrdiff_t>(to));
      stalls.take(part);
    }
    const LockStalls in_parts = stalls.finish(r.end);
    EXPECT_EQ(in_parts.all.writers.sum, stalls_of(r).all.writers.sum);
    EXPECT_EQ(in_parts.all.readers.sum, stalls_of(r).all.readers.sum);
  }
}

TEST(LockStalls, ThatNeverEndCountUpToTheEnd) {
  MachineConfig c = both_sides();
  c.readers[0].hold.reset();
  const RunResult r = run(c);
  ASSERT_FALSE(r.ok());
  const LockStalls stalls = stalls_of(r);
  EXPECT_EQ(stalls.all.writers.count, 1u);
  EXPECT_EQ(stalls.all.writers.longest.begin + stalls.all.writers.sum, r.end);
  EXPECT_EQ(stalls.all.writers.longest.behind_reader, 0);
  EXPECT_EQ(stalls.all.readers.count, 0u) << "the run is over before the other reader asks";
}

TEST(LockStalls, AreNoneWhereNobodyWaits) {
  const LockStalls stalls = stalls_of(run(small_machine({op_boot(), op_down(3)})));
  EXPECT_EQ(stalls.all.writers.count + stalls.all.readers.count, 0u);
  EXPECT_TRUE(stalls.operations.empty());
}

}  // namespace
}  // namespace cpuhp
