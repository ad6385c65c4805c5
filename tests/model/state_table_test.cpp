#include "model/state_table.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>
#include <string>

#include "tests/model/small_machine.hpp"

namespace cpuhp {
namespace {

using namespace test;

TEST(StateTable, EveryStateHasItsSection) {
  const StateTable t = small_table();
  const auto section = [&](StateId id) { return t.section(id); };
  EXPECT_EQ(section(0), Section::None);
  for (StateId id = kThreads; id <= kBringup; ++id) EXPECT_EQ(section(id), Section::Prepare) << id;
  for (StateId id = kIdleDead; id <= kApOnline; ++id)
    EXPECT_EQ(section(id), Section::Starting) << id;
  EXPECT_EQ(section(kTeardown), Section::Teardown);
  for (StateId id = kIdleEntry; id < kOnline; ++id) EXPECT_EQ(section(id), Section::Online) << id;
  EXPECT_EQ(section(kOnline), Section::None);
}

TEST(StateTable, FindsItsAnchors) {
  const Anchors a = small_table().anchors();
  EXPECT_EQ(a.threads_prepare, kThreads);
  EXPECT_EQ(a.kick_ap, -1);
  EXPECT_EQ(a.bringup, kBringup);
  EXPECT_EQ(a.teardown, kTeardown);
  EXPECT_EQ(a.ap_online_idle, kIdleEntry);
  EXPECT_EQ(a.sched_active, kActive);
  EXPECT_EQ(a.online, kOnline);
}

TEST(StateTable, AtomicStatesCannotFail) {
  const StateTable t = small_table();
  for (StateId id = 0; id <= kOnline; ++id)
    EXPECT_EQ(t.is_atomic(id), id >= kIdleDead && id < kApOnline) << id;
  EXPECT_FALSE(t.is_ap(kTeardown));
  EXPECT_FALSE(t.is_ap(kBringup));
  EXPECT_TRUE(t.is_ap(kIdleDead));
  EXPECT_TRUE(t.is_ap(kX));
}

TEST(StateTable, SplitsItsStartUpOnAFreeNumberOnly) {
  StateTable t = small_table();
  ASSERT_TRUE(t.split_startup());
  EXPECT_EQ(t.anchors().kick_ap, kKickAp);
  EXPECT_EQ(t.at(kKickAp).name, "cpu:kick_ap");
  EXPECT_TRUE(t.split_startup()) << "a second time changes nothing";

  std::vector<State> taken = small_table().all();
  taken[kKickAp].name = "d:prepare";
  StateTable full("full", "test", Rules::v6_1(), taken);
  EXPECT_FALSE(full.split_startup());
  EXPECT_EQ(full.anchors().kick_ap, -1);
}

TEST(StateTable, RefusesWhatIsNoTable) {
  struct Case {
    const char* what;
    std::function<void(std::vector<State>&)> spoil;
    const char* says;
  };
  const Case cases[] = {
      {"no states", [](auto& s) { s.clear(); }, "no states"},
      {"order", [](auto& s) { std::swap(s[kA], s[kB]); }, "state 2 is out of order"},
      {"no teardown", [](auto& s) { s[kTeardown].name = "other"; },
       "no state named \"cpu:teardown\""},
      {"anchors", [](auto& s) { std::swap(s[kIdleDead].name, s[kApOffline].name); },
       "out of order"},
      {"idle entry", [](auto& s) { s[kIdleEntry].startup = "f"; }, "the idle entry"},
      {"too many", [](auto& s) { s[kOnline].id = kMaxStates; }, "4096 or more"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    std::vector<State> states = small_table().all();
    c.spoil(states);
    try {
      StateTable("bad", "test", {}, states);
      ADD_FAILURE() << "accepted";
    } catch (const std::invalid_argument& e) {
      EXPECT_NE(std::string(e.what()).find(c.says), std::string::npos) << e.what();
    }
  }
}

TEST(Rules, AVersionHasItsDefaults) {
  EXPECT_FALSE(Rules::by_version("v3.0"));
  EXPECT_EQ(Rules::by_version("v6.1"), Rules::v6_1());
  EXPECT_FALSE(Rules::v4_6().decrement_first);
  EXPECT_FALSE(Rules::v6_1().split_startup);
  EXPECT_TRUE(Rules::v6_6().split_startup);
  EXPECT_FALSE(Rules::v6_6().freeze_descending);
  EXPECT_TRUE(Rules::v6_12().freeze_descending);
  for (const auto* word : {"none", "dead", "full"})
    EXPECT_EQ(to_string(*core_sync_by_name(word)), word);
  EXPECT_FALSE(core_sync_by_name("half"));
}

}  // namespace
}  // namespace cpuhp
