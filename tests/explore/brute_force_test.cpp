// The reduction is right: on machines small enough, all orders without any reduction come to the same
// machines and the same findings. And where a kind of object is left out of what turns depend on, this
// very comparison says so.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "sim/explore/explore.hpp"
#include "tests/explore/tiny_machine.hpp"

namespace cpuhp {
namespace {

using namespace test;

/// What an exploration has come to.
std::set<std::string> seen(const Explored& explored) {
  std::set<std::string> all(explored.ends.begin(), explored.ends.end());
  for (const FoundOrder& f : explored.found)
    all.insert(f.finding.invariant + " " + f.finding.place);
  return all;
}

/// Each of these, left out of what turns depend on, loses a machine or a finding somewhere.
/// docs/explore.md tells of the others.
constexpr Object kObjectsThatMatter[]{Object::Everything, Object::Completion, Object::Lock,
                                      Object::Active, Object::RunQueue};

using MakePolicy = std::unique_ptr<Policy> (*)();

/// Explores the last operations with that policy, and those before in the order of the dates.
Explored explore_last(Simulator& s, const MachineConfig& config, MakePolicy make,
                      ExploreOptions options = {}) {
  std::size_t last = config.operations.size() - 1;
  while (config.operations[last].with) --last;
  options.policy = [last, make](std::size_t first) {
    return first == last ? make() : make_bounded(0);
  };
  options.reduce = false;
  return explore(s, config, options);
}

/// True unless the machine dies before its last operations.
bool reaches_the_last(const MachineConfig& config, const Explored& explored) {
  return explored.parts.back().until == config.operations.size();
}

std::string listed(const std::set<std::string>& all) {
  std::string text;
  for (const std::string& one : all) text += "  " + one + '\n';
  return text;
}

/// Compares machines of which there are no more than `most` orders, and returns how many that are.
std::uint64_t compare(std::uint64_t from, std::uint64_t machines, std::uint64_t most, bool exact) {
  std::uint64_t compared = 0;
  with_bare_simulator([&](Simulator& s) {
    for (std::uint64_t seed = from; seed < from + machines; ++seed) {
      const MachineConfig c = without_dates(tiny_machine(seed));
      const Explored all =
          explore_last(s, c, make_all_orders, {.most_orders = most, .exact = exact});
      const Explored reduced = explore_last(s, c, make_dpor);
      const std::set<std::string> brute = seen(all), less = seen(reduced);
      if (!reaches_the_last(c, all)) continue;
      EXPECT_TRUE(reduced.parts.back().complete) << "seed " << seed;
      if (all.parts.back().complete) {
        EXPECT_EQ(listed(less), listed(brute)) << "seed " << seed;
        ++compared;
      } else {
        EXPECT_TRUE(std::ranges::includes(less, brute))
            << "seed " << seed << '\n'
            << listed(brute) << "without a reduction, and\n"
            << listed(less);
      }
    }
  });
  return compared;
}

TEST(BruteForce, ComesToTheSame) { EXPECT_GE(compare(0, 60, 1'000, false), 16u); }

// Each step is a point: what is between two points cannot be seen.
TEST(BruteForce, ComesToTheSameWhereEachStepIsAPoint) {
  EXPECT_GE(compare(0, 60, 1'000, true), 6u);
}

TEST(BruteForce, SavesMostOrders) {
  std::uint64_t all_orders = 0, reduced_orders = 0;
  with_bare_simulator([&](Simulator& s) {
    for (std::uint64_t seed = 0; seed < 30; ++seed) {
      const MachineConfig c = without_dates(tiny_machine(seed));
      const Explored all = explore_last(s, c, make_all_orders, {.most_orders = 3'000});
      if (!all.parts.back().complete) continue;
      all_orders += all.parts.back().orders;
      reduced_orders += explore_last(s, c, make_dpor).parts.back().orders;
    }
  });
  EXPECT_GT(all_orders, 10 * reduced_orders);
}

/// The objects that make a difference on some machine.
std::set<std::string> found_mutants(std::uint64_t machines, std::uint64_t most) {
  std::set<std::string> found;
  with_bare_simulator([&](Simulator& s) {
    for (std::uint64_t seed = 0; seed < machines && found.size() < std::size(kObjectsThatMatter);
         ++seed) {
      const MachineConfig c = without_dates(touchy_machine(seed));
      const Explored whole = explore_last(s, c, make_dpor, {.most_orders = most});
      if (!whole.parts.back().complete || !reaches_the_last(c, whole)) continue;
      for (const Object object : kObjectsThatMatter) {
        const std::string name(to_string(object));
        if (found.contains(name)) continue;
        const std::uint32_t dropped = 1u << static_cast<unsigned>(object);
        const Explored mutant =
            explore_last(s, c, make_dpor, {.most_orders = 4 * most, .dropped = dropped});
        if (seen(mutant) != seen(whole)) found.insert(name);
      }
    }
  });
  return found;
}

TEST(Dependence, EachObjectMatters) {
  const std::set<std::string> found = found_mutants(400, 300);
  for (const Object object : kObjectsThatMatter)
    EXPECT_TRUE(found.contains(std::string(to_string(object)))) << to_string(object);
}

}  // namespace
}  // namespace cpuhp
