// The events of all CPUs as one stream, and the memory that they leave.
#include "sim/run/merge.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "sim/engine/event_memory.hpp"

namespace cpuhp {
namespace {

/// `each` events a CPU. Every third one falls on a date that another CPU has, too.
void fill(std::vector<CpuLog>& logs, int each) {
  for (int i = 0; i < each; ++i)
    for (CpuId cpu = 0; cpu < logs.size(); ++cpu)
      logs[cpu].append(
          {.time = Ns{1'000 * i + (i % 3 == 0 ? 0 : static_cast<int>(cpu))}, .cpu = cpu});
}

TEST(Merge, FreesTheLogsAndGivesTheSame) {
  EventMemory memory;
  std::vector<CpuLog> logs;
  for (int cpu = 0; cpu < 200; ++cpu) logs.emplace_back(&memory);
  for (const int each : {1, 100, 1'000, 20, 0, 300}) {  // the memory serves one run after another
    fill(logs, each);
    const EventStream kept = merged(logs);
    EXPECT_EQ(kept.events.size(), logs.size() * static_cast<std::size_t>(each));
    EXPECT_TRUE(
        std::is_sorted(kept.events.begin(), kept.events.end(), [](const Event& a, const Event& b) {
          return std::pair(a.time, a.cpu) < std::pair(b.time, b.cpu);
        }));
    EXPECT_EQ(merged_and_freed(logs).events, kept.events);
    for (const CpuLog& log : logs) EXPECT_EQ(log.size(), 0u);
  }
}

}  // namespace
}  // namespace cpuhp
