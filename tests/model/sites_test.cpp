// The sites of faults: every place and kind, and why no fault can strike at some of them.
#include "model/faults/sites.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "model/faults/candidates.hpp"
#include "tests/model/small_machine.hpp"

namespace cpuhp {
namespace {

using namespace test;
using testing::HasSubstr;

MachineConfig machine_with_driver(Design design = Design::Symmetric,
                                  const Rules& rules = Rules::of({6, 12})) {
  MachineConfig c = small_machine({op_boot()}, design, rules);
  c.declared = {{.name = "drv", .startup = "drv_up", .teardown = "drv_down", .number = 5}};
  return c;
}

/// Returns why no fault of that kind can strike there; "?": there is no such cell.
std::string why(const MachineConfig& config, const FaultSite& site) {
  for (const SiteCell& cell : site_cells(config, enumerated_kinds()))
    if (cell.site == site) return std::string(cell.impossible);
  return "?";
}

struct WhyRow {
  const char* what;
  FaultSite site;
  const char* why;  ///< empty: a fault can strike there
};

class Why : public testing::TestWithParam<WhyRow> {};

TEST_P(Why, IsInTheTable) {
  const WhyRow& row = GetParam();
  const std::string found = why(machine_with_driver(), row.site);
  if (std::string_view(row.why).empty())
    EXPECT_EQ(found, "") << row.what;
  else
    EXPECT_THAT(found, HasSubstr(row.why)) << row.what;
}

INSTANTIATE_TEST_SUITE_P(
    Sites, Why,
    testing::Values(
        WhyRow{"an error in PREPARE", {FaultKind::Error, kA}, ""},
        WhyRow{"a dead callback", {FaultKind::Error, kA, Direction::Down}, "DEAD callback"},
        WhyRow{"slow, though", {FaultKind::Delay, kA, Direction::Down}, ""},
        WhyRow{
            "one-sided", {FaultKind::Hang, kB, Direction::Down}, "no callback in this direction"},
        WhyRow{"one-sided", {FaultKind::Hang, kDead}, "no callback in this direction"},
        WhyRow{"the core's", {FaultKind::Panic, kBringup}, "hotplug core"},
        WhyRow{"the core's", {FaultKind::Delay, kTeardown, Direction::Down}, "hotplug core"},
        WhyRow{"declared", {FaultKind::Error, declared_id(0)}, ""},
        WhyRow{"of instances", {FaultKind::Error, kMulti, Direction::Down}, ""},
        WhyRow{"no callback at all", {FaultKind::Error, kApOnline}, "?"},
        WhyRow{"a handshake", {FaultKind::NeverAlive}, ""},
        WhyRow{"late, in time", {FaultKind::AliveLate}, ""},
        WhyRow{"late, too late", {.kind = FaultKind::DeadLate, .too_late = true}, ""},
        WhyRow{"no handshake is too early", {.kind = FaultKind::NeverAlive, .too_late = true}, "?"},
        WhyRow{"whose wake-up", {.kind = FaultKind::LostWakeup, .sleeper = Sleeper::Control}, ""},
        WhyRow{"nobody's wake-up", {FaultKind::LostWakeup}, "?"}),
    [](const testing::TestParamInfo<WhyRow>& row) { return "Row" + std::to_string(row.index); });

TEST(Sites, ErrorsThatStopAWalkInTheMiddleAreImpossible) {
  EXPECT_EQ(why(machine_with_driver(), {FaultKind::Error, kStartingOne}), "");
  EXPECT_THAT(why(machine_with_driver(Design::Symmetric, Rules::of({6, 1})),
                  {FaultKind::Error, kStartingOne}),
              HasSubstr("before 6.2"));
}

// The two lists have nothing in common but the table of applies(): where a fault can strike, a
// campaign tries one, and it tries none elsewhere.
TEST(Sites, CandidatesAreThePossibleOnes) {
  for (const Design design : {Design::Notifier, Design::Symmetric, Design::Parallel, Design::Async})
    for (const Rules& rules : {Rules::of({6, 1}), Rules::of({6, 12})}) {
      const MachineConfig config = machine_with_driver(design, rules);
      std::set<FaultSite> tried, possible, all;
      for (const Fault& f : candidate_faults(config, 1, enumerated_kinds()))
        tried.insert(site_of(f));
      for (const SiteCell& cell : site_cells(config, enumerated_kinds())) {
        EXPECT_TRUE(all.insert(cell.site).second) << "each cell once";
        if (cell.impossible.empty()) possible.insert(cell.site);
      }
      EXPECT_EQ(tried, possible) << to_string(design);
    }
}

TEST(Sites, AFaultIsAtItsSite) {
  for (const SiteCell& cell : site_cells(machine_with_driver(), enumerated_kinds()))
    EXPECT_EQ(site_of(fault_at(cell.site)), cell.site);
}

TEST(Sites, AHandshakeIsTooLateFromTheKernelsTimeOutOn) {
  Fault f{.kind = FaultKind::AliveLate, .delay = kHandshakeWait};
  EXPECT_TRUE(site_of(f).too_late);
  EXPECT_EQ(handshake_name(site_of(f)), "bring-up, 10 s or more");
  f.delay = kHandshakeWait - 1_ns;
  EXPECT_FALSE(site_of(f).too_late);
  EXPECT_EQ(handshake_name(site_of(f)), "bring-up");
  EXPECT_EQ(handshake_name({FaultKind::Delay, kA}), "");
}

TEST(Sites, WhichOfThemTurnAWalk) {
  const StateTable table = small_table();
  const auto at = [&](const FaultSite& site, Design design = Design::Symmetric) {
    return turning_state(site, table, design);
  };
  EXPECT_EQ(at({FaultKind::Error, kX}), kX);
  EXPECT_EQ(at({FaultKind::Error, declared_id(0)}), declared_id(0));
  EXPECT_EQ(at({FaultKind::Delay, kX}), -1);
  EXPECT_EQ(at({FaultKind::Error, kStartingOne}), -1) << "the walk goes on";
  EXPECT_EQ(at({FaultKind::RefusedTakedown}), kTeardown);
  EXPECT_EQ(at({FaultKind::NeverAlive}), kBringup) << "the table has no cpu:kick_ap";
  EXPECT_EQ(at({FaultKind::NeverAlive}, Design::Notifier), -1);
}

TEST(Sites, InstancesOfTheTableAndThoseThatAreAdded) {
  MachineConfig c = machine_with_driver();
  c.declared[0].multi = true;
  c.operations.push_back({.kind = OpKind::AddInstance, .state = declared_id(0), .instance = 7});
  EXPECT_THAT(instances_in_run(c, kMulti), testing::ElementsAre(0, 1));
  EXPECT_THAT(instances_in_run(c, declared_id(0)), testing::ElementsAre(7));
  EXPECT_THAT(instances_in_run(c, kX), testing::IsEmpty());
}

}  // namespace
}  // namespace cpuhp
