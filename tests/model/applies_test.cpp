// Which faults are enumerated: the whole table, cell by cell, and what it makes of a machine.
#include "model/faults/applies.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/faults/candidates.hpp"
#include "tests/model/small_machine.hpp"
#include "tests/page_section.hpp"

namespace cpuhp {
namespace {

using namespace test;
using testing::IsEmpty;

constexpr std::array<Section, 4> kSections{Section::Prepare, Section::Starting, Section::Teardown,
                                           Section::Online};

/// "PSTO": the sections where it applies, in the order of a walk up.
std::string where(FaultKind kind, Direction direction, const Rules& rules) {
  std::string sections;
  for (const Section section : kSections) {
    const Applies a = applies(kind, section, direction, rules);
    EXPECT_NE(a.why, "") << "each cell has its reason";
    if (a.yes) sections += "?PSTO"[static_cast<std::size_t>(section)];
  }
  return sections;
}

// docs/kernel.md 4.2.
TEST(Applies, EveryCell) {
  const Rules ignored = Rules::of({6, 12});
  Rules stops = Rules::of({6, 1});
  stops.atomic_errors_ignored = false;
  ASSERT_TRUE(ignored.atomic_errors_ignored);
  const auto up = Direction::Up, down = Direction::Down;
  EXPECT_EQ(where(FaultKind::Error, up, ignored), "PSO");
  EXPECT_EQ(where(FaultKind::Error, down, ignored), "SO") << "a dead callback must not fail";
  EXPECT_EQ(where(FaultKind::Error, up, stops), "PO");
  EXPECT_EQ(where(FaultKind::Error, down, stops), "O");
  for (const FaultKind kind :
       {FaultKind::Delay, FaultKind::Preempted, FaultKind::Hang, FaultKind::Panic})
    for (const Direction direction : {up, down}) EXPECT_EQ(where(kind, direction, stops), "PSO");
  for (const FaultKind kind :
       {FaultKind::NeverAlive, FaultKind::AliveLate, FaultKind::NeverReleased, FaultKind::NotOnline,
        FaultKind::NoMemory}) {
    EXPECT_EQ(where(kind, up, ignored), "P");
    EXPECT_EQ(where(kind, down, ignored), "");
  }
  for (const FaultKind kind :
       {FaultKind::NeverDead, FaultKind::DeadLate, FaultKind::RefusedTakedown, FaultKind::LostIpi,
        FaultKind::DoubledIpi}) {
    EXPECT_EQ(where(kind, up, ignored), "");
    EXPECT_EQ(where(kind, down, ignored), "T");
  }
  for (const FaultKind kind :
       {FaultKind::Starved, FaultKind::LostWakeup, FaultKind::DoubledWakeup}) {
    EXPECT_EQ(where(kind, up, ignored), "O") << "once for the thread";
    EXPECT_EQ(where(kind, down, ignored), "");
  }
}

std::vector<Fault> of(const std::vector<Fault>& all, FaultKind kind, StateId state = -1) {
  std::vector<Fault> some;
  for (const Fault& f : all)
    if (f.kind == kind && (state < 0 || f.state == state)) some.push_back(f);
  return some;
}

TEST(Candidates, CallbacksHandshakesAndNothingOfTheCore) {
  const MachineConfig c = small_machine({}, Design::Symmetric, Rules::of({6, 12}));
  const std::vector<Fault> all = candidate_faults(c, 2, enumerated_kinds());
  for (const Fault& f : all) {
    EXPECT_EQ(f.cpu, 2u);
    EXPECT_EQ(f.nth, 1u);
    EXPECT_NE(f.state, c.table.anchors().bringup);
    EXPECT_NE(f.state, c.table.anchors().teardown);
    if (f.state < 0) continue;
    const State& s = c.table.at(f.state);
    EXPECT_FALSE((f.direction == Direction::Up ? s.startup : s.teardown).empty()) << s.name;
  }
  for (const FaultKind kind : enumerated_kinds()) EXPECT_FALSE(of(all, kind).empty());
  EXPECT_EQ(of(all, FaultKind::Hang).size(), of(all, FaultKind::Delay).size());
  ASSERT_EQ(of(all, FaultKind::LostWakeup).size(), 2u);
  EXPECT_NE(of(all, FaultKind::LostWakeup)[0].sleeper, of(all, FaultKind::LostWakeup)[1].sleeper);
  ASSERT_EQ(of(all, FaultKind::NoMemory).size(), 1u);
  EXPECT_EQ(of(all, FaultKind::NoMemory)[0].state, -1) << "of the idle task";
  EXPECT_LT(of(all, FaultKind::Error).size(), of(all, FaultKind::Hang).size());
  EXPECT_EQ(of(all, FaultKind::NeverAlive).size(), 1u);
  EXPECT_EQ(of(all, FaultKind::AliveLate).size(), 2u) << "in time, and too late";
  EXPECT_EQ(of(all, FaultKind::RefusedTakedown).size(), 1u);
  EXPECT_THAT(of(candidate_faults(c, 2, {FaultKind::Hang}), FaultKind::Error), IsEmpty());
}

TEST(Candidates, DeclaredStatesAreInTheSectionOfTheirNumber) {
  MachineConfig c = small_machine({}, Design::Symmetric, Rules::of({6, 12}));
  c.declared = {{.name = "early", .startup = "a", .teardown = "b", .number = 5},
                {.name = "late", .startup = "c", .teardown = "d", .range = DynamicRange::Online}};
  const std::vector<Fault> all = candidate_faults(c, 1, enumerated_kinds());
  EXPECT_EQ(of(all, FaultKind::Error, declared_id(0)).size(), 1u) << "not on the way down";
  EXPECT_EQ(of(all, FaultKind::Error, declared_id(1)).size(), 2u);
}

// cpuhp_issue_call() has no way to report a teardown that fails: docs/kernel.md 4.7.
TEST(Candidates, ATeardownMayOnlyVetoOutsideOfRegistrations) {
  EXPECT_THAT(operations_with_veto({op_up(1), op_down(1)}), IsEmpty()) << "everywhere";
  EXPECT_THAT(operations_with_veto({op_up(1),
                                    {.kind = OpKind::Setup},
                                    op_down(1),
                                    {.kind = OpKind::AddInstance},
                                    {.kind = OpKind::RemoveInstance},
                                    {.kind = OpKind::Remove},
                                    op_up(1)}),
              testing::ElementsAre(0, 2, 6));
}

/// The rows of docs/faults.md: kind, what it is, when a campaign tries it.
std::string table_of_kinds() {
  constexpr std::string_view kOccasions[]{"each callback", "each bring-up", "each takedown",
                                          "each wake-up"};
  constexpr std::string_view kExplained[]{"", "a hang", "a panic", "a CPU in limbo"};
  std::string table = "| kind | strikes | tried at | may explain |\n|---|---|---|---|\n";
  for (const FaultKindInfo& k : kFaultKindInfos) {
    const bool awaited = k.occasion == Occasion::BringUp || k.occasion == Occasion::Takedown;
    table += "| `" + std::string(k.name) + "` | " + std::string(k.doc) + " | " +
             std::string(kOccasions[static_cast<std::size_t>(k.occasion)]);
    if (k.takes(kDelay)) table += awaited ? ", by 1 s and by 15 s" : ", by 1 s";
    if (k.takes(kWakeup)) table += " of `cpuhp/N`, and of who waits for it";
    const std::string_view explained = kExplained[static_cast<std::size_t>(k.explains)];
    table += " | " + std::string(explained) + " |\n";
  }
  return table;
}

TEST(FaultKinds, AreShownOnThePage) {
  test::expect_section("docs/faults.md", "kinds of faults", table_of_kinds());
}

}  // namespace
}  // namespace cpuhp
