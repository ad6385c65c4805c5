// The plain engine (sim/engine/plain.cpp) gives what the fast one does: the same events, ledgers and
// results. It was written for itself, so that what both engines do is not what one of them happens to
// do. In processes: SimGrid starts once in each.
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "sim/campaign/workers.hpp"
#include "tests/sim/compared_runs.hpp"
#include "tests/sim/many_runs.hpp"
#include "tests/sim/random_machine.hpp"

namespace cpuhp {
namespace {

using namespace test;

constexpr std::uint64_t kPlainMachines = 300;
constexpr CpuId kPlainCpus = 16;  // of a random machine

/// Where the two engines differ on that machine; empty: nowhere.
std::string plain_difference(Simulator& s, const MachineConfig& c) {
  const RunResult ahead = s.run(c), plain = s.run(c, {.plain = true});
  if (outcome(ahead) == outcome(plain)) return {};
  return std::string(to_string(c.design)) + first_difference("ahead", ahead, "plain", plain);
}

/// Does the tasks 0 to `count` - 1, whose answers have to be empty.
void expect_nothing(std::uint64_t count, CpuId cpus_max,
                    const std::function<std::string(Simulator&, std::uint64_t)>& work) {
  const auto answer = [&](Simulator& s, std::string_view i) {
    return work(s, std::stoull(std::string(i)));
  };
  Workers workers(2, cpus_max, answer, Workers::Life::Many, Hosts::EachCpu);
  const auto task = [](std::uint64_t i) { return std::to_string(i); };
  workers.run(count, task, [&](std::uint64_t i, const Workers::Answer& found) {
    EXPECT_TRUE(found.text == "") << "no. " << i << ": " << found.text.value_or("") << found.death;
  });
}

TEST(Plain, GivesTheSameOnRandomMachines) {
  expect_nothing(machines_wanted(kPlainMachines), kPlainCpus, [](Simulator& s, std::uint64_t seed) {
    return plain_difference(s, random_machine(seed));
  });
}

TEST(Plain, GivesTheSameWhenDriversComeAndGo) {
  expect_nothing(machines_wanted(kPlainMachines), kPlainCpus, [](Simulator& s, std::uint64_t seed) {
    return plain_difference(s, random_registrations(seed));
  });
}

/// A file that cpuhp-sim ships, under one of its designs.
struct ShippedRun {
  const Scenario* scenario;
  Design design;
};

TEST(Plain, GivesTheSameOnShippedScenarios) {
  constexpr CpuId kShippedMax = 112;
  const std::vector<Scenario> scenarios = small_scenarios(kShippedMax);
  std::vector<ShippedRun> runs;
  for (const Scenario& s : scenarios) {
    std::set<Design> designs(s.designs.begin(), s.designs.end());
    designs.insert(s.config.design);
    for (const Design design : designs) runs.push_back({&s, design});
  }
  ASSERT_GT(runs.size(), 30u);
  expect_nothing(runs.size(), kShippedMax, [&](Simulator& s, std::uint64_t i) {
    MachineConfig c = runs[i].scenario->config;
    c.design = runs[i].design;
    const std::string found = plain_difference(s, c);
    return found.empty() ? "" : runs[i].scenario->file + ": " + found;
  });
}

/// Machines on which the two engines differed when the plain one was new (docs/internals.md "The
/// plain engine").
constexpr std::uint64_t kOnceDifferent[] = {1272, 3863, 5381, 6253, 6548, 9272, 9649, 9749};
constexpr std::uint64_t kRegistrationsOnceDifferent[] = {183, 1400, 4411, 9093};

TEST(Plain, GivesTheSameWhereItDidNot) {
  expect_nothing(std::size(kOnceDifferent), kPlainCpus, [](Simulator& s, std::uint64_t i) {
    return plain_difference(s, random_machine(kOnceDifferent[i]));
  });
  expect_nothing(std::size(kRegistrationsOnceDifferent), kPlainCpus,
                 [](Simulator& s, std::uint64_t i) {
                   return plain_difference(s, random_registrations(kRegistrationsOnceDifferent[i]));
                 });
}

class PlainFinds : public ::testing::TestWithParam<Mutant> {};

TEST_P(PlainFinds, DroppedSettle) {
  Workers workers(
      1, kPlainCpus,
      [](Simulator& s, std::string_view) -> std::string {
        for (std::uint64_t seed = 0; seed < 6000; ++seed) {
          const MachineConfig c = machine_for(GetParam(), seed);
          const RunResult mutant = s.run(c, {.dropped = GetParam().dropped});
          if (outcome(mutant) != outcome(s.run(c, {.plain = true}))) return std::to_string(seed);
        }
        return "";
      },
      Workers::Life::Many, Hosts::EachCpu);
  const auto answer = workers.ask("");
  ASSERT_TRUE(answer && answer->text);
  EXPECT_NE(*answer->text, "");
  RecordProperty("seed", *answer->text);
}

INSTANTIATE_TEST_SUITE_P(Each, PlainFinds, ::testing::ValuesIn(kMutants),
                         [](const auto& mutant) { return std::string(mutant.param.name); });

}  // namespace
}  // namespace cpuhp
