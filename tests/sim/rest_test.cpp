// A machine at rest is a value (docs/internals.md "At rest"): what goes on from a copy gives the
// same events, ledgers, results and findings as the run that was never interrupted.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "model/checks/checks.hpp"
#include "model/judged_run.hpp"
#include "sim/run/resting_run.hpp"
#include "sim/run/run.hpp"
#include "tests/finding_text.hpp"
#include "tests/sim/compared_runs.hpp"
#include "tests/sim/many_runs.hpp"
#include "tests/sim/random_machine.hpp"

namespace cpuhp {
namespace {

using namespace test;

constexpr std::uint64_t kRestMachines = 1000;
constexpr std::size_t kTriedInBoots = 16;  // of the rests between two CPUs of a large boot

struct Kept {
  RestingRun run;
  RunChecks checks;
};

struct Rests {
  std::size_t count = 0;
  std::vector<Kept> kept;
  std::map<std::string, std::uint64_t> unrest;  ///< places that are no rest, by their reason
};

/// Runs the machine up to its end, and keeps its rests: of those between two CPUs of a boot only
/// each of which the number is a multiple of `step`, because they are large.
Rests rests_of(Simulator& s, const MachineConfig& c, const RunOptions& common,
               std::size_t step = 1) {
  Rests rests;
  RunOptions options = common;
  RunChecks checks;
  options.at_rest = [&](RestingRun&& rest, EventStream&& part) {
    checks.take(std::make_shared<const EventStream>(std::move(part)), judged_by(c, true));
    const bool in_boot = rest.machine.operations.boot_cpus > 0;
    if (!in_boot || rests.count % step == 0) rests.kept.push_back({std::move(rest), checks});
    ++rests.count;
  };
  options.not_at_rest = [&](std::size_t, const char* why) { ++rests.unrest[why]; };
  s.run(c, options);
  return rests;
}

/// Where the rest of the run differs that goes on from there; empty: nowhere.
std::string difference(Simulator& s, const MachineConfig& c, const RunOptions& common,
                       const RunResult& whole, const Kept& kept) {
  RunOptions options = common;
  options.from = &kept.run;
  RunResult r = s.run(c, options);
  // Digest, ledgers and results are the same even where the order of the stream is not.
  if (!r.in_order) return outcome(r) == outcome(whole) ? "" : "out of order: " + outcome(r);
  const std::shared_ptr<const EventStream> part(std::shared_ptr<void>(), &r.stream);
  RunChecks checks = kept.checks;
  const std::string found = finding_text(checks.finish(part, judged_by(c, r.ok())));
  const std::string wanted = finding_text(check_all(whole.stream, judged_by(c, whole.ok())));
  const auto begin = whole.stream.events.begin();
  r.stream.events.insert(r.stream.events.begin(), begin,
                         begin + static_cast<std::ptrdiff_t>(kept.run.events));
  if (outcome(r) != outcome(whole) || r.stream.events != whole.stream.events)
    return first_difference("whole", whole, "from operation " + std::to_string(kept.run.next), r);
  return found == wanted ? "" : "found " + found + "\nwanted " + wanted;
}

/// Goes on from each rest of the machine. Returns the number of rests.
std::uint64_t expect_same(Simulator& s, const MachineConfig& c, const std::string& what,
                          const RunOptions& common = {}) {
  const RunResult whole = s.run(c, common);
  constexpr auto kNone = std::numeric_limits<std::size_t>::max();
  const std::size_t count = rests_of(s, c, common, kNone).count;
  const Rests rests = rests_of(s, c, common, std::max<std::size_t>(1, count / kTriedInBoots));
  for (const Kept& kept : rests.kept)
    EXPECT_EQ(difference(s, c, common, whole, kept), "") << what << ", " << to_string(c.design);
  return count;
}

TEST(Rest, WhatGoesOnFromACopyGivesTheSameOnRandomMachines) {
  with_bare_simulator([](Simulator& s) {
    std::uint64_t rests = 0;
    for (std::uint64_t seed = 0; seed < machines_wanted(kRestMachines); ++seed) {
      rests += expect_same(s, random_machine(seed), "machine " + std::to_string(seed));
      rests += expect_same(s, random_registrations(seed), "drivers " + std::to_string(seed));
    }
    RecordProperty("rests", std::to_string(rests));
    EXPECT_GT(rests, machines_wanted(kRestMachines));
  });
}

TEST(Rest, TheSameValuesComeAgain) {
  with_bare_simulator([](Simulator& s) {
    std::size_t compared = 0;
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
      const MachineConfig c = random_machine(seed);
      const RunOptions common{.blueprint = std::make_shared<const Blueprint>(c)};
      const Rests rests = rests_of(s, c, common);
      for (auto kept = rests.kept.begin(); kept != rests.kept.end(); ++kept) {
        auto next = kept + 1;
        RunOptions options = common;
        options.from = &kept->run;
        options.at_rest = [&](RestingRun&& rest, EventStream&&) {
          ASSERT_NE(next, rests.kept.end());
          EXPECT_TRUE(rest == next->run) << seed << ", before operation " << rest.next;
          EXPECT_FALSE(rest == kept->run);
          ++next;
          ++compared;
        };
        s.run(c, options);
        EXPECT_EQ(next, rests.kept.end()) << seed;
      }
    }
    EXPECT_GT(compared, 1000u);
  });
}

TEST(Rest, WhatGoesOnFromACopyGivesTheSameOnShippedScenarios) {
  with_bare_simulator([](Simulator& s) {
    std::uint64_t rests = 0, operations = 0;
    for (const Scenario& scenario : small_scenarios(kMaxCpus)) {
      std::set<Design> designs(scenario.designs.begin(), scenario.designs.end());
      designs.insert(scenario.config.design);
      for (const Design design : designs) {
        MachineConfig c = scenario.config;
        c.design = design;
        rests += expect_same(s, c, scenario.file);
        operations += c.operations.size();
      }
    }
    RecordProperty("rests", std::to_string(rests));
    RecordProperty("operations", std::to_string(operations));
    EXPECT_GT(rests, 200u);
  });
}

TEST(Rest, WhatIsNotAtRestSaysWhy) {
  with_bare_simulator([](Simulator& s) {
    std::set<std::string> reasons;
    for (std::uint64_t seed = 0; seed < 300; ++seed)
      for (const auto& [why, places] : rests_of(s, random_machine(seed), {}).unrest)
        reasons.insert(why);
    EXPECT_THAT(reasons, testing::IsSupersetOf({"a task waits", "something is still to happen"}));
  });
}

}  // namespace
}  // namespace cpuhp
