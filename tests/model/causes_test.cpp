// One cause, one finding: what is told under another finding, and what never is.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "model/checks/explain.hpp"
#include "tests/page_section.hpp"

namespace cpuhp {
namespace {

constexpr std::size_t kOwn = Finding::kNone;

Finding walk_finding(const char* invariant, const char* place, CpuId cpu, std::size_t walk) {
  Finding f{.invariant = invariant, .cpu = cpu, .place = place, .kind = FindingKind::Walk};
  f.walk = walk;
  return f;
}

Finding other(FindingKind kind, const char* invariant, const char* place, CpuId cpu,
              std::size_t walk) {
  Finding f = walk_finding(invariant, place, cpu, walk);
  f.kind = kind;
  return f;
}

std::vector<std::size_t> causes(std::vector<Finding> findings) {
  find_causes(findings);
  std::vector<std::size_t> list;
  for (const Finding& f : findings) list.push_back(f.cause);
  return list;
}

using List = std::vector<std::size_t>;

TEST(Causes, AWalkOffItsPathIsOneFinding) {
  EXPECT_EQ(causes({walk_finding("I5", "a", 1, 0), walk_finding("I5", "b", 1, 0),
                    walk_finding("I29", "c", 1, 0), walk_finding("I5", "d", 1, 0)}),
            (List{kOwn, 0, 0, 0}));
}

TEST(Causes, AnotherCpuOrOperationIsACauseOfItsOwn) {
  EXPECT_EQ(causes({walk_finding("I5", "a", 1, 0), walk_finding("I5", "b", 2, 0),
                    walk_finding("I5", "c", 1, 7)}),
            (List{kOwn, kOwn, kOwn}));
}

TEST(Causes, TheSameAgainIsToldUnderTheFirst) {
  EXPECT_EQ(causes({walk_finding("I1", "a", 1, 0), walk_finding("I1", "b", 1, 0),
                    walk_finding("I1", "a", 2, 5), walk_finding("I1", "b", 2, 5)}),
            (List{kOwn, 0, 0, 0}));
}

TEST(Causes, WhatOnlyFollowedOnceIsNoReasonElsewhere) {
  EXPECT_EQ(causes({walk_finding("I1", "a", 1, 0), walk_finding("I1", "b", 1, 0),
                    walk_finding("I1", "b", 2, 5)}),
            (List{kOwn, 0, kOwn}));
}

TEST(Causes, AThingExplainsItsOwnInvariantOnly) {
  const auto thing = [](const char* invariant, const char* place) {
    return other(FindingKind::Thing, invariant, place, 1, 0);
  };
  EXPECT_EQ(causes({thing("I20", "rcu"), thing("I20", "hrtimers"), thing("I18", "stopper")}),
            (List{kOwn, 0, kOwn}));
}

TEST(Causes, AWalkExplainsThingsAndResources) {
  EXPECT_EQ(causes({walk_finding("I12", "a", 1, 0), other(FindingKind::Thing, "I20", "rcu", 1, 0),
                    other(FindingKind::Resource, "state-resource-leak", "irq", 1, 0),
                    other(FindingKind::Resource, "state-resource-leak", "irq", 2, 0)}),
            (List{kOwn, 0, 0, kOwn}));
}

TEST(Causes, AResourceExplainsItselfAndNothingElse) {
  const auto resource = [](const char* invariant, const char* place, std::size_t walk) {
    return other(FindingKind::Resource, invariant, place, 1, walk);
  };
  EXPECT_EQ(causes({resource("state-resource-leak", "irq", 0),
                    resource("state-resource-leak", "rx_queue", 0), walk_finding("I12", "a", 1, 0),
                    resource("state-resource-taken", "irq", 4)}),
            (List{kOwn, kOwn, kOwn, 0}));
}

TEST(Causes, ARunsEndFollowsFromAnythingBefore) {
  EXPECT_EQ(causes({other(FindingKind::Thing, "I24", "alive", 1, 3),
                    other(FindingKind::End, "I22", "callin", 1, 3),
                    other(FindingKind::End, "unexplained-hang", "callin", 2, 3)}),
            (List{kOwn, 0, 0}));
  EXPECT_EQ(causes({other(FindingKind::Thing, "I24", "alive", 1, 2),
                    other(FindingKind::End, "I22", "callin", 2, 3)}),
            (List{kOwn, kOwn}));
}

TEST(Causes, AStrayExplainsWhatComesAfterAndTheWalksThatAreComparedWithIt) {
  const auto at = [](Ns time, Finding f) {
    f.time = time;
    return f;
  };
  Finding stray = at(9_ns, other(FindingKind::Stray, "I41", "given up", 1, 0));
  stray.since = 5_ns;
  EXPECT_EQ(
      causes({stray, at(4_ns, walk_finding("I29", "a", 1, 0)),
              at(5_ns, walk_finding("I29", "b", 1, 1)), at(5_ns, walk_finding("I29", "c", 2, 1)),
              at(4_ns, walk_finding("I2", "a", 2, 0)),
              at(9_ns, other(FindingKind::Thing, "I32", "setup", 0, 3)),
              at(9_ns, other(FindingKind::Resource, "state-resource-taken", "irq", 2, 5)),
              at(9_ns, other(FindingKind::End, "I22", "done_up", 2, 3))}),
      (List{kOwn, kOwn, 0, kOwn, 0, 0, kOwn, 0}));
}

TEST(Causes, NobodyKnowsWhoseWalkIsSharedWithoutOne) {
  EXPECT_EQ(causes({walk_finding("I1", "a", 1, kOwn), walk_finding("I1", "b", 1, kOwn)}),
            (List{kOwn, kOwn}));
}

TEST(Causes, AgainSaysThatItIsOnlyOnce) {
  std::vector<Finding> findings{walk_finding("I1", "a", 1, 0)};
  find_causes(findings);
  findings.push_back(walk_finding("I1", "a", 2, 1));
  find_causes(findings);
  EXPECT_EQ(findings[0].follows, Follows::Nothing);
  EXPECT_EQ(findings[1].follows, Follows::Again);
}

std::string table_of(Laws which) {
  std::string table = "| finding | what should hold |\n|---|---|\n";
  for (const Law& law : laws(which))
    table += "| " + std::string(law.invariants) + " | " + std::string(law.text) + " |\n";
  return table;
}

TEST(LawTables, AreShownOnThePage) {
  test::expect_section("docs/reference/check.md", "laws of walks", table_of(Laws::OfWalks));
  test::expect_section("docs/reference/check.md", "laws of runs", table_of(Laws::OfRuns));
}

TEST(LawTables, AWalksRuleComesFirstForAFindingAboutAWalk) {
  EXPECT_NE(rule_of("I5", FindingKind::Walk), rule_of("I5", FindingKind::Thing));
  EXPECT_EQ(rule_of("I1", FindingKind::Thing), rule_of("I1", FindingKind::Walk));
  EXPECT_EQ(rule_of("I12", FindingKind::Thing), rule_of("I11", FindingKind::Thing));
  EXPECT_EQ(rule_of("I99", FindingKind::Walk), "");
}

}  // namespace
}  // namespace cpuhp
