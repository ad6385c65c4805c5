// Each rule of a kernel version changes something that can be seen.
#include "model/rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <map>
#include <set>
#include <string>

#include "tests/file_text.hpp"
#include "tests/model/small_machine.hpp"

namespace cpuhp {
namespace {

using namespace test;

/// A value for each setting of a rule.
struct Flip {
  const char* rule;
  Rules base;
  std::function<int(MachineConfig&)>
      seen;  ///< completes the machine, runs it, and says what was seen
  int when_true, when_false;
};

int value_of_exit(const RunResult& r, StateId step) {
  int value = -1;
  for (const Event& e : events(r, EventKind::Exit, 1))
    if (e.step == step) value = e.value;
  return value;
}

int count(std::size_t n) { return static_cast<int>(n); }

RunResult run_with(MachineConfig& c, std::vector<Operation> operations,
                   std::vector<Fault> faults = {}) {
  c.operations = std::move(operations);
  c.faults = std::move(faults);
  return run(c);
}

int last_return(MachineConfig& c, std::vector<Operation> operations) {
  return run_with(c, std::move(operations)).operations.back().ret;
}

const Fault kRefusedTakedown{.kind = FaultKind::RefusedTakedown, .cpu = 1, .error = -28};

const Flip kFlips[] = {
    {"online_stops_machine", Rules::of({6, 1}),
     [](MachineConfig& c) {
       const RunResult r = run_with(c, {op_boot(), op_down(1), op_up(1)});
       return static_cast<int>(std::ranges::count_if(r.stream.events, [](const Event& e) {
         return e.kind == EventKind::StopBegin && !is_takedown(e);
       }));
     },
     1, 0},
    {"decrement_first", Rules::of({6, 1}),
     [](MachineConfig& c) {
       return value_of_exit(run_with(c, {op_up(1), op_down(1)}), kX);
     },
     kX - 1, kX},
    {"control_decrements_late", Rules::of({5, 10}),
     [](MachineConfig& c) {
       return value_of_exit(run_with(c, {op_up(1), op_down(1)}), kA);
     },
     kA, kA - 1},
    {"empty_states_called", Rules::of({5, 10}),
     [](MachineConfig& c) {
       c.table.at(kX).teardown.clear();
       const RunResult r =
           run_with(c, {op_up(1), op_write("cpu1/hotplug/fail", std::to_string(kX)), op_down(1)});
       EXPECT_EQ(r.operations[2].ret, 0);
       return r.final[1].fail;
     },
     -1, kX},
    {"true_false_words", Rules::of({6, 1}),
     [](MachineConfig& c) { return last_return(c, {op_write("cpu1/online", "true")}); }, 0,
     -EINVAL},
    {"atomic_errors_ignored", Rules::of({6, 1}),
     [](MachineConfig& c) {
       const RunResult r =
           run_with(c, {op_up(1)}, {{.kind = FaultKind::Error, .cpu = 1, .state = kStartingOne}});
       return value_of_exit(r, kStartingTwo);
     },
     kStartingTwo, -1},
    {"split_startup", Rules::of({6, 6}),
     [](MachineConfig& c) {
       c.table.split_startup();
       return count(named(run_with(c, {op_up(1, kKickAp)}), EventKind::Enter, "cpuhp_kick_ap_alive")
                        .size()) +
              count(named(run_with(c, {op_up(1)}), EventKind::Acquire, "sparse_irq_lock").size()) *
                  10 +
              count(events(run_with(c, {op_up(1)}), EventKind::Kick).size()) * 100;
     },
     111, 110},
    {"down_via_kworker", Rules::of({6, 1}),
     [](MachineConfig& c) {
       for (const Event& e : events(run_with(c, {op_up(1), op_down(1)}), EventKind::Enter, 1))
         if (e.step == kTeardown) return static_cast<int>(e.role);
       return -1;
     },
     static_cast<int>(Role::Worker), static_cast<int>(Role::Control)},
    {"last_housekeeping_busy", Rules::of({6, 6}),
     [](MachineConfig& c) {
       c.housekeeping = CpuMask(4);
       c.housekeeping.set(0);
       return last_return(c, {op_up(1), op_down(0)});
     },
     -EBUSY, 0},
    {"equal_target_noop", Rules::of({6, 1}),
     [](MachineConfig& c) {
       return count(named(run_with(c, {op_up(1), op_write("cpu1/hotplug/target", "18")}),
                          EventKind::Enter, "cpuhp_kick_ap_work")
                        .size());
     },
     0, 1},
    {"boot_cpu_target_online", Rules::of({6, 1}),
     [](MachineConfig& c) { return run_with(c, {}).final[0].target; }, kOnline, 0},
    {"fail_limits", Rules::of({6, 1}),
     [](MachineConfig& c) { return last_return(c, {op_write("cpu1/hotplug/fail", "-1")}); }, 0,
     -EINVAL},
    {"ap_kicks_itself", Rules::of({4, 6}),
     [](MachineConfig& c) {
       return count(named(run_with(c, {op_up(1)}), EventKind::WaitBegin, "done_up", 1).size());
     },
     1, 2},
    {"active_is_a_state", Rules::of({4, 6}),
     [](MachineConfig& c) {
       c.table.at(kActive).startup.clear();
       return run_with(c, {op_up(1)}).final[1].active ? 1 : 0;
     },
     0, 1},
    {"refused_takedown_traced", Rules::of({4, 6}),
     [](MachineConfig& c) {
       return count(named(run_with(c, {op_up(1), op_down(1)}, {kRefusedTakedown}), EventKind::Enter,
                          "cpuhp_kick_ap_work")
                        .size());
     },
     2, 1},
    {"instance_error_lost", Rules::of({6, 1}),
     [](MachineConfig& c) {
       c.table.at(kA).multi = true;
       c.table.at(kA).instances = 2;
       return run_with(
                  c, {op_up(1)},
                  {{.kind = FaultKind::Error, .cpu = 1, .state = kA, .instance = 0, .error = -12}})
           .operations[0]
           .ret;
     },
     0, -12},
    {"taken_slot_busy", Rules::of({6, 1}),
     [](MachineConfig& c) {
       c.declared = {{.name = "drv:online", .startup = "drv_up", .number = kY}};
       return last_return(c, {{.kind = OpKind::Setup, .state = declared_id(0)}});
     },
     -EBUSY, 0},
    {"parallel_bringup", Rules::of({6, 6}),
     [](MachineConfig& c) {
       c.design = Design::Parallel;
       const RunResult r = run_with(c, {op_boot()});
       return first(r, EventKind::Kick, 2)->time < first(r, EventKind::Release, 1)->time ? 1 : 0;
     },
     1, 0},
    {"primaries_first", Rules::of({6, 6}),
     [](MachineConfig& c) {
       c = machine(
           {.cores_per_socket = 2, .threads_per_core = 2, .numbering = Numbering::ThreadsAdjacent},
           c.table, {});
       c.design = Design::Parallel;
       const RunResult r = run_with(c, {op_boot()});
       return first(r, EventKind::Available, 2)->time < first(r, EventKind::Available, 1)->time ? 1
                                                                                                : 0;
     },
     1, 0},
    {"absent_cpus_ignored", Rules::of({6, 12}),
     [](MachineConfig& c) {
       c.present.clear(3);
       ignore_absent_cpus(c);
       return static_cast<int>(c.topology.nr_cpus());
     },
     3, 4},
    {"bringup_spins", Rules::of({6, 1}),
     [](MachineConfig& c) { return run_with(c, {op_up(1)}).ledgers[0].spinning > 0_ns ? 1 : 0; }, 1,
     0},
    {"freeze_descending", Rules::of({6, 6}),
     [](MachineConfig& c) {
       return static_cast<int>(first(run_with(c, {op_boot(), op_suspend()}), EventKind::Dead)->cpu);
     },
     3, 1},
    {"smt_forceoff_first", Rules::of({6, 6}),
     [](MachineConfig& c) {
       c.topology = Topology::grid({.cores_per_socket = 2, .threads_per_core = 2});
       c.nosmt_force = true;
       return last_return(c, {op_write("smt/control", "text")});
     },
     -EPERM, -EINVAL},
    {"smt_threads", Rules::of({6, 6}),
     [](MachineConfig& c) {
       c.topology = Topology::grid({.cores_per_socket = 2, .threads_per_core = 2});
       return last_return(c, {op_write("smt/control", "1")});
     },
     0, -EINVAL},
    {"smt_skips_offline_cores", Rules::of({6, 18}),
     [](MachineConfig& c) {
       c.topology = Topology::grid(
           {.cores_per_socket = 2, .threads_per_core = 2, .numbering = Numbering::ThreadsAdjacent});
       const RunResult r =
           run_with(c, {op_boot(), op_write("smt/control", "off"), op_write("cpu2/online", "0"),
                        op_write("smt/control", "on")});
       return static_cast<int>(r.online);
     },
     2, 4},
    {"online_retried", Rules::of({6, 6}),
     [](MachineConfig& c) {
       const RunResult r = run_with(c, {op_suspend(), op_write("cpu1/online", "1")});
       EXPECT_EQ(r.operations[1].ret, -EBUSY);
       return static_cast<int>((r.operations[1].end - r.operations[1].begin).v / 1'000'000);
     },
     620, 0},
    {"maxcpus_counts_tries", Rules::of({6, 6}),
     [](MachineConfig& c) {
       c.cpuhp_parallel = false;
       c.max_cpus = 2;
       const RunResult r = run_with(c, {op_boot()}, {failing(1, kA)});
       return static_cast<int>(r.online);
     },
     1, 2},
};

class EachRule : public ::testing::TestWithParam<Flip> {};

TEST_P(EachRule, CanBeSeen) {
  for (const bool on : {true, false}) {
    Rules rules = GetParam().base;
    for (const Rule& rule : all_rules())
      if (rule.name == GetParam().rule) rules.*rule.member = on;
    MachineConfig c = small_machine({}, Design::Symmetric, rules);
    EXPECT_EQ(GetParam().seen(c), on ? GetParam().when_true : GetParam().when_false)
        << (on ? "on" : "off");
  }
}

INSTANTIATE_TEST_SUITE_P(Of, EachRule, ::testing::ValuesIn(kFlips),
                         [](const auto& each) { return std::string(each.param.rule); });

// The notifier design's table names priorities; what the core knows of them stands in
// docs/kernel.md 2.5.
/// Rules whose operations have tests of their own, which flip them there.
const std::map<std::string, std::string> kElsewhere{
    {"prepare_dynamic_skipped", "setup_test.cpp"}, {"walker_reads_again", "atomic_test.cpp"},
    {"hotplug_lock_percpu", "rcu_test.cpp"},       {"suspend_expedites", "rcu_test.cpp"},
    {"cpusets_synchronous", "domains_test.cpp"},
};

TEST(Rules, FollowFromTheVersion) {
  EXPECT_FALSE(Rules::of({6, 1, 52}).down_via_kworker);
  EXPECT_TRUE(Rules::of({6, 1, 53}).down_via_kworker) << "taken over by a stable release";
  EXPECT_FALSE(Rules::of({6, 5, 53}).down_via_kworker) << "that of another series";
  EXPECT_TRUE(Rules::of({6, 19}).down_via_kworker);
  EXPECT_FALSE(Rules::of({7, 0}).down_via_kworker);
  EXPECT_TRUE(Rules::of({5, 12, 19}).atomic_errors_ignored);
  EXPECT_FALSE(Rules::of({5, 13}).atomic_errors_ignored);
  EXPECT_TRUE(Rules::of({6, 2}).atomic_errors_ignored);
  EXPECT_TRUE(Rules::of({6, 12, 96}).instance_error_lost);
  EXPECT_FALSE(Rules::of({6, 12, 97}).instance_error_lost);
  EXPECT_EQ(Rules::of({99, 0}), Rules::of({7, 2})) << "newer than all that are known";
}

TEST(Rules, SayInWhichKernelsTheyAre) {
  std::map<std::string_view, std::string> kernels;
  for (const Rule& rule : all_rules()) kernels[rule.name] = rule.kernels();
  EXPECT_EQ(kernels["last_housekeeping_busy"],
            "from 6.6 on (stable: from 6.1.64, 6.5.13 on), before 7.0");
  EXPECT_EQ(kernels["instance_error_lost"], "before 7.2 (stable: before 6.1.178, 6.12.97)");
  EXPECT_EQ(kernels["atomic_errors_ignored"], "before 5.13, and again from 6.2 on");
  EXPECT_EQ(kernels["bringup_spins"], "x86, before 6.5");
  EXPECT_EQ(kernels["primaries_first"], "");
}

TEST(Rules, EachHasATestThatFlipsIt) {
  std::set<std::string> flipped;
  for (const Flip& flip : kFlips) flipped.insert(flip.rule);
  for (const auto& [rule, file] : kElsewhere) {
    const std::string text = file_text(CPUHP_SOURCE_DIR "/tests/model/" + file);
    EXPECT_NE(text.find("." + rule + " = "), std::string::npos) << rule << " in " << file;
    flipped.insert(rule);
  }
  std::set<std::string> all;
  for (const Rule& rule : all_rules()) all.emplace(rule.name);
  EXPECT_EQ(flipped, all);
}

/// What a CPU that never reported its death does to its next bring-up: limbo, a time-out of the
/// wait for the dead, or the polled word of x86.
TEST(CoreSyncRule, CanBeSeen) {
  const auto seen = [](CoreSync sync) {
    Rules rules = Rules::of({6, 1});
    rules.core_sync = sync;
    MachineConfig c = small_machine({op_boot(), op_down(1), op_up(1)}, Design::Symmetric, rules);
    c.faults = {{.kind = FaultKind::NeverDead, .cpu = 1}};
    const RunResult r = run(c);
    const Ns waited = r.operations[1].end - r.operations[1].begin;
    return std::pair(r.operations[2].ret, waited > 9_s);
  };
  EXPECT_EQ(seen(CoreSync::None), std::pair(0, false));
  EXPECT_EQ(seen(CoreSync::Dead), std::pair(0, true));
  EXPECT_EQ(seen(CoreSync::Full), std::pair(-EAGAIN, true));
}

TEST(Notifier, CallsByPriorityAndTheSameWayUpAndDown) {
  MachineConfig c = small_machine({op_up(1), op_down(1)}, Design::Notifier);
  c.table.at(kX).priority = -20;
  c.table.at(kMulti).priority = 5;
  c.table.at(kY).priority = 20;
  const RunResult r = run(c);
  const auto order = [&](Ns from, Ns to) {
    std::vector<StateId> states;
    for (const Event& e : r.stream.events) {
      const bool enter = e.kind == EventKind::Enter || e.kind == EventKind::MultiEnter;
      if (enter && e.cpu == 1 && e.step >= kX && e.step <= kY && e.time >= from && e.time < to &&
          (states.empty() || states.back() != e.step))
        states.push_back(e.step);
    }
    return states;
  };
  using ::testing::ElementsAre;
  EXPECT_THAT(order({}, begin(r, 1)), ElementsAre(kY, kMulti, kX));
  EXPECT_THAT(order(begin(r, 1), kNever), ElementsAre(kY, kMulti, kX));
  // All of them by the control CPU, which is what the rework was about.
  for (const Event& e : events(r, EventKind::Enter, 1))
    EXPECT_TRUE(e.on == 0 || (e.step > kBringup && e.step < kApOnline)) << name(r, e);
}

TEST(Notifier, ARefusalGoesForwardThroughThoseBeforeIt) {
  MachineConfig c = small_machine({op_up(1), op_down(1)}, Design::Notifier);
  c.table.at(kX).priority = 20;
  c.table.at(kMulti).priority = 10;
  c.table.at(kY).priority = 5;
  c.faults = {failing(1, kY, Direction::Down, -16)};
  const RunResult r = run(c);
  EXPECT_EQ(r.operations[1].ret, -16);
  EXPECT_THAT(callbacks(r, 1, begin(r, 1)),
              ::testing::ElementsAre("x_offline", "m_offline#1", "m_offline#0", "y_offline",
                                     "x_online", "m_online#1", "m_online#0"));
  EXPECT_TRUE(r.final[1].online && r.final[1].active);
}

TEST(Notifier, OnlineCannotFail) {
  MachineConfig c = small_machine({op_up(1)}, Design::Notifier);
  c.faults = {failing(1, kX, Direction::Up, -16)};
  const RunResult r = run(c);
  EXPECT_EQ(r.operations[0].ret, 0);
  EXPECT_TRUE(r.final[1].active);
}

}  // namespace
}  // namespace cpuhp
