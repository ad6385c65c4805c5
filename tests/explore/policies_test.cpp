// What each policy finds of races that are planted in a toy of two tasks, on the engine itself.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "sim/engine/scheduler.hpp"
#include "sim/explore/holds.hpp"
#include "sim/explore/policy.hpp"
#include "sim/run/held_order.hpp"

namespace cpuhp {
namespace {

/// Two tasks of four steps each, on a CPU of their own, that all touch one thing.
struct Toy {
  std::vector<Ns> a, b;  ///< work before each step

  /// Returns the order of the steps: "aabbabab".
  std::string run(Order& order) const {
    std::string steps;
    const auto stacks = make_bare_stacks();
    stacks->run([&] {
      Scheduler s(*stacks);
      const Names names;
      SchedulerConfig config{.cpus = 2};
      config.order = &order;
      order.begin(names);
      const auto task = [&](char name, const std::vector<Ns>& works) {
        return [&s, &steps, name, &works] {
          for (const Ns work : works) {
            s.work(work);
            s.settle(writes(Object::Counts));
            steps += name;
          }
        };
      };
      s.run(config, [&] {
        s.start(0, Role::Other, 1_ns, task('a', a));
        s.start(1, Role::Other, 1_ns, task('b', b));
      });
    });
    return steps;
  }
};

std::size_t place(const std::string& steps, char who, int nth) {
  std::size_t at = steps.size();
  for (std::size_t i = 0, n = 0; i < steps.size(); ++i)
    if (steps[i] == who && ++n == static_cast<std::size_t>(nth)) at = std::min(at, i);
  return at;
}

/// A race: the steps that have to come before others.
struct Race {
  const char* name;
  Toy toy;
  bool (*shows)(const std::string&);
  std::size_t holds, depth;
};

const Toy kToy{{10_ns, 10_ns, 10_ns, 1000_ns}, {5_ns, 1_ns, 100_ns, 50_ns}};
const Race kRaces[]{
    {"two", kToy,
     [](const std::string& s) {
       return place(s, 'a', 2) < place(s, 'b', 2) && place(s, 'b', 3) < place(s, 'a', 3);
     },
     2, 2},
    {"three", kToy,
     [](const std::string& s) {
       return place(s, 'a', 2) < place(s, 'b', 2) && place(s, 'b', 3) < place(s, 'a', 3) &&
              place(s, 'a', 4) < place(s, 'b', 4);
     },
     3, 3},
};

/// Returns the number of runs until the race shows; 0: the policy came to its end before.
std::uint64_t runs_until_found(const Race& race, Policy& policy, std::uint64_t most) {
  for (std::uint64_t runs = 1; runs <= most && policy.prepare(); ++runs)
    if (const std::string steps = race.toy.run(policy); !policy.redundant() && race.shows(steps))
      return runs;
  return 0;
}

class Planted : public ::testing::TestWithParam<Race> {};

TEST_P(Planted, IsFoundByDporAlways) {
  EXPECT_GT(runs_until_found(GetParam(), *make_dpor(), 1'000), 0u);
}

TEST_P(Planted, DporRunsEachOrderOnce) {
  // All steps touch one thing, so no two orders are equivalent: 8 over 4, and the two starts, whose
  // order nobody can see.
  const std::unique_ptr<Policy> policy = make_dpor();
  std::vector<std::string> seen;
  while (policy->prepare()) {
    const std::string steps = GetParam().toy.run(*policy);
    if (!policy->redundant()) seen.push_back(steps);
  }
  EXPECT_TRUE(policy->complete());
  EXPECT_EQ(seen.size(), 70u);
  std::sort(seen.begin(), seen.end());
  EXPECT_EQ(std::unique(seen.begin(), seen.end()), seen.end());
}

TEST_P(Planted, NeedsThatManyHolds) {
  const Race& race = GetParam();
  const std::unique_ptr<Policy> few = make_bounded(race.holds - 1),
                                enough = make_bounded(race.holds);
  EXPECT_EQ(runs_until_found(race, *few, 100'000), 0u);
  EXPECT_FALSE(few->complete());
  EXPECT_GT(runs_until_found(race, *enough, 100'000), 0u);
  // The run that shows it, in holds, and the fewest of them.
  const Names names;
  const auto shows = [&](const std::vector<Hold>& holds) {
    HeldOrder order(holds);
    return race.shows(race.toy.run(order));
  };
  const std::vector<Hold> all = holds_of(enough->turns(), enough->ready(), names, 0);
  EXPECT_TRUE(shows(all));
  EXPECT_EQ(fewest_holds(all, shows).size(), race.holds);
}

// Twice the runs that the bound promises, for each of these seeds. Beside it: orders drawn turn by turn.
TEST_P(Planted, IsFoundByPct) {
  const Race& race = GetParam();
  constexpr std::uint64_t kTasks = 2, kTurns = 10;
  std::uint64_t promised = kTasks;
  for (std::size_t i = 1; i < race.depth; ++i) promised *= kTurns;
  for (const std::uint64_t seed : {1u, 2u, 3u, 4u, 5u}) {
    const std::unique_ptr<Policy> pct = make_pct(seed, race.depth, 2 * promised);
    const std::uint64_t runs = runs_until_found(race, *pct, 2 * promised);
    EXPECT_GT(runs, 0u) << "seed " << seed << ": " << pct->bound();
    RecordProperty("pct_runs_seed_" + std::to_string(seed), static_cast<int>(runs));
    RecordProperty("random_runs_seed_" + std::to_string(seed),
                   static_cast<int>(runs_until_found(race, *make_random(seed, 10'000), 10'000)));
  }
}

INSTANTIATE_TEST_SUITE_P(Holds, Planted, ::testing::ValuesIn(kRaces),
                         [](const auto& race) { return std::string(race.param.name); });

}  // namespace
}  // namespace cpuhp
