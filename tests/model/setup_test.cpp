// Registration of states at run time (docs/kernel.md 4.7): what it returns, who runs which
// callback, what a failure leaves, and which lock is held.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <functional>
#include <string>

#include "model/checks/checks.hpp"
#include "model/checks/watch/resources.hpp"
#include "model/checks/watch/state_resources.hpp"
#include "model/judged_run.hpp"
#include "tests/model/small_machine.hpp"

namespace cpuhp {
namespace {

using namespace test;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Numbers of roomy_table(). Free: 3 to 5 (dynamic PREPARE), 10 (STARTING), 16 to 18 (dynamic
// ONLINE).
constexpr StateId kFreeStarting = 10, kM = 15, kFreeOnline = 16, kRoomyOnline = 20;

/// Every section with a free number, and a multi-instance state of one instance.
StateTable roomy_table(const Rules& rules = Rules::of({6, 12})) {
  const auto state = [](StateId id, std::string name, std::string up = {}, std::string down = {}) {
    return State{
        .id = id, .name = std::move(name), .startup = std::move(up), .teardown = std::move(down)};
  };
  std::vector<State> s{state(0, "offline"),
                       state(1, "threads:prepare", "threads_up"),
                       state(2, "a:prepare", "a_up", "a_down"),
                       state(6, "cpu:bringup", "bringup_cpu", "finish_cpu"),
                       state(7, "idle:dead"),
                       state(8, "ap:offline"),
                       state(9, "one:starting", "one_starting", "one_dying"),
                       state(11, "ap:online"),
                       state(12, "cpu:teardown", "", "takedown_cpu"),
                       state(14, "x:online", "x_online", "x_offline"),
                       state(kM, "m:online", "m_online", "m_offline"),
                       state(19, "sched:active", "activate", "deactivate"),
                       state(kRoomyOnline, "online")};
  for (State& each : s)
    if (each.id == kM) each.multi = true, each.instances = 1;
  return {"roomy", "test", rules, std::move(s)};
}

// What drivers declare: declared_id() of their place in drivers().
constexpr StateId kFixedPrepare = declared_id(0), kFixedStarting = declared_id(1),
                  kFixedOnline = declared_id(2), kDynPrepare = declared_id(3),
                  kDynOnline = declared_id(4), kDynOther = declared_id(5), kMulti2 = declared_id(6),
                  kNoTeardown = declared_id(7), kLast = declared_id(8);

DeclaredState driver(const std::string& name, StateId number) {
  return {.name = name, .startup = name + "_up", .teardown = name + "_down", .number = number};
}

DeclaredState driver(const std::string& name, DynamicRange range) {
  DeclaredState d = driver(name, StateId{-1});
  d.range = range;
  return d;
}

std::vector<DeclaredState> drivers() {
  std::vector<DeclaredState> all{driver("p", 4),
                                 driver("s", kFreeStarting),
                                 driver("o", 17),
                                 driver("dp", DynamicRange::Prepare),
                                 driver("do", DynamicRange::Online),
                                 driver("other", DynamicRange::Online),
                                 driver("multi", DynamicRange::Online),
                                 driver("half", DynamicRange::Online)};
  all[6].multi = true;
  all[7].teardown.clear();
  return all;
}

Operation op(OpKind kind, StateId state, bool calls = true) {
  return {.kind = kind, .state = state, .calls = calls};
}
Operation op_setup(StateId state, bool calls = true) { return op(OpKind::Setup, state, calls); }
Operation op_remove(StateId state, bool calls = true) { return op(OpKind::Remove, state, calls); }
Operation op_add(StateId state, std::uint16_t instance, bool calls = true) {
  Operation o = op(OpKind::AddInstance, state, calls);
  o.instance = instance;
  return o;
}
Operation op_drop(StateId state, std::uint16_t instance, bool calls = true) {
  Operation o = op(OpKind::RemoveInstance, state, calls);
  o.instance = instance;
  return o;
}

/// Four CPUs, the roomy table, the drivers above; no operation begins when another ends.
MachineConfig roomy_machine(std::vector<Operation> operations, Design design = Design::Symmetric,
                            const Rules& rules = Rules::of({6, 12})) {
  MachineConfig c = machine({.cores_per_socket = 4}, roomy_table(rules), std::move(operations));
  Ns date{};
  for (Operation& each : c.operations) each.at = date += 100_ms;
  c.design = design;
  c.declared = drivers();
  return c;
}

/// Boots all four CPUs first.
MachineConfig booted(std::vector<Operation> operations, Design design = Design::Symmetric) {
  operations.insert(operations.begin(), op_boot());
  return roomy_machine(std::move(operations), design);
}

/// "do_up cpu1 cpuhp on cpu1" for each callback from that operation on, in order.
std::vector<std::string> calls(const RunResult& r, std::size_t operation) {
  std::vector<std::string> found;
  for (const Event& e : r.stream.events) {
    if (e.time < begin(r, operation) || e.time > r.operations[operation].end) continue;
    if (e.kind != EventKind::Enter && e.kind != EventKind::MultiEnter) continue;
    found.push_back(name(r, e) +
                    (e.kind == EventKind::Enter ? "" : "#" + std::to_string(e.instance)) + " cpu" +
                    std::to_string(e.cpu) + " " + std::string(to_string(e.role)) + " on cpu" +
                    std::to_string(e.on));
  }
  return found;
}

// ------------------------------------------------------------------------------ returns

struct Return {
  const char* name;
  std::vector<Operation> operations;
  std::vector<int> returns;  ///< of the last ones
};

void PrintTo(const Return& r, std::ostream* out) { *out << r.name; }

class ReturnOf : public ::testing::TestWithParam<Return> {};

TEST_P(ReturnOf, IsTheKernels) {
  MachineConfig c = roomy_machine(GetParam().operations);
  c.uninstalled = {14};
  c.declared.push_back(driver("bad", 0));
  c.declared.push_back(driver("bad", kRoomyOnline));
  c.declared.push_back(driver("bad", 4'000));
  c.declared.push_back(driver("", 3));
  c.declared.push_back(driver("", DynamicRange::Online));
  c.declared.push_back(driver("taken", 9));
  c.declared.push_back(driver("first", kFreeOnline));
  c.declared.push_back(driver("idle", 13));
  const RunResult r = run(c);
  EXPECT_TRUE(r.ok());
  std::vector<int> seen = returns(r);
  ASSERT_GE(seen.size(), GetParam().returns.size());
  seen.erase(seen.begin(), seen.end() - static_cast<std::ptrdiff_t>(GetParam().returns.size()));
  EXPECT_EQ(seen, GetParam().returns);
  // Whatever comes of it, no lock is kept.
  EXPECT_THAT(check_resources(r.stream), IsEmpty());
}

const StateId kZero = kLast, kTop = declared_id(9), kBeyond = declared_id(10),
              kNameless = declared_id(11), kNamelessDyn = declared_id(12), kTaken = declared_id(13),
              kFirst = declared_id(14), kIdle = declared_id(15);

const Return kReturns[] = {
    {"fixed",
     {op_setup(kFixedPrepare), op_setup(kFixedStarting), op_setup(kFixedOnline)},
     {0, 0, 0}},
    {"dynamic", {op_setup(kDynOnline), op_setup(kDynOther), op_setup(kDynPrepare)}, {16, 17, 3}},
    {"dynamic_passes_a_taken_number",
     {op_setup(kFixedOnline), op_setup(kDynOnline), op_setup(kDynOther)},
     {0, 16, 18}},
    {"a_number_freed_is_given_again",
     {op_setup(kDynOnline), op_setup(kDynOther), op_remove(kDynOnline), op_setup(kNoTeardown)},
     {16, 17, 0, 16}},
    {"set_up_twice_is_two_states",
     {op_setup(kDynOnline), op_setup(kDynOnline), op_remove(kDynOnline), op_remove(kDynOnline),
      op_remove(kDynOnline)},
     {16, 17, 0, 0, -EINVAL}},
    {"no_number_left",
     {op_setup(kDynOnline), op_setup(kDynOther), op_setup(kNoTeardown), op_setup(kMulti2)},
     {16, 17, 18, -ENOSPC}},
    {"first_of_a_range_means_any",
     {op_setup(kFirst), op_setup(kFirst), op_setup(kFixedOnline)},
     {16, 17, -EBUSY}},
    {"offline", {op_setup(kZero)}, {-EINVAL}},
    {"online", {op_setup(kTop)}, {-EINVAL}},
    {"beyond_the_table", {op_setup(kBeyond)}, {-EINVAL}},
    {"no_name", {op_setup(kNameless), op_setup(kNamelessDyn)}, {-EINVAL, -EINVAL}},
    {"idle_entry", {op_setup(kIdle)}, {-EINVAL}},
    {"taken_by_the_table", {op_setup(kTaken)}, {-EBUSY}},
    {"taken_by_another", {op_setup(kFixedPrepare), op_setup(kFixedPrepare)}, {0, -EBUSY}},
    {"of_the_table", {op_setup(14), op_setup(14), op_remove(14), op_setup(14)}, {0, -EBUSY, 0, 0}},
    {"of_the_tables_dynamic_range", {op_remove(2), op_setup(2), op_setup(2)}, {0, 2, 3}},
    {"remove_what_is_not_there", {op_remove(kDynOnline)}, {-EINVAL}},
    {"add_instance_to_a_single_state",
     {op_setup(kDynOnline), op_add(kDynOnline, 1), op_drop(kDynOnline, 1)},
     {16, -EINVAL, -EINVAL}},
    {"add_instance_to_nothing", {op_add(kMulti2, 1), op_drop(kMulti2, 1)}, {-EINVAL, -EINVAL}},
    {"instances",
     {op_setup(kMulti2), op_add(kMulti2, 1), op_add(kMulti2, 1), op_drop(kMulti2, 1),
      op_drop(kMulti2, 1)},
     {16, 0, -EEXIST, 0, -ENOENT}},
    {"up_to_a_declared_state",
     {op_up(1, kDynOnline), op_setup(kDynOnline), op_up(1, kDynOnline), op_down(1, kDynOther)},
     {-EINVAL, 16, 0, -EINVAL}},
};

INSTANTIATE_TEST_SUITE_P(Of, ReturnOf, ::testing::ValuesIn(kReturns),
                         [](const auto& each) { return std::string(each.param.name); });

TEST(Setup, ANumberThatIsMissingIsWarnedAbout) {
  const RunResult r = run(roomy_machine(
      {op_setup(kDynOnline), op_setup(kDynOther), op_setup(kNoTeardown), op_setup(kMulti2)}));
  EXPECT_EQ(named(r, EventKind::Warn, "No more dynamic states available for CPU hotplug").size(),
            1u);
}

TEST(Setup, TheNotifierDesignHasNoStates) {
  EXPECT_THAT(returns(run(roomy_machine({op_setup(kDynOnline)}, Design::Notifier))),
              ElementsAre(-EOPNOTSUPP));
}

// ------------------------------------------------------------------------------ who runs what

class SetupIn : public ::testing::TestWithParam<Design> {};

TEST_P(SetupIn, AnOnlineStateRunsInEachCpusThreadInOrder) {
  const RunResult r = run(booted({op_setup(kDynOnline)}, GetParam()));
  EXPECT_THAT(calls(r, 1), ElementsAre("do_up cpu0 cpuhp on cpu0", "do_up cpu1 cpuhp on cpu1",
                                       "do_up cpu2 cpuhp on cpu2", "do_up cpu3 cpuhp on cpu3"));
  for (const Event& e : events(r, EventKind::Exit)) {
    if (e.time < begin(r, 1)) continue;
    EXPECT_EQ(e.value, kRoomyOnline) << "the state of the CPU";
  }
}

TEST_P(SetupIn, SoDoesAStartingState) {
  const RunResult r = run(booted({op_setup(kFixedStarting)}, GetParam()));
  EXPECT_THAT(calls(r, 1), ElementsAre("s_up cpu0 cpuhp on cpu0", "s_up cpu1 cpuhp on cpu1",
                                       "s_up cpu2 cpuhp on cpu2", "s_up cpu3 cpuhp on cpu3"));
}

TEST_P(SetupIn, APrepareStateRunsWhereTheCallerIs) {
  MachineConfig c = booted({op_setup(kDynPrepare)}, GetParam());
  c.operations[1].on = 2;
  EXPECT_THAT(calls(run(c), 1),
              ElementsAre("dp_up cpu0 control on cpu2", "dp_up cpu1 control on cpu2",
                          "dp_up cpu2 control on cpu2", "dp_up cpu3 control on cpu2"));
}

TEST_P(SetupIn, AWalkRunsItFromThenOn) {
  const RunResult r = run(booted({op_setup(kDynOnline), op_setup(kFixedStarting), op_down(1),
                                  op_up(1), op_remove(kDynOnline), op_down(1)},
                                 GetParam()));
  EXPECT_THAT(returns(r), ElementsAre(0, 16, 0, 0, 0, 0, 0));
  EXPECT_EQ(named(r, EventKind::Enter, "do_up", 1).size(), 2u);
  EXPECT_EQ(named(r, EventKind::Enter, "do_down", 1).size(), 2u);  // by the walk, and removed
  EXPECT_EQ(named(r, EventKind::Enter, "s_up", 1).size(), 2u);
  EXPECT_EQ(named(r, EventKind::Enter, "s_down", 1).size(), 2u);
  EXPECT_EQ(last(r, EventKind::Exit, 1)->ret, 0);
}

INSTANTIATE_TEST_SUITE_P(Design, SetupIn,
                         ::testing::Values(Design::Symmetric, Design::Parallel, Design::Async),
                         [](const auto& each) { return std::string(to_string(each.param)); });

// State by state here, CPU by CPU in a walk: drivers that share between CPUs stumbled over it
// (B27).
TEST(Setup, GoesThroughAllCpusForOneState) {
  const RunResult r = run(
      roomy_machine({op_up(1), op_setup(kDynPrepare), op_setup(kDynOnline), op_down(1), op_up(1)}));
  std::vector<std::string> order;
  for (const Event& e : events(r, EventKind::Enter))
    if (name(r, e).starts_with("d") && name(r, e).ends_with("_up"))
      order.push_back(name(r, e) + std::to_string(e.cpu));
  EXPECT_THAT(order, ElementsAre("dp_up0", "dp_up1", "do_up0", "do_up1", "dp_up1", "do_up1"));
}

struct Rest {
  const char* name;
  std::vector<Operation> before;
  StateId setup;
  std::vector<CpuId> called;
};

void PrintTo(const Rest& r, std::ostream* out) { *out << r.name; }

class RestOf : public ::testing::TestWithParam<Rest> {};

TEST_P(RestOf, DecidesWhoIsCalled) {
  std::vector<Operation> operations = GetParam().before;
  operations.push_back(op_setup(GetParam().setup));
  const RunResult r = run(roomy_machine(operations));
  EXPECT_GE(r.operations.back().ret, 0);
  std::vector<CpuId> called;
  for (const Event& e : events(r, EventKind::Enter))
    if (e.time >= r.operations.back().begin) called.push_back(e.cpu);
  EXPECT_EQ(called, GetParam().called);
}

const Rest kRests[] = {
    {"offline", {op_boot(), op_down(3)}, kDynOnline, {0, 1, 2}},
    {"offline_for_a_prepare_state", {op_boot(), op_down(3)}, kDynPrepare, {0, 1, 2}},
    {"at_a_prepare_state_above", {op_up(1, 5)}, kFixedPrepare, {0, 1}},
    {"at_the_very_state", {op_up(1, 4)}, kFixedPrepare, {0, 1}},
    {"at_a_prepare_state_below", {op_up(1, 2)}, kFixedPrepare, {0}},
    {"at_a_prepare_state_for_an_online_one", {op_up(1, 5)}, kDynOnline, {0}},
    {"below_in_the_online_section", {op_up(1), op_up(2, 14)}, kDynOnline, {0, 1}},
    {"above_in_the_online_section", {op_up(1), op_up(2, 18)}, kDynOnline, {0, 1, 2}},
    {"in_the_online_section_for_a_starting_state", {op_up(2, 14)}, kFixedStarting, {0, 2}},
};

INSTANTIATE_TEST_SUITE_P(Of, RestOf, ::testing::ValuesIn(kRests),
                         [](const auto& each) { return std::string(each.param.name); });

TEST(Setup, WithoutCallsCallsNobody) {
  const RunResult r =
      run(booted({op_setup(kDynOnline, false), op_remove(kDynOnline, false), op_down(1)}));
  EXPECT_THAT(calls(r, 1), IsEmpty());
  EXPECT_THAT(calls(r, 2), IsEmpty());
  EXPECT_TRUE(named(r, EventKind::Enter, "do_down").empty());
}

// ------------------------------------------------------------------------------ early boot

TEST(EarlyBoot, TheCallerRunsItBeforeThereIsAThread) {
  const RunResult r = run(roomy_machine(
      {op_setup(kDynOnline), op_setup(kFixedStarting), op_boot(), op_setup(kDynOther)}));
  EXPECT_THAT(calls(r, 0), ElementsAre("do_up cpu0 control on cpu0"));
  EXPECT_THAT(calls(r, 1), ElementsAre("s_up cpu0 control on cpu0"));
  EXPECT_EQ(calls(r, 3).front(), "other_up cpu0 cpuhp on cpu0");
}

TEST(EarlyBoot, AScenarioWithoutABootBeginsAfterIt) {
  EXPECT_THAT(calls(run(roomy_machine({op_setup(kDynOnline)})), 0),
              ElementsAre("do_up cpu0 cpuhp on cpu0"));
}

TEST(EarlyBoot, WhatIsNotInstalledIsNotWalkedThrough) {
  MachineConfig c = roomy_machine({op_up(1), op_setup(2), op_setup(kM), op_up(2)});
  c.uninstalled = {2, kM};
  const RunResult r = run(c);
  EXPECT_THAT(returns(r), ElementsAre(0, 2, 0, 0));
  EXPECT_THAT(callbacks(r, 1), ElementsAre("threads_up", "bringup_cpu", "one_starting", "x_online",
                                           "activate", "a_up"));
  // The instance that the table knows belongs to whoever adds it.
  EXPECT_THAT(callbacks(r, 2), ElementsAre("threads_up", "a_up", "bringup_cpu", "one_starting",
                                           "x_online", "activate"));
}

// ------------------------------------------------------------------------------ failures

TEST(SetupFailure, OnTheThirdCpuIsUndoneOnThoseBeforeIt) {
  for (const StateId state : {kDynOnline, kDynPrepare, kFixedStarting}) {
    MachineConfig c = booted({op_setup(state), op_down(1), op_setup(state)});
    c.faults = {failing(2, state)};
    const RunResult r = run(c);
    const std::string name = c.declared[declared_index(state)].name;
    std::vector<std::string> seen;
    for (const std::string& call : calls(r, 1)) seen.push_back(call.substr(0, call.find(" c", 9)));
    EXPECT_EQ(r.operations[1].ret, -12);
    EXPECT_THAT(seen, ElementsAre(name + "_up cpu0", name + "_up cpu1", name + "_up cpu2",
                                  name + "_down cpu0", name + "_down cpu1"));
    // Nothing of it is left: the walk does not know it, and its number is free.
    for (const std::string& call : calls(r, 2)) EXPECT_FALSE(call.starts_with(name + "_")) << call;
    EXPECT_GE(r.operations[3].ret, 0);
  }
}

TEST(SetupFailure, WithoutATeardownNothingIsUndone) {
  MachineConfig c = booted({op_setup(kNoTeardown), op_setup(kDynOnline)});
  c.faults = {failing(2, kNoTeardown)};
  const RunResult r = run(c);
  EXPECT_EQ(calls(r, 1).size(), 3u);
  EXPECT_THAT(returns(r), ElementsAre(0, -12, 16)) << "the number is free again";
}

TEST(SetupFailure, OfARemovalIsABug) {
  MachineConfig c = booted({op_setup(kDynOnline), op_remove(kDynOnline)});
  c.faults = {failing(2, kDynOnline, Direction::Down)};
  const RunResult r = run(c);
  ASSERT_TRUE(r.panic);
  EXPECT_EQ(*r.panic, "BUG: cpuhp_issue_call(): a teardown callback failed");
}

TEST(SetupFailure, OfAStartingStateIsWarnedAbout) {
  MachineConfig c = booted({op_setup(kFixedStarting)});
  c.faults = {failing(1, kFixedStarting)};
  const RunResult r = run(c);
  EXPECT_EQ(r.operations[1].ret, -12);
  EXPECT_EQ(named(r, EventKind::Warn, "a STARTING or DYING callback failed", 1).size(), 1u);
}

TEST(SetupFailure, AnArmedFailStrikesASingleCall) {
  const RunResult r =
      run(booted({op_setup(kDynOnline, false), op_write("cpu1/hotplug/fail", "16"),
                  op_remove(kDynOnline, false), op_setup(kDynOnline), op_setup(kDynOnline)}));
  // The state itself is what fail refers to, by its number.
  EXPECT_THAT(returns(r), ElementsAre(0, 16, 0, 0, -EAGAIN, 16));
  EXPECT_THAT(calls(r, 4), ElementsAre("do_up cpu0 cpuhp on cpu0", "do_down cpu0 cpuhp on cpu0"));
  EXPECT_EQ(first(r, EventKind::Injected, 1)->role, Role::CpuhpThread);
  EXPECT_EQ(r.final[1].fail, -1);
}

TEST(SetupFailure, IsNotOneOfARollbackThatWentBefore) {
  MachineConfig c = booted({op_down(1), op_setup(kDynOnline)});
  c.faults = {failing(1, 14, Direction::Down), failing(1, kDynOnline)};
  const RunResult r = run(c);
  EXPECT_THAT(returns(r), ElementsAre(0, -12, -12));
  EXPECT_TRUE(events(r, EventKind::Warn).empty());
}

// Costs and faults know a dynamic state by its declaration, wherever it lands.
TEST(Setup, CostsAndFaultsFollowTheDeclaration) {
  for (const bool other_first : {false, true}) {
    MachineConfig c = roomy_machine({});
    if (other_first) c.operations.push_back(op_setup(kDynOther));
    c.operations.push_back(op_setup(kDynOnline));
    c.costs.set_step(kDynOnline, Direction::Up, Cost::fixed(123_us));
    c.faults = {{.kind = FaultKind::Delay, .state = kDynOnline, .delay = 1_ms}};
    const RunResult r = run(c);
    EXPECT_EQ(r.operations.back().ret, other_first ? 17 : 16);
    const Event enter = named(r, EventKind::Enter, "do_up").front();
    EXPECT_EQ(last(r, EventKind::Exit, 0)->time - enter.time, 1'123_us);
  }
}

// A draw depends on what is drawn for, not on what else happens.
TEST(Setup, EachRegistrationDrawsAnewAndShiftsNoWalk) {
  const auto length = [](const RunResult& r, const Event& enter) {
    for (const Event& e : events(r, EventKind::Exit, enter.cpu))
      if (e.step == enter.step && e.time >= enter.time) return e.time - enter.time;
    return 0_ns;
  };
  const auto walk = [&](const RunResult& r) {
    return length(r, named(r, EventKind::Enter, "x_online", 1).back());
  };
  MachineConfig with = booted(
      {op_setup(kDynOnline), op_remove(kDynOnline), op_setup(kDynOnline), op_down(1), op_up(1)});
  MachineConfig without = booted({op_down(1), op_up(1)});
  for (MachineConfig* c : {&with, &without})
    c->costs.step_default.fill(Cost{{{.work = Dist{{0_ns, 1_ms}}}}});
  const RunResult a = run(with), b = run(without);
  EXPECT_EQ(walk(a), walk(b));
  const std::vector<Event> ups = named(a, EventKind::Enter, "do_up", 1);
  ASSERT_EQ(ups.size(), 3u) << "two registrations and the CPU's third walk";
  EXPECT_NE(length(a, ups[0]), length(a, ups[1]));
  EXPECT_NE(length(a, ups[1]), length(a, ups[2])) << "the third registration is not the third walk";
}

TEST(Setup, AStartingStateNeitherSleepsNorLocks) {
  MachineConfig c = roomy_machine({op_setup(kFixedStarting), op_setup(kFixedOnline)});
  const Cost cost{{{.work = Dist::fixed(1_us), .wait = Dist::fixed(50_us), .lock = kKthreadd}}};
  c.costs.set_step(kFixedStarting, Direction::Up, cost);
  c.costs.set_step(kFixedOnline, Direction::Up, cost);
  const RunResult r = run(c);
  const std::vector<Event> locks = named(r, EventKind::Acquire, "kthreadd");
  ASSERT_EQ(locks.size(), 1u) << "the online state's";
  EXPECT_GE(locks[0].time, begin(r, 1));
  EXPECT_EQ(r.ledgers[0].useful, 51_us + 1_us);
}

TEST(Setup, ThenRemoveLeavesEverythingAsItWas) {
  for (const StateId state : {kDynOnline, kDynPrepare, kFixedStarting, kMulti2}) {
    std::vector<Operation> middle{op_setup(state), op_remove(state)};
    if (state == kMulti2)
      middle = {op_setup(state), op_add(state, 3), op_drop(state, 3), op_remove(state)};
    std::vector<Operation> operations{op_down(1), op_up(1), op_up(2, 2)};
    MachineConfig without = booted(operations);
    operations.insert(operations.begin(), middle.begin(), middle.end());
    MachineConfig with = booted(operations);
    const RunResult a = run(without), b = run(with);
    for (CpuId cpu = 0; cpu < 4; ++cpu) {
      EXPECT_EQ(a.final[cpu].state, b.final[cpu].state);
      EXPECT_EQ(a.final[cpu].target, b.final[cpu].target);
      EXPECT_EQ(a.final[cpu].dying, b.final[cpu].dying);
      EXPECT_EQ(callbacks(a, cpu, begin(a, 1)), callbacks(b, cpu, begin(b, 1 + middle.size())));
    }
    EXPECT_THAT(check_state_resources(b.stream), IsEmpty());
  }
}

// ------------------------------------------------------------------------------ instances

TEST(Instances, TheLastAddedComesFirst) {
  const RunResult r = run(booted({op_setup(kMulti2), op_add(kMulti2, 7), op_add(kMulti2, 2),
                                  op_down(1), op_up(1), op_drop(kMulti2, 2), op_down(1)}));
  EXPECT_THAT(calls(r, 1), IsEmpty()) << "there is no instance yet";
  for (const Event& e : named(r, EventKind::WaitBegin, "done_up"))
    EXPECT_FALSE(e.time >= begin(r, 1) && e.time <= r.operations[1].end) << "nobody is woken";
  EXPECT_THAT(calls(r, 2),
              ElementsAre("multi_up#7 cpu0 cpuhp on cpu0", "multi_up#7 cpu1 cpuhp on cpu1",
                          "multi_up#7 cpu2 cpuhp on cpu2", "multi_up#7 cpu3 cpuhp on cpu3"));
  const auto walked = [&](std::size_t operation) {
    std::vector<std::string> seen;
    for (const Event& e : events(r, EventKind::MultiEnter, 1))
      if (e.step == kFreeOnline && e.time >= begin(r, operation) &&
          e.time <= r.operations[operation].end)
        seen.push_back(name(r, e) + "#" + std::to_string(e.instance));
    return seen;
  };
  EXPECT_THAT(walked(4), ElementsAre("multi_down#2", "multi_down#7"));
  EXPECT_THAT(walked(5), ElementsAre("multi_up#2", "multi_up#7"));
  EXPECT_THAT(walked(6), ElementsAre("multi_down#2"));
  EXPECT_THAT(walked(7), ElementsAre("multi_down#7"));
}

TEST(Instances, OneThatFailsIsNotAdded) {
  MachineConfig c = booted({op_setup(kMulti2), op_add(kMulti2, 7), op_add(kMulti2, 2), op_down(1)});
  c.faults = {failing(2, kMulti2)};
  c.faults[0].instance = 2;
  const RunResult r = run(c);
  EXPECT_THAT(returns(r), ElementsAre(0, 16, 0, -12, 0));
  EXPECT_THAT(calls(r, 3),
              ElementsAre("multi_up#2 cpu0 cpuhp on cpu0", "multi_up#2 cpu1 cpuhp on cpu1",
                          "multi_up#2 cpu2 cpuhp on cpu2", "multi_down#2 cpu0 cpuhp on cpu0",
                          "multi_down#2 cpu1 cpuhp on cpu1"));
  // The next walk is not taken for one of a single instance, in any state (B10).
  std::vector<std::string> down;
  for (const Event& e : events(r, EventKind::MultiEnter, 1))
    if (e.time >= begin(r, 4)) down.push_back(name(r, e) + "#" + std::to_string(e.instance));
  EXPECT_THAT(down, ElementsAre("multi_down#7", "m_offline#0"));
}

TEST(Instances, WithoutCallsIsOnlyListed) {
  const RunResult r =
      run(booted({op_setup(kMulti2), op_add(kMulti2, 7, false), op_drop(kMulti2, 7, false)}));
  EXPECT_THAT(calls(r, 2), IsEmpty());
  EXPECT_THAT(calls(r, 3), IsEmpty());
}

TEST(Instances, OfThePrepareSectionRunWhereTheCallerIs) {
  MachineConfig c = booted({op_setup(kMulti2), op_add(kMulti2, 0)});
  c.declared[declared_index(kMulti2)].range = DynamicRange::Prepare;
  c.operations[2].on = 3;
  EXPECT_THAT(calls(run(c), 2),
              ElementsAre("multi_up#0 cpu0 control on cpu3", "multi_up#0 cpu1 control on cpu3",
                          "multi_up#0 cpu2 control on cpu3", "multi_up#0 cpu3 control on cpu3"));
}

TEST(Instances, LeftBehindAreWarnedAboutAndNotCalled) {
  const RunResult r = run(booted(
      {op_setup(kMulti2), op_add(kMulti2, 1), op_remove(kMulti2), op_setup(kMulti2), op_down(1)}));
  EXPECT_THAT(returns(r), ElementsAre(0, 16, 0, 0, 16, 0));
  EXPECT_EQ(named(r, EventKind::Warn, "Error: Removing state 16 which has instances left.").size(),
            1u);
  EXPECT_TRUE(named(r, EventKind::MultiEnter, "multi_down").empty()) << "the list is a new one";
  const Event removed = *last(r, EventKind::Unregister);
  EXPECT_EQ(removed.ret, 1);
  EXPECT_EQ(removed.instance, 1);
  const std::vector<Finding> found =
      check_all(r.stream, judged_by(booted({op_setup(kMulti2)}), true));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].invariant, "I39");
  EXPECT_EQ(found[0].place, "multi");
}

// ------------------------------------------------------------------------------ locks

TEST(SetupLocks, AreHeldOverTheWholeCall) {
  for (const Operation& operation :
       {op_setup(kDynOther), op_remove(kDynOnline), op_add(kMulti2, 1), op_drop(kMulti2, 0)}) {
    const RunResult r =
        run(booted({op_setup(kDynOnline), op_setup(kMulti2), op_add(kMulti2, 0), operation}));
    std::vector<std::string> order;
    for (const Event& e : r.stream.events) {
      if (e.time < begin(r, 4) || e.time > r.operations[4].end) continue;
      if (e.kind == EventKind::Acquire || e.kind == EventKind::Unlock)
        order.push_back((e.kind == EventKind::Acquire ? "take " : "leave ") + name(r, e) + " " +
                        std::to_string(e.value));
      if ((e.kind == EventKind::Enter || e.kind == EventKind::MultiEnter) &&
          (order.empty() || order.back() != "calls"))
        order.emplace_back("calls");
    }
    EXPECT_THAT(order, ElementsAre("take cpu_hotplug_lock 1", "take cpuhp_state_mutex 0", "calls",
                                   "leave cpuhp_state_mutex 0", "leave cpu_hotplug_lock 1"));
  }
}

// ------------------------------------------------------------------------------ rules

TEST(SetupRules, ADynamicPrepareStateWasNotCalledUpTo6_9) {
  for (const bool skipped : {true, false}) {
    Rules rules = Rules::of({6, 6});
    EXPECT_TRUE(rules.prepare_dynamic_skipped);
    rules.prepare_dynamic_skipped = skipped;
    const RunResult r = run(
        roomy_machine({op_setup(kDynPrepare), op_setup(kFixedPrepare)}, Design::Symmetric, rules));
    EXPECT_THAT(returns(r), ElementsAre(3, 0)) << "the number is returned either way";
    EXPECT_EQ(calls(r, 0).size(), skipped ? 0u : 1u);
    EXPECT_EQ(calls(r, 1).size(), 1u) << "of its own number: called in every kernel";
  }
  EXPECT_FALSE(Rules::of({6, 12}).prepare_dynamic_skipped);
}

TEST(SetupRules, V4_6ReplacesWhoeverHasTheNumber) {
  MachineConfig c = roomy_machine({op_up(1), op_setup(kFixedOnline), op_setup(kLast), op_down(1)},
                                  Design::Symmetric, Rules::of({4, 6}));
  c.declared.push_back(driver("second", 17));
  const RunResult r = run(c);
  EXPECT_THAT(returns(r), ElementsAre(0, 0, 0, 0));
  EXPECT_EQ(named(r, EventKind::Enter, "o_up", 1).size(), 1u);
  EXPECT_TRUE(named(r, EventKind::Enter, "o_down", 1).empty()) << "never undone (B9)";
  EXPECT_EQ(named(r, EventKind::Enter, "second_down", 1).size(), 1u);
}

}  // namespace
}  // namespace cpuhp
