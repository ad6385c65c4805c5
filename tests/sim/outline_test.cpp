// Stretches of plain callbacks as a whole, or their events one by one: the checks find the same, in
// runs as they are and in streams that somebody damaged.
#include "model/checks/outline.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "model/checks/checks.hpp"
#include "model/judged_run.hpp"
#include "tests/finding_text.hpp"
#include "tests/sim/damaged_stream.hpp"
#include "tests/sim/many_runs.hpp"

namespace cpuhp {
namespace {

using namespace test;

/// What the outline spares the checks.
struct Spared {
  std::size_t events = 0, items = 0;
};

Spared expect_same_findings(const EventStream& stream, const Judged& judged) {
  const Outline outline = outline_of(stream, judged);
  EXPECT_EQ(finding_text(check_all(outline, stream, judged)),
            finding_text(check_all(outline_by_events(stream), stream, judged)));
  return {stream.events.size(), outline.items().size()};
}

TEST(Outline, FindsWhatItsEventsDo) {
  Spared whole;
  std::uint64_t seed = 0;
  for_each_run([&](const ManyRun& run) {
    if (run.result.stream.events.size() < 2) return;
    const Judged judged = judged_by(run.config, run.result.ok());
    const Spared spared = expect_same_findings(run.result.stream, judged);
    whole.events += spared.events;
    whole.items += spared.items;
    for (int damages = 0; damages < 8; ++damages) {
      EventStream stream = run.result.stream;
      Draws draws(++seed);
      for (int i = 0; i <= damages / 4; ++i) damage(draws, stream);
      expect_same_findings(stream, judged);
      ASSERT_FALSE(testing::Test::HasFailure()) << "damaged by Draws(" << seed << ')';
    }
  });
  EXPECT_GT(whole.events - whole.items, 10'000u);
}

/// The exit of a callback that nobody entered looks like a call by a setup, which has to call each
/// CPU that is past the state. So it matters where the other CPUs are, in the middle of their
/// stretches.
TEST(Outline, KnowsWhereCpusAreWhenAStateSeemsToBeSetUp) {
  Scenario scenario = load_scenario(CPUHP_SOURCE_DIR "/scenarios/boot-8-cpus.json");
  scenario.config.design = Design::Async;
  const RunResult run = test::run(scenario.config);
  const Judged judged = judged_by(scenario.config, run.ok());
  std::size_t not_called = 0;
  for (std::size_t i = 0; i < run.stream.events.size(); ++i) {
    const Event& enter = run.stream.events[i];
    if (enter.kind != EventKind::Enter || enter.role != Role::CpuhpThread) continue;
    EventStream stream = run.stream;
    const auto place = stream.events.begin() + static_cast<std::ptrdiff_t>(i);
    const auto exit = std::find_if(place, stream.events.end(), [&](const Event& e) {
      return e.kind == EventKind::Exit && e.on == enter.on;
    });
    ASSERT_NE(exit, stream.events.end());
    ++exit->value;
    stream.events.erase(place);
    expect_same_findings(stream, judged);
    ASSERT_FALSE(testing::Test::HasFailure()) << "without event " << i;
    const std::string found = finding_text(check_all(stream, judged));
    if (found.find("was not called") != std::string::npos) ++not_called;
  }
  EXPECT_GT(not_called, 100u);
}

/// Many CPUs at once: their callbacks stand between one another's.
TEST(Outline, TakesCallbacksOfManyCpusApart) {
  Scenario scenario = load_scenario(CPUHP_SOURCE_DIR "/scenarios/boot-8-cpus.json");
  scenario.config.design = Design::Async;
  with_bare_simulator([&](Simulator& s) {
    const RunResult run = s.run(scenario.config);
    const Judged judged = judged_by(scenario.config, run.ok());
    const Outline outline = outline_of(run.stream, judged);
    std::size_t mixed = 0;
    for (const Outline::Item item : outline.items()) {
      if (!item.is_stretch()) continue;
      const Stretch& stretch = outline.stretch(item);
      std::vector<std::uint32_t> events;
      outline.each_event(stretch, [&](std::uint32_t i) { events.push_back(i); });
      ASSERT_EQ(events.size(), std::size_t{2} * stretch.callbacks);
      EXPECT_EQ(events.front(), stretch.first);
      EXPECT_EQ(events.back(), stretch.last);
      for (const std::uint32_t i : events) EXPECT_EQ(run.stream.events[i].on, stretch.on);
      mixed += stretch.last - stretch.first + 1 > events.size() ? 1 : 0;
    }
    EXPECT_GT(mixed, 0u);
  });
}

TEST(Outline, EndsAStretchWhereAnErrorIs) {
  MachineConfig config = small_machine({op_boot()});
  EventStream stream = run(config).stream;
  const Judged judged = judged_by(config, true);
  const auto has_stretch_at = [&](StateId state) {
    const Outline outline = outline_of(stream, judged);
    return std::any_of(outline.items().begin(), outline.items().end(), [&](Outline::Item item) {
      return item.is_stretch() && outline.stretch(item).from == state;
    });
  };
  ASSERT_TRUE(has_stretch_at(kStartingTwo));  // one:starting stands before it, for itself
  for (Event& e : stream.events)
    if (e.kind == EventKind::Exit && e.step == kStartingTwo) e.ret = -5;
  EXPECT_FALSE(has_stretch_at(kStartingTwo));
}

TEST(Outline, HasNoStretchesWhereStatesComeAndGo) {
  with_bare_simulator([&](Simulator& s) {
    const MachineConfig config = random_registrations(3);
    const RunResult run = s.run(config);
    const Outline outline = outline_of(run.stream, judged_by(config, run.ok()));
    EXPECT_EQ(outline.items().size(), run.stream.events.size());
    EXPECT_TRUE(std::all_of(outline.items().begin(), outline.items().end(),
                            [](Outline::Item item) { return item.is_event(); }));
  });
}

}  // namespace
}  // namespace cpuhp
