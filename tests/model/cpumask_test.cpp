#include "model/cpumask.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

namespace cpuhp {
namespace {

TEST(CpuMask, EmptyHasNoFirst) {
  EXPECT_EQ(CpuMask().next(0), kNoCpu);
  EXPECT_EQ(CpuMask(70).next(69), kNoCpu);
  EXPECT_TRUE(CpuMask(70).empty());
}

TEST(CpuMask, BeyondItsEndIsNotInIt) {
  CpuMask m(3);
  m.set(2);
  EXPECT_FALSE(m.test(kNoCpu));
  EXPECT_FALSE(m.test(64));
  EXPECT_EQ(m.next(3), kNoCpu);
}

TEST(CpuMask, SettingTwiceCountsOnce) {
  CpuMask m(128);
  m.set(127);
  m.set(127);
  EXPECT_EQ(m.weight(), 1u);
  m.clear(127);
  m.clear(127);
  EXPECT_EQ(m.weight(), 0u);
}

RC_GTEST_PROP(CpuMask, IsASet, ()) {
  const auto size = *rc::gen::inRange<CpuId>(1, 300);
  CpuMask mask(size);
  std::set<CpuId> set;
  for (int i = *rc::gen::inRange(0, 60); i-- > 0;) {
    const auto cpu = *rc::gen::inRange<CpuId>(0, size);
    const auto on = *rc::gen::arbitrary<bool>();
    mask.assign(cpu, on);
    on ? static_cast<void>(set.insert(cpu)) : static_cast<void>(set.erase(cpu));
  }
  RC_ASSERT(mask.weight() == set.size());
  std::set<CpuId> seen;
  for (CpuId cpu = mask.first(); cpu != kNoCpu; cpu = mask.next(cpu + 1)) seen.insert(cpu);
  RC_ASSERT(seen == set);
}

}  // namespace
}  // namespace cpuhp
