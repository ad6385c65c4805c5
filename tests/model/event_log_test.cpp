// The log of a CPU: its blocks, and what is taken out of it again.
#include "model/event_log.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace cpuhp {
namespace {

constexpr std::size_t kSecond = CpuLog::kFirst, kThird = kSecond + CpuLog::kBlock;
/// Numbers of events, about where blocks begin.
constexpr std::size_t kSizes[] = {0,          1,      kSecond - 1, kSecond, kSecond + 1,
                                  kThird - 1, kThird, kThird + 1,  500};

/// A log in which the i-th event has the time i.
CpuLog log_of(std::size_t events) {
  CpuLog log;
  for (std::size_t i = 0; i < events; ++i) log.append({.time = Ns{static_cast<int>(i)}});
  return log;
}

/// Expects the first events of log_of().
void expect_events(const CpuLog& log, std::size_t events) {
  ASSERT_EQ(log.size(), events);
  std::size_t i = 0;
  for (std::size_t b = 0; !log.block(b).empty(); ++b)
    for (const Event& e : log.block(b)) {
      EXPECT_EQ(e.time.v, static_cast<int>(i));
      EXPECT_EQ(&log[i++], &e);
    }
  EXPECT_EQ(i, events);
}

TEST(EventLog, HasWhatWasAppended) {
  for (const std::size_t size : kSizes) expect_events(log_of(size), size);
}

TEST(EventLog, IsCutAnywhereAndGoesOn) {
  for (const std::size_t size : kSizes)
    for (const std::size_t keep : kSizes) {
      if (keep > size) continue;
      CpuLog log = log_of(size);
      log.truncate(keep);
      expect_events(log, keep);
      for (std::size_t i = keep; i < size; ++i) log.append({.time = Ns{static_cast<int>(i)}});
      expect_events(log, size);
    }
}

TEST(EventLog, BeginsAnewWhenItsBlocksAreFreed) {
  CpuLog log = log_of(137);
  log.free_block(0);
  log.free_block(1);
  EXPECT_EQ(&log.block(2).front(), &log[kThird]);
  log.clear();
  expect_events(log, 0);
  for (int i = 0; i < 500; ++i) log.append({.time = Ns{i}});
  expect_events(log, 500);
}

TEST(EventLog, MovesWithItsEvents) {
  CpuLog from = log_of(100);
  const CpuLog to = std::move(from);
  expect_events(to, 100);
}

TEST(EventLog, TakesWhatIsLater) {
  CpuLog log = log_of(100);
  const std::vector<Event> tail = log.take_tail(Ns{69});
  expect_events(log, 70);
  ASSERT_EQ(tail.size(), 30u);
  EXPECT_EQ(tail.front().time.v, 70);
}

}  // namespace
}  // namespace cpuhp
