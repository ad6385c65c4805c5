// What leads from CPU to CPU.
#include "sim/trace/arrows.hpp"

#include <gtest/gtest.h>

#include "sim/trace/brackets.hpp"

namespace cpuhp {
namespace {

constexpr CpuId kControl = 0, kAp = 1;

Event of_control(EventKind kind, NameId name = 0, int ret = 0) {
  return {.cpu = kAp, .on = kControl, .name = name, .ret = ret, .kind = kind};
}

Event of_ap(EventKind kind, NameId name = 0) {
  return {.cpu = kAp, .on = kAp, .name = name, .kind = kind, .role = Role::ApBoot};
}

TEST(Arrows, TheHandshakeOfABringUp) {
  EventStream stream;
  stream.nr_cpus = 2;
  stream.events = {of_control(EventKind::Kick), of_ap(EventKind::Alive),
                   of_control(EventKind::Release), of_ap(EventKind::PhaseBegin)};
  const std::vector<Arrow> found = arrows(stream);
  ASSERT_EQ(found.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(found[i].from, i);
    EXPECT_EQ(found[i].to, i + 1);
  }
  EXPECT_EQ(found[0].name, "kick");
  EXPECT_EQ(found[1].name, "alive");
  EXPECT_EQ(found[2].name, "release");
}

TEST(Arrows, ACompletionLeadsToWhoWaitedForItButNotToAWaitThatRanOut) {
  EventStream stream;
  stream.nr_cpus = 2;
  const NameId up = stream.names.intern("done_up"), down = stream.names.intern("done_down");
  stream.events = {of_control(EventKind::WaitBegin, up), of_ap(EventKind::Complete, up),
                   of_ap(EventKind::Complete, down), of_control(EventKind::WaitEnd, down, -110),
                   of_control(EventKind::WaitEnd, up)};
  const std::vector<Arrow> found = arrows(stream);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].name, "completion");
  EXPECT_EQ(found[0].from, 1u);
  EXPECT_EQ(found[0].to, 4u);
}

TEST(Brackets, WhatClosesHasAnOpenerThatBegins) {
  for (std::size_t k = 0; k < kEventKinds; ++k)
    if (const auto opener = opener_of(EventKind(k))) {
      EXPECT_TRUE(begins(*opener)) << to_string(*opener);
      EXPECT_FALSE(begins(EventKind(k))) << to_string(EventKind(k));
    }
  EXPECT_EQ(opener_of(EventKind::Exit), as_opener(EventKind::MultiEnter));
}

}  // namespace
}  // namespace cpuhp
