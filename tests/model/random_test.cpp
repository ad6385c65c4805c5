#include "model/random.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <set>

#include "model/costs.hpp"

namespace cpuhp {
namespace {

constexpr DrawKey kKey{
    .seed = 1, .stream = 2, .cpu = 3, .state = 94, .direction = 0, .occurrence = 1};

// Changing the generator changes every published digest: these values say so first.
TEST(Random, TheGeneratorIsThisOne) {
  EXPECT_EQ(mix64(0), 0xe220a8397b1dcdafu);
  EXPECT_EQ(mix64(1), 0x910a2dec89025cc1u);
  EXPECT_EQ(draw_bits(kKey), 0x14ec8b7961af3ebeu);
  EXPECT_EQ(draw_bits({}), 0x238275bc38fcbe91u);
}

TEST(Random, EveryPartOfTheKeyCounts) {
  std::set<std::uint64_t> draws{draw_bits(kKey)};
  for (int part = 0; part < 6; ++part) {
    DrawKey k = kKey;
    const std::array<std::uint32_t*, 4> words{&k.stream, &k.cpu, &k.direction, &k.occurrence};
    if (part < 4) *words[static_cast<std::size_t>(part)] ^= 1u;
    if (part == 4) ++k.seed;
    if (part == 5) ++k.state;
    draws.insert(draw_bits(k));
  }
  EXPECT_EQ(draws.size(), 7u);
}

TEST(Dist, DrawsItsEndsAndWhatIsBetween) {
  const Dist d{{10_ns, 20_ns, 1'000_ns}};
  EXPECT_EQ(d.draw(0), 10_ns);
  EXPECT_EQ(d.draw(std::uint64_t{1} << 63), 20_ns);
  EXPECT_EQ(d.draw(~std::uint64_t{0}), 1'000_ns);
  EXPECT_EQ(d.draw(std::uint64_t{1} << 62), 15_ns);
  EXPECT_EQ(d.mean(), Ns{(15 + 510) / 2});
  EXPECT_EQ(Dist{}.draw(77), 0_ns);
  EXPECT_EQ(Dist::fixed(7_ns).draw(77), 7_ns);
}

RC_GTEST_PROP(Dist, StaysWithinItsBounds, (std::uint64_t bits)) {
  const Ns low{*rc::gen::inRange<std::int64_t>(0, 1'000'000'000)};
  const Ns high = low + Ns{*rc::gen::inRange<std::int64_t>(0, 1'000'000'000'000)};
  const Ns drawn = Dist{{low, high}}.draw(bits);
  RC_ASSERT(drawn >= low);
  RC_ASSERT(drawn <= high);
}

TEST(Dist, MeanOfManyDrawsIsItsMean) {
  const Dist d{{0_ns, 100_ns, 1'000_ns}};
  std::int64_t sum = 0;
  for (std::uint32_t i = 0; i < 20'000; ++i)
    sum += d.draw(draw_bits({.seed = 5, .occurrence = i})).v;
  EXPECT_NEAR(static_cast<double>(sum) / 20'000, static_cast<double>(d.mean().v), 5);
}

}  // namespace
}  // namespace cpuhp
