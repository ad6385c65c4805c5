// A run whose events are checked and forgotten as they become final (docs/internals.md "Forgotten
// events"): it is the run that keeps them, and something is found in it where it is in the whole
// stream.
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "model/checks/checks.hpp"
#include "model/judged_run.hpp"
#include "sim/analysis/cpu_stages.hpp"
#include "sim/run/run.hpp"
#include "tests/finding_text.hpp"
#include "tests/sim/compared_runs.hpp"
#include "tests/sim/many_runs.hpp"
#include "tests/sim/random_machine.hpp"

namespace cpuhp {
namespace {

using namespace test;

struct Forgotten {
  std::uint64_t runs = 0, parts = 0, clean = 0, in_vain = 0;
};

void expect_same(Simulator& s, const MachineConfig& config, std::uint64_t seed, Forgotten& sum) {
  Draws draws(seed);
  RunOptions options{.exact = draws.once_in(4)};
  const RunResult whole = s.run(config, options);
  const bool clean = check_all(whole.stream, judged_by(config, whole.ok())).empty();
  constexpr std::size_t kSizes[] = {1, 1'000, 4'000, 20'000};
  options.part_size = draws.one_of(kSizes);
  RunChecks checks;
  StagesOfRun stages;
  std::vector<Event> events;
  bool in_parts = false;
  options.take_part = [&](EventStream&& part) {
    in_parts = true;
    ++sum.parts;
    EXPECT_EQ(part.first, events.size());
    events.insert(events.end(), part.events.begin(), part.events.end());
    stages.take(part);
    checks.take(std::make_shared<const EventStream>(std::move(part)), judged_by(config, true));
    checks.forget();
  };
  RunResult r = s.run(config, options);
  ++sum.runs;
  if (!in_parts) return;
  stages.take(r.stream);
  const bool found_clean =
      checks.clean({std::shared_ptr<void>(), &r.stream}, judged_by(config, r.ok()));
  // a registration makes the checks ask for the whole
  if (clean && !found_clean) ++sum.in_vain;
  if (clean) ++sum.clean;
  EXPECT_TRUE(clean || !found_clean);
  r.stream.events.insert(r.stream.events.begin(), events.begin(), events.end());
  if (outcome(r) != outcome(whole) || r.stream.events != whole.stream.events)
    ADD_FAILURE() << first_difference("whole", whole, "in parts", r);
  EXPECT_EQ(stages.finish(r.end).of, cpu_stages(whole.stream, whole.end).of);
}

TEST(ForgottenEvents, AreThoseOfTheWholeRunOnRandomMachines) {
  with_bare_simulator([](Simulator& s) {
    Forgotten machines, drivers, planted;
    for (std::uint64_t seed = 0; seed < machines_wanted(2'000); ++seed) {
      SCOPED_TRACE("machine " + std::to_string(seed));
      expect_same(s, random_machine(seed), seed, machines);
      expect_same(s, random_registrations(seed), seed, drivers);
      MachineConfig defective = random_machine(seed);
      defective.defects.set(seed % kDefects);
      expect_same(s, defective, seed, planted);
      if (testing::Test::HasFailure()) return;
    }
    EXPECT_GT(machines.parts, 4 * machines.runs);
    EXPECT_GT(machines.clean, machines.runs / 5);
    EXPECT_LT(machines.in_vain, machines.clean / 20);
    EXPECT_GT(drivers.parts, drivers.runs);
    EXPECT_LT(planted.clean, machines.clean);
  });
}

TEST(ForgottenEvents, AreThoseOfTheWholeRunOnScenarios) {
  with_bare_simulator([](Simulator& s) {
    Forgotten sum;
    for (const Scenario& scenario : small_scenarios(64))
      for (const Design design :
           {Design::Notifier, Design::Symmetric, Design::Parallel, Design::Async}) {
        SCOPED_TRACE(scenario.file + " under " + std::string(to_string(design)));
        MachineConfig config = scenario.config;
        config.design = design;
        expect_same(s, config, sum.runs, sum);
      }
    EXPECT_GT(sum.parts, 10 * sum.runs);
    EXPECT_GT(sum.clean, 20u);
    EXPECT_LT(sum.clean, sum.runs);
  });
}

}  // namespace
}  // namespace cpuhp
