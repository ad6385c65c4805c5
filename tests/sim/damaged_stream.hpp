// Damage to streams of events, for tests of the checks.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "model/events.hpp"
#include "tests/sim/random_machine.hpp"

namespace cpuhp::test {

inline std::size_t some_event(Draws& draws, const EventStream& stream) {
  return draws.below(static_cast<std::uint32_t>(stream.events.size()));
}

/// Any event, mostly a callback's.
inline std::size_t some_callback(Draws& draws, const EventStream& stream) {
  std::size_t i = some_event(draws, stream);
  for (int tries = 0; tries < 30 && !is_callback(stream.events[i].kind); ++tries)
    i = some_event(draws, stream);
  return i;
}

inline void change_callback(Draws& draws, const EventStream& stream, Event& e) {
  switch (draws.below(6)) {
    case 0:
      e.ret = -5;
      return;
    case 1:
      e.value = static_cast<std::int16_t>(e.value + (draws.once_in(2) ? 1 : -1));
      return;
    case 2:
      e.step = static_cast<StateId>(e.step + (draws.once_in(2) ? 1 : -1));
      return;
    case 3:
      e.role = static_cast<Role>(draws.below(kRoles));
      return;
    case 4:
      e.name = stream.events[some_event(draws, stream)].name;
      return;
    default:
      e.on = draws.below(stream.nr_cpus);
  }
}

/// Damages the stream in one place.
inline void damage(Draws& draws, EventStream& stream) {
  std::vector<Event>& events = stream.events;
  const std::size_t i = some_callback(draws, stream);
  const auto place = events.begin() + static_cast<std::ptrdiff_t>(i);
  switch (draws.below(5)) {
    case 0:
      events.erase(place);
      return;
    case 1:
      events.insert(place, Event{*place});
      return;
    case 2:  // with its neighbour's place, each at the other's date
      if (i + 1 == events.size()) return;
      std::swap(place[0], place[1]);
      std::swap(place[0].time, place[1].time);
      return;
    case 3: {  // somewhere else
      Event e = *place;
      events.erase(place);
      const std::size_t there = some_event(draws, stream);
      e.time = events[there].time;
      events.insert(events.begin() + static_cast<std::ptrdiff_t>(there), e);
      return;
    }
    default:
      if (is_callback(place->kind)) change_callback(draws, stream, *place);
  }
}

}  // namespace cpuhp::test
