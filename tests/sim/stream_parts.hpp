// Where the parts of a run may end that checks take one by one.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "model/events.hpp"
#include "tests/sim/random_machine.hpp"

namespace cpuhp::test {

/// Returns the ends of the parts that end at rest: after an operation, when no other one is under
/// way and no other CPU has an event at the same time.
inline std::vector<std::size_t> ends_at_rest(const EventStream& stream) {
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

/// Returns the ends of parts of some 1 to 50 events. Each ends between two dates.
inline std::vector<std::size_t> ends_between_dates(Draws& draws, const EventStream& stream) {
  const std::vector<Event>& events = stream.events;
  std::vector<Ns> first_of_rest(events.size() + 1, kNever);
  for (std::size_t i = events.size(); i-- > 0;)
    first_of_rest[i] = std::min(first_of_rest[i + 1], events[i].time);
  std::vector<std::size_t> ends;
  const std::uint32_t most = 1 + draws.below(50);
  Ns latest{-1};
  std::size_t wanted = 1;
  for (std::size_t i = 0; i + 1 < events.size(); ++i) {
    latest = std::max(latest, events[i].time);
    if (i + 1 < wanted || latest >= first_of_rest[i + 1]) continue;
    ends.push_back(i + 1);
    wanted = i + 2 + draws.below(most);
  }
  ends.push_back(events.size());
  return ends;
}

}  // namespace cpuhp::test
