// The rebuild of scheduling domains: when, by whom, and under which lock.
#include "model/hotplug/domains.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/model/small_machine.hpp"

namespace cpuhp {
namespace {

using namespace test;
using ::testing::ElementsAre;

/// Returns each rebuild: "locked" where cpu_hotplug_lock has a writer then, else "free".
std::vector<std::string> rebuilds(const RunResult& r) {
  std::vector<std::string> all;
  bool locked = false;
  for (const Event& e : r.stream.events) {
    const std::string& name = r.stream.names[e.name];
    if (name == "cpu_hotplug_lock" && e.kind == EventKind::Acquire) locked = true;
    if (name == "cpu_hotplug_lock" && e.kind == EventKind::Unlock) locked = false;
    if (name == "domain_rebuild" && e.kind == EventKind::PhaseBegin)
      all.emplace_back(locked ? "locked" : "free");
  }
  return all;
}

MachineConfig on_kernel(bool synchronous, std::vector<Operation> operations) {
  Rules rules = Rules::of({6, 1});
  rules.cpusets_synchronous = synchronous;
  return small_machine(std::move(operations), Design::Symmetric, rules);
}

TEST(Domains, AreNotRebuiltAtBoot) {
  for (const bool synchronous : {false, true})
    EXPECT_THAT(rebuilds(run(on_kernel(synchronous, {op_boot()}))), ElementsAre());
}

TEST(Domains, AreRebuiltForEachCpuUnderTheLockOrAfterIt) {
  const std::vector<Operation> operations{op_boot(), op_down(1), op_up(1)};
  EXPECT_THAT(rebuilds(run(on_kernel(true, operations))), ElementsAre("locked", "locked"));
  EXPECT_THAT(rebuilds(run(on_kernel(false, operations))), ElementsAre("free", "free"));
}

TEST(Domains, AreNotRebuiltForACpuThatStaysActive) {
  EXPECT_THAT(rebuilds(run(on_kernel(false, {op_boot(), op_down(1, kActive)}))), ElementsAre());
}

TEST(Domains, AreRebuiltByTheCallbackWhileTasksAreFrozen) {
  EXPECT_THAT(rebuilds(run(on_kernel(false, {op_boot(), op_suspend(), op_resume()}))),
              ElementsAre("locked", "locked", "locked", "locked", "locked", "locked"));
}

TEST(Domains, GrowWithTheMachine) {
  MachineConfig c = on_kernel(true, {op_boot(), op_down(1)});
  c.costs.phase(Phase::DomainRebuild) =
      Cost{{{.when = When::Running, .per_online = 10_ns, .per_online_squared = 3_ns},
            {.when = When::SeveralCores, .work = Dist::fixed(1_us)},
            {.when = When::SeveralSockets, .work = Dist::fixed(1_ms)},
            {.when = When::Frozen, .work = Dist::fixed(1_s)}}};
  const RunResult r = run(c);
  Ns took{};
  for (const Event& e : r.stream.events)
    if (r.stream.names[e.name] == "domain_rebuild")
      took = e.kind == EventKind::PhaseBegin ? Ns{} - e.time : took + e.time;
  EXPECT_EQ(took, 1_us + 40_ns + 48_ns) << "four CPUs are online";
}

TEST(Domains, AHoistedLockHasThemRebuiltOnceForASeries) {
  Rules rules = Rules::of({6, 1});
  MachineConfig c = machine({.cores_per_socket = 4, .threads_per_core = 2}, small_table(rules),
                            {op_boot(), op_write("smt/control", "off")});
  EXPECT_EQ(rebuilds(run(c)).size(), 4u);
  c.rcu.policy = RcuPolicy::Hoisted;
  EXPECT_THAT(rebuilds(run(c)), ElementsAre("free"));
}

}  // namespace
}  // namespace cpuhp
