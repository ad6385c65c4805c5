// Running ahead changes nothing: `exact` gives the same events, ledgers and results
// (docs/internals.md "The engine"), and where a settle is left out, this very comparison says so.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "sim/campaign/workers.hpp"
#include "tests/sim/compared_runs.hpp"
#include "tests/sim/random_machine.hpp"

namespace cpuhp {
namespace {

using namespace test;

constexpr std::uint64_t kMachines = 1500;

/// That many of each kind; more where the test is run as one of the long ones (campaign.exact).
std::uint64_t machines() { return machines_wanted(kMachines); }

/// Where the two modes differ on that machine; empty: nowhere.
std::string difference(Simulator& s, const MachineConfig& c) {
  const RunResult ahead = s.run(c), exact = s.run(c, {.exact = true});
  if (outcome(ahead) == outcome(exact)) return {};
  return std::string(to_string(c.design)) + first_difference("ahead", ahead, "exact", exact);
}

void expect_the_same(MachineConfig (*machine)(std::uint64_t)) {
  with_bare_simulator([&](Simulator& s) {
    for (std::uint64_t seed = 0; seed < machines(); ++seed)
      ASSERT_EQ(difference(s, machine(seed)), "") << "seed " << seed;
  });
}

TEST(Exact, GivesTheSameOnRandomMachines) { expect_the_same(random_machine); }

TEST(Exact, GivesTheSameWhenDriversComeAndGo) { expect_the_same(random_registrations); }

// Other machines than above, on the stacks that users have. In processes: SimGrid starts once in
// each.
TEST(Exact, GivesTheSameOnSimGrid) {
  constexpr std::uint64_t kFirstSeed = 1'000'000;
  constexpr CpuId kCpusMax = 16;
  Workers workers(2, kCpusMax, [](Simulator& s, std::string_view seed) {
    return difference(s, random_machine(std::stoull(std::string(seed))));
  });
  const auto seed = [](std::uint64_t i) { return std::to_string(kFirstSeed + i); };
  workers.run(machines() / 10, seed, [&](std::uint64_t i, const Workers::Answer& answer) {
    EXPECT_EQ(answer.text, "") << "seed " << seed(i) << answer.death;
  });
}

class DroppedSettle : public ::testing::TestWithParam<Mutant> {};

TEST_P(DroppedSettle, IsFound) {
  bool found = false;
  with_bare_simulator([&](Simulator& s) {
    for (std::uint64_t seed = 0; seed < 4 * kMachines && !found; ++seed) {
      const MachineConfig c = machine_for(GetParam(), seed);
      RunOptions mutant{.dropped = GetParam().dropped};
      const RunResult ahead = s.run(c, mutant);
      mutant.exact = true;
      found = outcome(ahead) != outcome(s.run(c, mutant));
      if (found) RecordProperty("seed", static_cast<int>(seed));
    }
  });
  EXPECT_TRUE(found);
}

INSTANTIATE_TEST_SUITE_P(Each, DroppedSettle, ::testing::ValuesIn(kMutants),
                         [](const auto& mutant) { return std::string(mutant.param.name); });

}  // namespace
}  // namespace cpuhp
