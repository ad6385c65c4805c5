// The data of --report: what becomes of events, and that no text can leave its place in the page.
#include <gtest/gtest.h>

#include <algorithm>

#include "sim/report/html/columns.hpp"
#include "sim/report/html/page.hpp"
#include "sim/report/html/slices.hpp"

namespace cpuhp {
namespace {

Event at(std::int64_t date, EventKind kind, StateId step = -1, std::int16_t value = 0,
         int ret = 0) {
  return {.time = Ns{date},
          .cpu = 1,
          .on = 1,
          .ret = ret,
          .step = step,
          .value = value,
          .kind = kind,
          .role = Role::CpuhpThread};
}

TEST(ReportPage, Base64AsInRfc4648) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
}

TEST(ReportPage, AFailedWalkIsMarkedAndItsWayBackIsToldApart) {
  EventStream stream;
  stream.nr_cpus = 2;
  stream.events = {at(10, EventKind::Enter, 5, 9), at(20, EventKind::Exit, 5, 5),
                   at(20, EventKind::Enter, 6, 9), at(35, EventKind::Exit, 6, 6, -12),
                   at(40, EventKind::Enter, 5, 0), at(44, EventKind::Exit, 5, 4)};
  const Slices s = slices(stream, Ns{50});
  ASSERT_EQ(s.lanes.at(1).size(), 3u);
  EXPECT_EQ(s.lanes[1][1].duration, Ns{15});
  EXPECT_EQ(s.lanes[1][1].ret, -12);
  EXPECT_FALSE(s.shapes[s.lanes[1][0].shape].rollback);
  EXPECT_FALSE(s.shapes[s.lanes[1][1].shape].rollback);
  EXPECT_TRUE(s.shapes[s.lanes[1][2].shape].rollback);
  ASSERT_EQ(s.marks.size(), 1u);
  EXPECT_EQ(s.marks[0].time, Ns{35});
  EXPECT_EQ(s.marks[0].after, AfterFailure::Back);
}

TEST(ReportPage, AWalkThatGoesOnAfterAFailureIsNoWayBack) {
  EventStream stream;
  stream.nr_cpus = 2;
  stream.events = {at(10, EventKind::Enter, 5, 9), at(15, EventKind::Exit, 5, 5, -12),
                   at(20, EventKind::Enter, 6, 9), at(35, EventKind::Exit, 6, 6),
                   at(40, EventKind::Enter, 6, 0), at(44, EventKind::Exit, 6, 5)};
  const Slices s = slices(stream, Ns{50});
  ASSERT_EQ(s.marks.size(), 1u);
  EXPECT_EQ(s.marks[0].after, AfterFailure::On);
  for (const Slice& slice : s.lanes.at(1)) EXPECT_FALSE(s.shapes[slice.shape].rollback);
}

TEST(ReportPage, InstancesThatAreUndoneDoNotTellWhereTheWalkGoes) {
  EventStream stream;
  stream.nr_cpus = 2;
  stream.events = {at(10, EventKind::MultiEnter, 5, 9), at(15, EventKind::Exit, 5, 5, -12),
                   at(20, EventKind::MultiEnter, 5, 9), at(25, EventKind::Exit, 5, 5)};
  EXPECT_EQ(slices(stream, Ns{50}).marks.at(0).after, AfterFailure::Nothing);
  stream.events.push_back(at(30, EventKind::Enter, 4, 0));
  stream.events.push_back(at(35, EventKind::Exit, 4, 3));
  EXPECT_EQ(slices(stream, Ns{50}).marks.at(0).after, AfterFailure::Back);
}

TEST(ReportPage, WhatNeverEndsLastsUntilTheEnd) {
  EventStream stream;
  stream.nr_cpus = 2;
  stream.events = {at(10, EventKind::Enter, 5, 9)};
  const Slices s = slices(stream, Ns{50});
  ASSERT_EQ(s.lanes.at(1).size(), 1u);
  EXPECT_TRUE(s.lanes[1][0].open);
  EXPECT_EQ(s.lanes[1][0].duration, Ns{40});
}

TEST(ReportPage, NoTextEndsItsScript) {
  if (!has_report_page()) GTEST_SKIP() << "left out: tests of --report: built without the page";
  const std::string harm = "</script><script>harm()</script><!--";
  const std::string page = html_page({.command = "run", .title = harm, .document = "{}"});
  EXPECT_EQ(page.find("harm()</script>"), std::string::npos);
  EXPECT_NE(page.find("\\u003c/script>\\u003cscript>harm()"), std::string::npos);
}

}  // namespace
}  // namespace cpuhp
