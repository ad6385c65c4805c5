// Walks that are judged part by part, each time by a copy: the checks find the same as in the whole,
// in runs as they are and in streams that somebody damaged.
#include "model/checks/walk_checks.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "model/checks/checks.hpp"
#include "model/checks/outline.hpp"
#include "model/judged_run.hpp"
#include "tests/sim/damaged_stream.hpp"
#include "tests/sim/many_runs.hpp"

namespace cpuhp {
namespace {

using namespace test;

std::string lines_of(const std::vector<Finding>& findings) {
  std::string text;
  for (const Finding& f : findings)
    text += f.invariant + " of CPU " + std::to_string(f.cpu) + " at " + std::to_string(f.time.v) +
            ", event " + std::to_string(f.event) + ", " + f.place + ": " + f.text + '\n';
  return text;
}

/// Returns where parts may end: after an operation, when no other one is under way and no other CPU
/// has an event at the same time.
std::vector<std::size_t> ends_of_parts(const EventStream& stream) {
  const std::vector<Event>& events = stream.events;
  std::vector<std::size_t> ends;
  std::size_t running = 0;
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (events[i].kind == EventKind::OpBegin) ++running;
    if (events[i].kind != EventKind::OpEnd || running == 0 || --running > 0) continue;
    std::size_t end = i + 1;
    while (end < events.size() && events[end].kind == EventKind::Rest) ++end;
    const bool tied = std::any_of(events.begin(), events.end(), [&](const Event& e) {
      return (e.time == events[i].time || e.time == events[end - 1].time) && e.on != events[i].on;
    });
    if (!tied && end < events.size()) ends.push_back(end);
  }
  ends.push_back(events.size());
  return ends;
}

struct JudgedInParts {
  std::size_t streams = 0, whole = 0, parts = 0, findings = 0;
};

void expect_walks_in_parts(const EventStream& stream, const Judged& judged, JudgedInParts& sum) {
  Judged before_the_end = judged;
  before_the_end.complete = !judged.complete;
  WalkChecks checks;
  std::size_t from = 0;
  for (const std::size_t to : ends_of_parts(stream)) {
    EventStream part{.names = stream.names, .nr_cpus = stream.nr_cpus, .first = from};
    const auto begin = stream.events.begin();
    part.events.assign(begin + static_cast<std::ptrdiff_t>(from),
                       begin + static_cast<std::ptrdiff_t>(to));
    const bool ends = to == stream.events.size();
    const Judged now = ends ? judged : before_the_end;
    WalkChecks copy = checks;
    checks = {};
    copy.take(outline_of(part, now), part, now, ends);
    checks = copy;
    copy.take(outline_of(part, now), part, now, true);  // of no concern to the one that goes on
    from = to;
    ++sum.parts;
  }
  ++sum.streams;
  if (checks.needs_whole()) {
    ++sum.whole;
    return;
  }
  EXPECT_EQ(lines_of(checks.findings()), lines_of(check_walks(stream, judged)));
  sum.findings += checks.findings().size();
}

TEST(WalkChecks, FindInPartsWhatTheyFindInTheWhole) {
  JudgedInParts sound, damaged;
  std::set<Design> designs;
  std::uint64_t seed = 0;
  for_each_run([&](const ManyRun& run) {
    const EventStream& stream = run.result.stream;
    if (stream.events.size() < 2) return;
    Judged judged = judged_by(run.config, run.result.ok());
    if (++seed % 2 == 0) remember(judged, stream.names.base());
    expect_walks_in_parts(stream, judged, sound);
    designs.insert(run.config.design);
    for (int damages = 0; damages < 8; ++damages) {
      EventStream other = stream;
      Draws draws(++seed);
      for (int i = 0; i <= damages / 2; ++i) damage(draws, other);
      expect_walks_in_parts(other, judged, damaged);
      ASSERT_FALSE(testing::Test::HasFailure()) << "damaged by Draws(" << seed << ')';
    }
  });
  EXPECT_EQ(designs.size(), 4u);
  for (const JudgedInParts& sum : {sound, damaged}) {
    EXPECT_GT(sum.parts, 2 * sum.streams);
    EXPECT_LT(sum.whole, sum.streams / 2);
    std::printf("streams %zu whole %zu parts %zu findings %zu\n", sum.streams, sum.whole, sum.parts,
                sum.findings);
  }
  EXPECT_GT(damaged.findings, damaged.streams);
}

}  // namespace
}  // namespace cpuhp
