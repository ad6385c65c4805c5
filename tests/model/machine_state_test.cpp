// What a run changes is a value: it is taken between two operations, compared, and put back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "model/machine.hpp"
#include "tests/model/small_machine.hpp"

namespace cpuhp {
namespace {

using namespace test;
using ::testing::ElementsAre;

/// Calls `between` between two operations and, with a machine that has nothing more to do, `rests`.
struct Watcher final : Outside {
  std::function<void(Machine&, std::size_t)> between;
  std::function<bool(Machine&)> rests = [](Machine&) { return false; };
  Machine* machine = nullptr;

  void begin(Machine& m, Scheduler&) override {
    machine = &m;
    m.runner.between = between;
  }
  bool turn(Ns next) override { return next != kNever || rests(*machine); }
};

class EachDesign : public testing::TestWithParam<Design> {};

INSTANTIATE_TEST_SUITE_P(MachineState, EachDesign,
                         testing::Values(Design::Notifier, Design::Symmetric, Design::Parallel,
                                         Design::Async));

TEST_P(EachDesign, NobodyWaitsBetweenOperations) {
  Watcher watcher;
  std::vector<std::size_t> numbers;
  watcher.between = [&](Machine& m, std::size_t next) {
    const bool in_boot = m.operations.boot_cpus > 0;
    if (!in_boot) numbers.push_back(next);
    EXPECT_EQ(m.operations.running, in_boot ? 1 : 0);
    for (const Mutex& lock : m.core.locks) EXPECT_TRUE(lock.idle());
    EXPECT_FALSE(m.async.all_done.waited_for());
    for (const CpuRecord& st : m.cpus)
      for (const Completion* c : {&st.no_general, &st.done_up, &st.done_down, &st.alive, &st.callin,
                                  &st.came_up, &st.dead})
        EXPECT_FALSE(c->waited_for());
    const MachineState rest = m;
    EXPECT_EQ(rest, m);
    ++m.cpus[2].generation;
    EXPECT_NE(rest, m);
    static_cast<MachineState&>(m) = rest;
    EXPECT_EQ(rest, m);
  };
  std::vector<Operation> operations{op_boot(), op_down(1), op_up(1), op_read("online")};
  operations[2].with = 1;
  operations[2].delay = 1'000'000'000_ns;
  const MachineConfig c = small_machine(operations, GetParam());
  const RunResult r = run(c, {.outside = &watcher});
  EXPECT_THAT(numbers, ElementsAre(1u, 3u, 4u));
  EXPECT_EQ(r.digest, run(c).digest);
}

// The second time, the same operations take the same time, because costs are drawn by what is
// counted in the state.
TEST_P(EachDesign, GoesOnFromWhereItWasPutBack) {
  Watcher watcher;
  std::optional<std::pair<MachineState, CoreState>> rest;
  watcher.between = [&](Machine& m, std::size_t next) {
    if (next == 3 && !rest) rest.emplace(m, m.core);
  };
  std::vector<OpResult> first;
  watcher.rests = [&](Machine& m) {
    if (!first.empty()) return false;
    first = m.operations.results;
    static_cast<MachineState&>(m) = rest->first;
    static_cast<CoreState&>(m.core) = rest->second;
    m.rt.start(m.operations.asked_from, Role::Control, 1_ns, [&m] { run_operations(m, 3); });
    return true;
  };
  MachineConfig c =
      small_machine({op_boot(), op_down(1), op_up(1), op_down(2), op_up(2)}, GetParam());
  c.costs.grace_periods_by_law = false;  // RCU's state has dates, and the clock goes on here
  const RunResult r = run(c, {.outside = &watcher});
  ASSERT_EQ(first.size(), r.operations.size());
  for (std::size_t i = 3; i < first.size(); ++i) {
    EXPECT_GT(r.operations[i].begin, first[i].end);
    EXPECT_EQ(r.operations[i].end - r.operations[i].begin, first[i].end - first[i].begin);
  }
}

TEST(MachineState, KeepsTheTableThatItWasTakenWith) {
  Watcher watcher;
  std::vector<MachineState> rests;
  watcher.between = [&](Machine& m, std::size_t) {
    if (m.operations.boot_cpus == 0) rests.push_back(m);
  };
  MachineConfig c = small_machine({op_boot(), {.kind = OpKind::Remove, .state = kX}});
  run(c, {.outside = &watcher});
  ASSERT_EQ(rests.size(), 2u);
  EXPECT_EQ(rests[0].registered.states->table.at(kX).name, "x:online");
  EXPECT_EQ(rests[1].registered.states->table.at(kX).name, "");
  EXPECT_FALSE(rests[0].registered.states == rests[1].registered.states);
  rests[1].registered.states.own() =
      *rests[0].registered.states.operator->();  // equal, and not the same
  EXPECT_TRUE(rests[0].registered.states == rests[1].registered.states);
}

TEST(FaultPlan, GoesOnFromCounts) {
  const std::vector<Fault> faults{failing(1, kX), failing(2, kX)};
  FaultPlan plan(faults, 1);
  plan.go_on_from({7});
  EXPECT_THAT(plan.counts(), ElementsAre(7u, 0u));
}

}  // namespace
}  // namespace cpuhp
