// What only the asynchronous design has to get right: nobody waits for a CPU's own walk, so it ends
// by itself, whatever fails, where the other designs would leave the CPU, too.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/checks/checks.hpp"
#include "model/judged_run.hpp"
#include "tests/model/small_machine.hpp"

namespace cpuhp {
namespace {

using namespace test;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

Fault error_at(StateId state, Direction direction, std::uint32_t nth) {
  return {.kind = FaultKind::Error,
          .cpu = 1,
          .state = state,
          .direction = direction,
          .nth = nth,
          .error = -5};
}

/// Under every design with states: the same results and resting states, and nothing is broken.
void as_in_the_others(std::vector<Operation> operations, std::vector<Fault> faults,
                      const std::vector<int>& results, StateId rests) {
  for (const Design design : {Design::Symmetric, Design::Parallel, Design::Async}) {
    MachineConfig c = small_machine(operations, design, Rules::of({6, 12}));
    c.faults = faults;
    const RunResult r = run(c);
    EXPECT_TRUE(r.ok()) << to_string(design);
    EXPECT_EQ(returns(r), results) << to_string(design);
    EXPECT_EQ(r.final[1].state, rests) << to_string(design);
    EXPECT_THAT(check_all(r.stream, judged_by(c, true)), IsEmpty()) << to_string(design);
  }
}

TEST(Async, AFailedBringUpReturnsToWhereItBegan) {
  as_in_the_others({op_boot(), op_down(1, kB), op_up(1)}, {error_at(kY, Direction::Up, 2)},
                   {0, 0, -5}, kB);
}

TEST(Async, ACpuThatIsNotAliveReturnsToWhereItBegan) {
  as_in_the_others({op_boot(), op_down(1, kB), op_up(1)},
                   {{.kind = FaultKind::NeverAlive, .cpu = 1, .nth = 2}}, {0, 0, -5}, kB);
}

TEST(Async, ARefusedTakedownReturnsToWhereTheCpuRested) {
  as_in_the_others({op_boot(), op_down(1, kX), op_down(1)},
                   {{.kind = FaultKind::RefusedTakedown, .cpu = 1, .error = -16}}, {0, 0, -16}, kX);
}

TEST(Async, WhoAsksForDownToAHigherStateGetsUp) {
  as_in_the_others({op_boot(), op_down(1, kX), op_down(1, kY)}, {}, {0, 0, 0}, kY);
  as_in_the_others({op_boot(), op_down(1, kX), op_down(1, kY)}, {error_at(kY, Direction::Up, 2)},
                   {0, 0, -5}, kX);
}

// However long the boot goes on beside a bring-up that never ends, the run ends.
TEST(Async, AHangBesideALongBootIsSeen) {
  MachineConfig c = small_machine({op_boot()}, Design::Async);
  c.boot_work = Ns{1'000'000'000'000'000};
  c.faults = {{.kind = FaultKind::Hang, .cpu = 1, .state = kY, .direction = Direction::Up}};
  const RunResult r = run(c);
  EXPECT_FALSE(r.hung.empty());
  EXPECT_GT(r.end, c.boot_work);
}

// No way forward, no way back: the CPU stays where its thread stopped, and the caller is told.
TEST(Async, ASecondErrorOnTheWayBackEndsTheOperation) {
  MachineConfig c = small_machine({op_boot(), op_down(1), op_up(1)}, Design::Async);
  c.faults = {error_at(kY, Direction::Up, 2), error_at(kX, Direction::Down, 2)};
  const RunResult r = run(c);
  EXPECT_TRUE(r.ok());
  EXPECT_EQ(returns(r), (std::vector<int>{0, 0, -5}));
  EXPECT_EQ(r.final[1].state, kX - 1);
  EXPECT_TRUE(r.final[1].online);
  EXPECT_THAT(check_all(r.stream, judged_by(c, true)), IsEmpty());
}

}  // namespace
}  // namespace cpuhp
