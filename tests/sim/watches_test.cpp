// A run that is watched part by part, each time by a copy: the checks find the same as in the
// whole.
#include "model/checks/watch/watches.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "model/checks/checks.hpp"
#include "model/judged_run.hpp"
#include "tests/finding_text.hpp"
#include "tests/sim/damaged_stream.hpp"
#include "tests/sim/many_runs.hpp"
#include "tests/sim/stream_parts.hpp"

namespace cpuhp {
namespace {

using namespace test;

/// Renumbers the names in the order of their first use, so that they become known one by one.
EventStream with_late_names(EventStream stream) {
  Names names;
  for (Event& e : stream.events) e.name = names.intern(stream.names[e.name]);
  stream.names = std::move(names);
  return stream;
}

/// Returns the names that the events use, and those with smaller numbers.
Names names_used(const EventStream& whole, std::size_t events) {
  NameId last = 0;
  for (std::size_t i = 0; i < events; ++i) last = std::max(last, whole.events[i].name);
  Names names(whole.names.base());
  if (whole.names.base() == nullptr) names = Names();
  for (NameId id = static_cast<NameId>(names.size()); id <= last; ++id)
    names.intern(whole.names[id]);
  return names;
}

std::shared_ptr<const EventStream> part_of(const EventStream& whole, std::size_t from,
                                           std::size_t to) {
  EventStream part;
  const auto begin = whole.events.begin();
  part.events.assign(begin + static_cast<std::ptrdiff_t>(from),
                     begin + static_cast<std::ptrdiff_t>(to));
  part.names = names_used(whole, to);
  part.nr_cpus = whole.nr_cpus;
  part.first = from;
  return std::make_shared<const EventStream>(std::move(part));
}

struct Watched {
  std::size_t parts = 0, findings = 0;
};

void expect_same_findings_in_parts(const EventStream& whole, const Judged& judged,
                                   const std::vector<std::size_t>& ends, Watched& sum) {
  Judged unknown_end = judged;
  unknown_end.complete = !judged.complete;
  RunWatch watch;
  std::size_t from = 0;
  for (const std::size_t to : ends) {
    RunWatch copy = watch;
    watch = RunWatch();
    const auto part = part_of(whole, from, to);
    copy.take(part, outline_of(*part, unknown_end), unknown_end);
    watch = copy;
    copy.finish(judged);  // of no concern to the one that goes on
    from = to;
    ++sum.parts;
  }
  const std::vector<Finding> found = watch.finish(judged);
  EXPECT_EQ(finding_text(found), finding_text(check_run(outline_of(whole, judged), whole, judged)));
  sum.findings += found.size();
}

TEST(RunWatch, FindsInPartsWhatItFindsInTheWhole) {
  Watched sum;
  std::size_t runs = 0, streams = 0;
  std::set<Design> designs;
  std::uint64_t seed = 0;
  for_each_run([&](const ManyRun& run) {
    const EventStream& sound = run.result.stream;
    if (sound.events.size() < 2) return;
    Judged judged = judged_by(run.config, run.result.ok());
    designs.insert(run.config.design);
    if (++runs % 2 == 0) remember(judged, sound.names.base());
    for (int damages = 0; damages < 6; ++damages) {
      EventStream stream = sound;
      Draws draws(++seed);
      for (int i = 0; i < damages; ++i) damage(draws, stream);
      if (damages % 2 == 1 && judged.names == nullptr) stream = with_late_names(std::move(stream));
      expect_same_findings_in_parts(stream, judged, ends_at_rest(stream), sum);
      expect_same_findings_in_parts(stream, judged, ends_between_dates(draws, stream), sum);
      ++streams;
      ASSERT_FALSE(testing::Test::HasFailure()) << "damaged by Draws(" << seed << ')';
    }
  });
  EXPECT_EQ(designs.size(), 4u);
  EXPECT_GT(sum.parts, 2 * streams);
  EXPECT_GT(sum.findings, streams);
}

/// The callbacks of a removed state look plain in a part that does not show the removal.
TEST(RunWatch, RemembersThatAStateWasRemoved) {
  const MachineConfig config = small_machine({op_boot(), op_down(1), op_up(1)});
  EventStream stream = run(config).stream;
  Event removal = stream.events.front();
  removal.kind = EventKind::Unregister;
  removal.step = kStartingTwo;
  removal.ret = 0;
  stream.events.insert(stream.events.begin() + 1, removal);
  Watched sum;
  expect_same_findings_in_parts(stream, judged_by(config, true), ends_at_rest(stream), sum);
  EXPECT_EQ(sum.parts, 3u);
  EXPECT_GT(sum.findings, 3u);
}

}  // namespace
}  // namespace cpuhp
