// Broken invariants against what a scenario asks for: a multiset, each finding to one entry.
#include "sim/analysis/expectations.hpp"

#include <gtest/gtest.h>

namespace cpuhp {
namespace {

using Wanted = std::vector<ExpectedFinding>;

Finding finding(std::string invariant, std::string place, CpuId cpu) {
  return {.invariant = std::move(invariant), .cpu = cpu, .place = std::move(place)};
}

/// Does `expect.findings` of that list hold?
bool holds(const Wanted& wanted, const std::vector<Finding>& found) {
  Scenario s;
  s.expect.broken = wanted;
  const std::vector<Expectation> list = check_expectations(s, RunResult{}, {.findings = &found});
  EXPECT_EQ(list.size(), 1u);
  return list.at(0).holds;
}

TEST(ExpectedFindings, EachGivenFieldHasToFit) {
  const std::vector<Finding> one{finding("I12", "workqueue:online", 3)};
  EXPECT_TRUE(holds({{"I12", "workqueue:online", CpuId{3}}}, one));
  EXPECT_TRUE(holds({{}}, one));
  EXPECT_TRUE(holds({{.place = "workqueue:online"}}, one));
  EXPECT_FALSE(holds({{.invariant = "I11"}}, one));
  EXPECT_FALSE(holds({{.place = "workqueue"}}, one));
  EXPECT_FALSE(holds({{.cpu = 2}}, one));
  EXPECT_FALSE(holds({}, one));
  EXPECT_TRUE(holds({}, {}));
  EXPECT_FALSE(holds({{}}, {}));
}

TEST(ExpectedFindings, AnyOrderAndNoneTwice) {
  const std::vector<Finding> two{finding("A", "x", 1), finding("B", "y", 2)};
  EXPECT_TRUE(holds({{.invariant = "B"}, {.invariant = "A"}}, two));
  EXPECT_FALSE(holds({{.invariant = "A"}, {.invariant = "A"}}, two));
  EXPECT_FALSE(holds({{.invariant = "A"}}, two)) << "there are no others";
}

// What follows from a cause may be named; a cause has to be.
TEST(ExpectedFindings, WhatFollowsNeedsNoEntry) {
  std::vector<Finding> two{finding("A", "x", 1), finding("B", "y", 1)};
  two[1].cause = 0;
  EXPECT_TRUE(holds({{.invariant = "A"}}, two));
  EXPECT_TRUE(holds({{.invariant = "B"}, {.invariant = "A"}}, two));
  EXPECT_TRUE(holds({{}, {}}, two));
  EXPECT_FALSE(holds({{.invariant = "B"}}, two)) << "the cause is not expected";
  EXPECT_FALSE(holds({{.invariant = "A"}, {.invariant = "A"}}, two));
  EXPECT_FALSE(holds({}, two));
  Scenario s;
  s.expect.findings = 1;
  EXPECT_TRUE(check_expectations(s, RunResult{}, {.findings = &two}).at(0).holds);
}

// The entry that fits everything comes first and must not take what only the other one fits.
TEST(ExpectedFindings, AnEntryThatFitsAllLeavesRoomForTheOthers) {
  const std::vector<Finding> three{finding("A", "x", 1), finding("A", "y", 1),
                                   finding("A", "y", 2)};
  EXPECT_TRUE(holds({{}, {.cpu = 1}, {.place = "x"}}, three));
  EXPECT_TRUE(holds({{.invariant = "A"}, {.place = "y"}, {.cpu = 1}}, three));
  EXPECT_FALSE(holds({{}, {.place = "x"}, {"A", "x", CpuId{1}}}, three));
}

}  // namespace
}  // namespace cpuhp
