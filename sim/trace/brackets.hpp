// The events that open something with a duration, and the events that close it, as the rows of
// model/event_kinds.hpp pair them: for Chrome traces, the report's lanes and the critical chain.
#pragma once

#include <optional>

#include "model/events.hpp"

namespace cpuhp {

/// Returns the kind of event that `end` closes; none: it closes nothing.
constexpr std::optional<EventKind> opener_of(EventKind end) {
  const EventKind opener = info(end).closes;
  return opener == end ? std::nullopt : std::optional(opener);
}

/// Returns the kind that opener_of() returns for an opening event: Enter for a MultiEnter.
constexpr EventKind as_opener(EventKind kind) {
  return kind == EventKind::MultiEnter ? EventKind::Enter : kind;
}

/// True for an event that opens something.
constexpr bool begins(EventKind kind) {
  for (const EventKindInfo& each : kEventKindInfos)
    if (opener_of(each.value) == as_opener(kind)) return true;
  return false;
}

}  // namespace cpuhp
