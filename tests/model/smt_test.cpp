// SMT control: what smt/control takes and gives, whom it takes down, and what stays refused
// (docs/kernel.md 6.3).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "tests/model/small_machine.hpp"

namespace cpuhp {
namespace {

using namespace test;
using ::testing::ElementsAre;

/// Four cores of two threads, numbered 0,1 2,3 4,5 6,7.
MachineConfig smt_machine(std::vector<Operation> operations, const Rules& rules = Rules::of({6, 6}),
                          Design design = Design::Symmetric) {
  MachineConfig c = machine(
      {.cores_per_socket = 4, .threads_per_core = 2, .numbering = Numbering::ThreadsAdjacent},
      small_table(rules), std::move(operations));
  c.design = design;
  return c;
}

Operation control(const char* text) { return op_write("smt/control", text); }

/// Of one kind, in order, from an operation on.
std::vector<CpuId> order_since(const RunResult& r, EventKind kind, std::size_t operation) {
  std::vector<CpuId> cpus;
  for (const Event& e : events(r, kind))
    if (e.time >= begin(r, operation)) cpus.push_back(e.cpu);
  return cpus;
}

struct Answer {
  const char* name;
  const char* text;
  /// What is written first, and what the machine is like.
  std::vector<const char*> before;
  int ret_v6_1, ret_v6_6;
  const char *shown_v6_1, *shown_v6_6;
};

const Answer kAnswers[] = {
    {"On", "on", {}, 0, 0, "on", "on"},
    {"Off", "off", {}, 0, 0, "off", "off"},
    {"OffWithANewline", "off\n", {}, 0, 0, "off", "off"},
    {"Forceoff", "forceoff", {}, 0, 0, "forceoff", "forceoff"},
    {"ForceoffAfterOff", "forceoff", {"off"}, 0, 0, "forceoff", "forceoff"},
    {"OnAgain", "on", {"off"}, 0, 0, "on", "on"},
    {"OnAfterForceoff", "on", {"forceoff"}, -EPERM, -EPERM, "forceoff", "forceoff"},
    {"OffAfterForceoff", "off", {"forceoff"}, -EPERM, -EPERM, "forceoff", "forceoff"},
    {"AWordAfterForceoff", "text", {"forceoff"}, -EINVAL, -EPERM, "forceoff", "forceoff"},
    {"AWord", "text", {}, -EINVAL, -EINVAL, "on", "on"},
    {"NoWord", "", {}, -EINVAL, -EINVAL, "on", "on"},
    {"Blank", "off ", {}, -EINVAL, -EINVAL, "on", "on"},
    {"WhatItMayShow", "notsupported", {}, -EINVAL, -EINVAL, "on", "on"},
    {"OneThread", "1", {}, -EINVAL, 0, "on", "off"},
    {"TwoThreads", "2", {"off"}, -EINVAL, 0, "off", "on"},
    {"ThreeThreads", "3", {}, -EINVAL, -EINVAL, "on", "on"},
    {"NoThread", "0", {}, -EINVAL, -EINVAL, "on", "on"},
};

class SmtControlFile : public ::testing::TestWithParam<Answer> {};

TEST_P(SmtControlFile, Answers) {
  const Answer& a = GetParam();
  for (const bool newer : {false, true}) {
    std::vector<Operation> operations{op_boot()};
    for (const char* text : a.before) operations.push_back(control(text));
    operations.push_back(control(a.text));
    operations.push_back(op_read("smt/control"));
    const RunResult r = run(smt_machine(operations, newer ? Rules::of({6, 6}) : Rules::of({6, 1})));
    EXPECT_EQ(r.operations[operations.size() - 2].ret, newer ? a.ret_v6_6 : a.ret_v6_1) << newer;
    EXPECT_EQ(r.operations.back().text, std::string(newer ? a.shown_v6_6 : a.shown_v6_1) + "\n")
        << newer;
  }
}

INSTANTIATE_TEST_SUITE_P(Each, SmtControlFile, ::testing::ValuesIn(kAnswers),
                         [](const auto& each) { return std::string(each.param.name); });

TEST(Smt, WithoutThreadsOrWithoutControl) {
  const std::vector<Operation> operations{op_boot(), control("off"), control("text"),
                                          op_read("smt/control"), op_read("smt/active")};
  const auto seen = [&](MachineConfig c) {
    c.operations = operations;
    const RunResult r = run(c);
    EXPECT_EQ(r.operations[4].text, "0\n");
    return std::tuple(r.operations[1].ret, r.operations[2].ret, r.operations[3].text);
  };
  EXPECT_EQ(seen(small_machine({}, Design::Symmetric, Rules::of({6, 6}))),
            std::tuple(-ENODEV, -ENODEV, std::string("notsupported\n")));
  EXPECT_EQ(seen(small_machine({})), std::tuple(-ENODEV, -EINVAL, std::string("notsupported\n")));
  MachineConfig c = small_machine({});
  c.smt_control = false;
  EXPECT_EQ(seen(c), std::tuple(-ENODEV, -ENODEV, std::string("notimplemented\n")));
}

class SmtOfDesign : public ::testing::TestWithParam<Design> {
 protected:
  RunResult run_with(std::vector<Operation> operations, std::vector<Fault> faults = {}) const {
    MachineConfig c = smt_machine(std::move(operations), Rules::of({6, 6}), GetParam());
    c.faults = std::move(faults);
    return run(c);
  }
};

TEST_P(SmtOfDesign, TakesTheSiblingsDownAndBringsThemBack) {
  const RunResult r = run_with({op_boot(), control("off"), op_read("online"), op_read("smt/active"),
                                op_read("cpu3/online"), control("on"), op_read("online"),
                                op_read("smt/active"), op_read("cpu3/online")});
  EXPECT_EQ(r.operations[2].text, "0,2,4,6\n");
  EXPECT_EQ(r.operations[3].text, "0\n");
  EXPECT_EQ(r.operations[4].text, "0\n") << "the device follows";
  EXPECT_EQ(r.operations[6].text, "0-7\n");
  EXPECT_EQ(r.operations[7].text, "1\n");
  EXPECT_EQ(r.operations[8].text, "1\n");
  for (const CpuId cpu : {1u, 3u, 5u, 7u}) {
    EXPECT_EQ(named(r, EventKind::Uevent, "offline", cpu).size(), 1u);
    EXPECT_EQ(named(r, EventKind::Uevent, "online", cpu).size(), 1u);
  }
  EXPECT_EQ(events(r, EventKind::Uevent).size(), 8u);
}

TEST_P(SmtOfDesign, ASiblingStaysDownOnceItHasBooted) {
  const RunResult r = run_with({op_boot(), control("off"), op_write("cpu3/online", "1"),
                                op_write("cpu2/online", "0"), op_write("cpu2/online", "1")});
  EXPECT_THAT(returns(r), ElementsAre(0, 0, -EPERM, 0, 0));
  EXPECT_THAT(online_cpus(r), ElementsAre(0, 2, 4, 6));
}

TEST_P(SmtOfDesign, NosmtBootsEachSiblingOnce) {
  MachineConfig c =
      smt_machine({op_boot(), op_read("smt/control"), op_write("cpu3/online", "1"), control("on")},
                  Rules::of({6, 6}), GetParam());
  c.nosmt = true;
  const RunResult r = run(c);
  EXPECT_EQ(r.operations[1].text, "off\n");
  EXPECT_THAT(returns(r), ElementsAre(0, 0, -EPERM, 0));
  EXPECT_EQ(r.online, 8u);
  EXPECT_EQ(named(r, EventKind::MaskSet, "online", 3).size(), 2u) << "once to be initialised";
}

INSTANTIATE_TEST_SUITE_P(Every, SmtOfDesign,
                         ::testing::Values(Design::Notifier, Design::Symmetric, Design::Parallel,
                                           Design::Async),
                         [](const auto& design) { return std::string(to_string(design.param)); });

const Fault kRefused = failing(3, kY, Direction::Down, -EBUSY);

TEST(Smt, GoesInCpuOrderByAKworker) {
  const RunResult r = run(smt_machine({op_boot(), control("off")}));
  EXPECT_THAT(order_since(r, EventKind::IdleDead, 1), ElementsAre(1, 3, 5, 7));
  for (const Event& e : events(r, EventKind::Enter)) {
    if (e.step != kTeardown) continue;
    EXPECT_EQ(e.role, Role::Worker);
  }
  EXPECT_EQ(named(r, EventKind::Acquire, "cpu_add_remove_lock").size(), 7u + 1u)
      << "one for all, after the boot's seven";
}

TEST(Smt, StopsAtTheFirstRefusal) {
  MachineConfig c = smt_machine({op_boot(), control("off"), op_read("online"),
                                 op_read("smt/control"), control("off"), op_read("smt/control")},
                                Rules::of({6, 1}));
  c.faults = {kRefused};
  const RunResult r = run(c);
  EXPECT_THAT(returns(r), ElementsAre(0, -EBUSY, 0, 0, 0, 0));
  EXPECT_EQ(r.operations[2].text, "0,2-7\n");
  EXPECT_EQ(r.operations[3].text, "on\n");
  EXPECT_EQ(r.operations[5].text, "off\n") << "the second try went through";
}

// The number of threads is set before the walk: a second "off" finds it as it wants it, and does
// nothing.
TEST(Smt, A66KernelDoesNotTryAgain) {
  MachineConfig c = smt_machine({op_boot(), control("off"), op_read("smt/control"), control("off"),
                                 op_read("online"), control("on"), op_read("smt/control"),
                                 control("forceoff"), op_read("online")});
  c.faults = {kRefused};
  const RunResult r = run(c);
  EXPECT_THAT(returns(r), ElementsAre(0, -EBUSY, 0, 0, 0, 0, 0, 0, 0));
  EXPECT_EQ(r.operations[2].text, "1\n");
  EXPECT_EQ(r.operations[4].text, "0,2-7\n");
  EXPECT_EQ(r.operations[6].text, "on\n");
  EXPECT_EQ(r.operations[8].text, "0,2,4,6\n");
}

TEST(Smt, OnBringsEveryOfflineCpuUpAndStopsAtAFailure) {
  MachineConfig c = smt_machine({op_boot(), op_write("cpu4/online", "0"), control("off"),
                                 control("on"), op_read("online"), op_read("smt/control")});
  c.faults = {{.kind = FaultKind::Error, .cpu = 5, .state = kA, .nth = 2, .error = -ENOMEM}};
  const RunResult r = run(c);
  EXPECT_THAT(returns(r), ElementsAre(0, 0, 0, -ENOMEM, 0, 0));
  EXPECT_EQ(r.operations[4].text, "0-4,6\n") << "CPU 4 is primary, and was off";
  EXPECT_EQ(r.operations[5].text, "on\n");
}

TEST(Smt, ASiblingThatAsksMovesToAPrimaryThread) {
  MachineConfig c = smt_machine({op_boot(), control("off")});
  c.boot_cpu = 3;
  const RunResult r = run(c);
  EXPECT_THAT(returns(r), ElementsAre(0, 0));
  EXPECT_THAT(online_cpus(r), ElementsAre(0, 2, 4, 6));
}

/// Two cores of four threads, as of powerpc: smt/control takes every number.
MachineConfig any_number(std::vector<Operation> operations, Design design = Design::Symmetric) {
  Rules rules = Rules::of({6, 12});
  rules.smt_skips_offline_cores = true;
  MachineConfig c = machine(
      {.cores_per_socket = 2, .threads_per_core = 4, .numbering = Numbering::ThreadsAdjacent},
      small_table(rules), std::move(operations));
  c.design = design;
  c.smt_any_number = true;
  return c;
}

class SmtByNumber : public ::testing::TestWithParam<Design> {};

TEST_P(SmtByNumber, TakesAndGivesThreads) {
  const RunResult r = run(any_number(
      {op_boot(), control("2"), op_read("online"), op_read("smt/control"),
       op_write("cpu2/online", "1"), op_write("cpu1/online", "0"), op_write("cpu1/online", "1"),
       control("3"), op_read("online"), control("4"), op_read("smt/control"), control("1"),
       op_read("online"), op_read("smt/control"), control("5"), control("0"), control(" 2")},
      GetParam()));
  EXPECT_EQ(r.operations[2].text, "0-1,4-5\n");
  EXPECT_EQ(r.operations[3].text, "2\n");
  EXPECT_EQ(r.operations[4].ret, -EPERM) << "above the number";
  EXPECT_EQ(r.operations[5].ret, 0);
  EXPECT_EQ(r.operations[6].ret, 0);
  EXPECT_EQ(r.operations[8].text, "0-2,4-6\n");
  EXPECT_EQ(r.operations[10].text, "on\n");
  EXPECT_EQ(r.operations[12].text, "0,4\n");
  EXPECT_EQ(r.operations[13].text, "off\n");
  for (const std::size_t refused : {14u, 15u, 16u}) EXPECT_EQ(r.operations[refused].ret, -EINVAL);
}

TEST_P(SmtByNumber, LeavesCoresThatAreOffAlone) {
  const RunResult r =
      run(any_number({op_boot(), op_write("cpu4/online", "0"), op_write("cpu5/online", "0"),
                      op_write("cpu6/online", "0"), op_write("cpu7/online", "0"), control("2"),
                      control("4"), op_read("online"), op_write("cpu4/online", "1"), control("1"),
                      control("on"), op_read("online")},
                     GetParam()));
  EXPECT_EQ(r.operations[7].text, "0-3\n");
  EXPECT_EQ(r.operations[11].text, "0-7\n") << "one thread of the second core was on";
}

INSTANTIATE_TEST_SUITE_P(Every, SmtByNumber,
                         ::testing::Values(Design::Symmetric, Design::Parallel, Design::Async),
                         [](const auto& design) { return std::string(to_string(design.param)); });

TEST(Smt, TheBootMayHaveALimit) {
  for (const CpuId limit : {0u, 2u, 4u}) {
    MachineConfig c = any_number({op_boot(), op_read("online"), op_read("smt/control"),
                                  op_write("cpu3/online", "1"), control("on")});
    c.smt_enabled = limit;
    const RunResult r = run(c);
    EXPECT_EQ(r.operations[1].text, limit == 0 ? "0,4\n" : limit == 2 ? "0-1,4-5\n" : "0-7\n");
    EXPECT_EQ(r.operations[2].text, limit == 0 ? "1\n" : limit == 2 ? "2\n" : "on\n");
    EXPECT_EQ(r.operations[3].ret, limit == 4 ? 0 : -ECANCELED) << "comes up to be initialised";
    EXPECT_EQ(r.online, 8u) << limit;
  }
}

TEST(Smt, AsyncTakesThemAllAtOnce) {
  MachineConfig c = smt_machine({op_boot(), control("off")}, Rules::of({6, 6}), Design::Async);
  c.costs.step_default[1] = Cost::fixed(1_ms);
  const RunResult r = run(c);
  Ns last_begin{}, first_dead = kNever;
  for (const CpuId cpu : {1u, 3u, 5u, 7u}) {
    last_begin = std::max(last_begin, named(r, EventKind::MaskClear, "active", cpu)[0].time);
    first_dead = std::min(first_dead, first(r, EventKind::IdleDead, cpu)->time);
  }
  EXPECT_LT(last_begin, first_dead);
}

}  // namespace
}  // namespace cpuhp
