// On x86 a CPU that comes up at run time stops all others while its caches are set.
#include "model/hotplug/caches.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "model/checks/checks.hpp"
#include "model/judged_run.hpp"
#include "tests/model/small_machine.hpp"

namespace cpuhp {
namespace {

using namespace test;

/// By operation: its stops for the caches.
std::vector<int> cache_stops(const RunResult& r) {
  std::vector<int> stops(r.operations.size());
  std::size_t operation = 0;
  for (const Event& e : r.stream.events) {
    if (e.kind == EventKind::OpBegin) operation = e.instance;
    if (e.kind == EventKind::StopBegin && !is_takedown(e)) ++stops[operation];
  }
  return stops;
}

MachineConfig plugged(bool state_of_its_own, const Rules& rules, Design design) {
  MachineConfig c = small_machine(
      {op_boot(), op_down(1), op_up(1), op_suspend(), op_resume(), op_resume(), op_down(3)},
      design);
  std::vector<State> states = small_table().all();
  if (state_of_its_own)
    states[static_cast<std::size_t>(kStartingOne)].name = "x86/cachectrl:starting";
  c.table = StateTable("small", "test", rules, std::move(states));
  return c;
}

TEST(Caches, StopTheMachineAtRunTimeAndOnceAfterAResume) {
  for (const bool own : {false, true})
    for (const Design design : {Design::Symmetric, Design::Parallel, Design::Async}) {
      const MachineConfig c = plugged(own, Rules::of({6, 1}), design);
      const RunResult r = run(c);
      EXPECT_EQ(cache_stops(r), (std::vector<int>{0, 0, 1, 0, 1, 0, 0}))
          << to_string(design) << (own ? ", a state of its own" : "");
      EXPECT_TRUE(check_all(r.stream, judged_by(c, r.ok())).empty());
    }
}

TEST(Caches, StopNobodyOnOtherArchitectures) {
  Rules rules = Rules::of({6, 1});
  rules.online_stops_machine = false;
  EXPECT_EQ(cache_stops(run(plugged(true, rules, Design::Symmetric))), std::vector<int>(7));
}

TEST(Caches, AreSetByTheStartingCpuWhileAllOthersStand) {
  const RunResult r = run(plugged(true, Rules::of({6, 1}), Design::Symmetric));
  bool inside = false;
  for (const Event& e : r.stream.events) {
    if (e.time < r.operations[2].begin || e.time > r.operations[2].end) continue;
    if (e.kind == EventKind::StopEnd) inside = false;
    if (inside) {
      EXPECT_EQ(e.on, 1u);
    }
    if (e.kind != EventKind::StopBegin) continue;
    inside = true;
    EXPECT_EQ(e.on, 1u);
    EXPECT_EQ(e.role, Role::Stopper);
  }
}

}  // namespace
}  // namespace cpuhp
