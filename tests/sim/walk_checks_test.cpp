// Walks that are judged part by part, each time by a copy: the checks find the same as in the
// whole, in runs as they are and in streams that somebody damaged.
#include "model/checks/walk/walk_checks.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "model/checks/checks.hpp"
#include "model/checks/outline.hpp"
#include "model/judged_run.hpp"
#include "tests/finding_text.hpp"
#include "tests/sim/damaged_stream.hpp"
#include "tests/sim/many_runs.hpp"
#include "tests/sim/stream_parts.hpp"

namespace cpuhp {
namespace {

using namespace test;

struct JudgedInParts {
  std::size_t streams = 0, whole = 0, parts = 0, findings = 0;
};

void expect_walks_in_parts(const EventStream& stream, const Judged& judged,
                           const std::vector<std::size_t>& ends_of_parts, JudgedInParts& sum) {
  Judged before_the_end = judged;
  before_the_end.complete = !judged.complete;
  WalkChecks checks;
  std::size_t from = 0;
  for (const std::size_t to : ends_of_parts) {
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
  // A stretch counts where it begins, and parts cut it: check_all() sorts what is found.
  const auto sorted = [](std::vector<Finding> found) {
    std::ranges::stable_sort(found, {},
                             [](const Finding& f) { return std::pair(f.time, f.event); });
    return finding_text(found);
  };
  EXPECT_EQ(sorted(checks.findings()), sorted(check_walks(stream, judged)));
  sum.findings += checks.findings().size();
}

TEST(WalkChecks, FindInPartsWhatTheyFindInTheWhole) {
  JudgedInParts sound, damaged, between_dates;
  std::set<Design> designs;
  std::uint64_t seed = 0;
  for_each_run([&](const ManyRun& run) {
    const EventStream& stream = run.result.stream;
    if (stream.events.size() < 2) return;
    Judged judged = judged_by(run.config, run.result.ok());
    if (++seed % 2 == 0) remember(judged, stream.names.base());
    expect_walks_in_parts(stream, judged, ends_at_rest(stream), sound);
    designs.insert(run.config.design);
    for (int damages = 0; damages < 8; ++damages) {
      EventStream other = stream;
      Draws draws(++seed);
      for (int i = 0; i <= damages / 2; ++i) damage(draws, other);
      expect_walks_in_parts(other, judged, ends_at_rest(other), damaged);
      expect_walks_in_parts(other, judged, ends_between_dates(draws, other), between_dates);
      ASSERT_FALSE(testing::Test::HasFailure()) << "damaged by Draws(" << seed << ')';
    }
  });
  EXPECT_EQ(designs.size(), 4u);
  for (const JudgedInParts& sum : {sound, damaged, between_dates}) {
    EXPECT_GT(sum.parts, 2 * sum.streams);
    EXPECT_LT(sum.whole, sum.streams / 2);
  }
  EXPECT_GT(damaged.findings, damaged.streams);
}

/// A run in four parts, to be changed: boot, CPU 3 down, up to a multi-instance state, down again.
struct RestingMutant {
  MachineConfig config = small_machine({op_boot(), op_down(3), op_up(3, kMulti), op_down(3)});
  EventStream stream = run(config).stream;
  std::vector<std::size_t> ends = ends_at_rest(stream);

  Event& at(std::size_t i) { return stream.events[i]; }
  /// Returns the first event of CPU 3 of that kind from `from` on.
  std::size_t find(std::size_t from, EventKind kind, StateId step) const {
    for (std::size_t i = from; i < stream.events.size(); ++i) {
      const Event& e = stream.events[i];
      if (e.kind == kind && e.cpu == 3 && e.step == step) return i;
    }
    ADD_FAILURE() << "there is no such event";
    return 0;
  }
  /// Copies CPU 3's call of x_offline() to the place behind the event `i`, where `role` makes it.
  void call_x_offline(std::size_t i, CpuId on, Role role, std::int32_t ret) {
    Event enter = at(find(ends[0], EventKind::Enter, kX));
    Event exit = at(find(ends[0], EventKind::Exit, kX));
    for (Event* const e : {&enter, &exit}) {
      e->time = at(i).time;
      e->on = on;
      e->role = role;
    }
    exit.ret = ret;
    stream.events.insert(stream.events.begin() + static_cast<std::ptrdiff_t>(i) + 1, {enter, exit});
  }
};

struct RestingCase {
  const char* name;
  void (*change)(RestingMutant& m);
};

/// Each shows in a later part something that only an earlier one explains.
const RestingCase kRestingCases[]{
    {"times of the parts before", [](RestingMutant& m) { m.at(m.ends[0]).time -= 1_ns; }},
    {"an operation has begun",
     [](RestingMutant& m) {
       m.stream.events.erase(m.stream.events.begin() + static_cast<std::ptrdiff_t>(m.ends[1]));
     }},
    {"a failed call that the next one undoes",
     [](RestingMutant& m) {
       for (std::size_t i = m.ends[1]; i < m.ends[2]; ++i)
         if (m.at(i).kind == EventKind::Exit && m.at(i).step == kMulti) m.at(i).ret = -5;
       const std::size_t undo = m.find(m.ends[2], EventKind::MultiEnter, kMulti);
       m.at(undo).value = m.at(m.find(undo, EventKind::Exit, kMulti)).value = kMulti;
     }},
    {"a CPU that the control CPU tears down",
     [](RestingMutant& m) {
       m.call_x_offline(m.ends[0], 0, Role::Control, 0);
       m.call_x_offline(m.find(0, EventKind::Exit, kX), 3, Role::CpuhpThread, -5);
     }},
};

TEST(WalkChecks, RememberTheirPartsAtRest) {
  for (const RestingCase& c : kRestingCases) {
    SCOPED_TRACE(c.name);
    RestingMutant m;
    ASSERT_EQ(m.ends.size(), 4u);
    c.change(m);
    JudgedInParts sum;
    expect_walks_in_parts(m.stream, judged_by(m.config, true), ends_at_rest(m.stream), sum);
    EXPECT_GT(sum.parts, 2u);
    EXPECT_EQ(sum.whole, 0u);
  }
}

/// What only the whole can be judged by is told, and nothing else.
TEST(WalkChecks, SayWhenTheyNeedTheWhole) {
  const MachineConfig config = small_machine({op_boot(), op_down(1)});
  const Judged judged = judged_by(config, true);
  const EventStream sound = run(config).stream;
  const auto needs_whole = [&](const EventStream& stream, bool ends) {
    WalkChecks checks;
    checks.take(outline_of(stream, judged), stream, judged, ends);
    return checks.needs_whole();
  };
  EXPECT_FALSE(needs_whole(sound, false));
  EventStream removal = sound;
  Event event = sound.events.front();
  event.kind = EventKind::Unregister;
  event.step = kX;
  removal.events.insert(removal.events.begin() + 1, event);
  EXPECT_TRUE(needs_whole(removal, false));
  EXPECT_FALSE(needs_whole(removal, true));
}

}  // namespace
}  // namespace cpuhp
