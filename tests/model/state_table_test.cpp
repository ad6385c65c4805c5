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
  StateTable full("full", "test", Rules::of({6, 1}), taken);
  EXPECT_FALSE(full.split_startup());
  EXPECT_EQ(full.anchors().kick_ap, -1);
}

// The layouts of docs/kernel.md 4.2 and 3.1: what a list of states does not say.
TEST(StateTable, FindsItsDynamicRanges) {
  struct Layout {
    const char* kernel;
    StateId kick_ap, bringup, ap_online, cacheinfo, active, online;
    IdRange prepare, dynamic_online;
  };
  const Layout layouts[] = {
      {"4.6", -1, 3, 7, -1, -1, 43, {1, 2}, {12, 42}},
      {"6.1-rc7", -1, 92, 152, 200, 235, 236, {71, 91}, {201, 231}},
      {"6.6.9", 92, 93, 151, 201, 236, 237, {71, 91}, {202, 232}},
      {"6.18.2", 83, 84, 144, 192, 236, 237, {62, 82}, {193, 233}},
  };
  for (const Layout& l : layouts) {
    SCOPED_TRACE(l.kernel);
    std::vector<State> states;
    const auto add = [&](int id, const char* name) {
      if (id >= 0) states.push_back({.id = static_cast<StateId>(id), .name = name});
    };
    add(0, "offline");
    add(l.kick_ap, "cpu:kick_ap");
    add(l.bringup, "cpu:bringup");
    add(l.bringup + 1, "idle:dead");
    add(l.bringup + 2, "ap:offline");
    add(l.ap_online, "ap:online");
    add(l.ap_online + 1, "cpu:teardown");
    add(l.ap_online + 3, "smpboot/threads:online");
    if (l.cacheinfo < 0) add(l.ap_online + 4, "notify:online");
    add(l.cacheinfo, "base/cacheinfo:online");
    add(l.active, "sched:active");
    add(l.online, "online");
    const StateTable t("t", l.kernel, Rules::of({6, 1}), states);
    EXPECT_EQ(t.dynamic(DynamicRange::Prepare), l.prepare);
    EXPECT_EQ(t.dynamic(DynamicRange::Online), l.dynamic_online);
    EXPECT_EQ(t.dynamic_range(l.dynamic_online.last), DynamicRange::Online);
    EXPECT_EQ(t.dynamic_range(l.prepare.first), DynamicRange::Prepare);
    EXPECT_EQ(t.dynamic_range(l.bringup), DynamicRange::None);
  }
}

TEST(StateTable, NothingIsFreeWhereEveryNumberHasAName) {
  const IdRange online = small_table().dynamic(DynamicRange::Online);
  EXPECT_GT(online.first, online.last);
}

TEST(StateTable, TheSplitOfAStartUpMovesNoRange) {
  StateTable t = small_table();
  const DynamicRanges before = t.dynamic();
  t.split_startup();
  EXPECT_EQ(t.dynamic(), before);
}

TEST(StateTable, TheCoresOwnStatesAreKnown) {
  const StateTable t = small_table();
  for (const StateId id : {StateId{0}, kThreads, kBringup, kIdleDead, kApOffline, kApOnline,
                           kTeardown, kIdleEntry, kActive, kOnline})
    EXPECT_TRUE(t.is_core(id)) << id;
  for (const StateId id : {kA, kDead, kStartingOne, kX, kMulti}) EXPECT_FALSE(t.is_core(id)) << id;
}

TEST(StateTable, RefusesWhatIsNoTable) {
  struct Case {
    const char* what;
    std::function<void(std::vector<State>&)> spoil;
    const char* says;
  };
  const Case cases[] = {
      {"no states", [](auto& s) { s.clear(); }, "no states"},
      {"order", [](auto& s) { std::swap(s[kA], s[kB]); },
       "state 2 is out of order: expected ascending ids"},
      {"no teardown", [](auto& s) { s[kTeardown].name = "other"; },
       "no state named \"cpu:teardown\""},
      {"anchors", [](auto& s) { std::swap(s[kIdleDead].name, s[kApOffline].name); },
       "out of order"},
      {"idle entry", [](auto& s) { s[kIdleEntry].startup = "f"; }, "entry into its idle loop"},
      {"too many", [](auto& s) { s[kOnline].id = kMaxStates; }, "above 4095"},
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
  EXPECT_FALSE(Rules::of({4, 6}).decrement_first);
  EXPECT_FALSE(Rules::of({6, 1}).split_startup);
  EXPECT_TRUE(Rules::of({6, 6}).split_startup);
  EXPECT_FALSE(Rules::of({6, 6}).freeze_descending);
  EXPECT_TRUE(Rules::of({6, 12}).freeze_descending);
}

}  // namespace
}  // namespace cpuhp
