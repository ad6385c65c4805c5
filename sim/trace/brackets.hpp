// The events that open something with a duration, and the events that close it. This is the only
// list of these pairs: Chrome traces, the report's lanes and the critical chain use it.
#pragma once

#include <optional>

#include "model/events.hpp"

namespace cpuhp {

/// Returns the kind of event that `end` closes; none: it closes nothing.
constexpr std::optional<EventKind> opener_of(EventKind end) {
  switch (end) {
    case EventKind::Exit:
      return EventKind::Enter;
    case EventKind::PhaseEnd:
      return EventKind::PhaseBegin;
    case EventKind::WaitEnd:
      return EventKind::WaitBegin;
    case EventKind::OpEnd:
      return EventKind::OpBegin;
    case EventKind::StopEnd:
      return EventKind::StopBegin;
    default:
      return std::nullopt;
  }
}

/// Returns the kind that opener_of() returns for an opening event: Enter for a MultiEnter.
constexpr EventKind as_opener(EventKind kind) {
  return kind == EventKind::MultiEnter ? EventKind::Enter : kind;
}

/// True for an event that opens something.
constexpr bool begins(EventKind kind) {
  switch (as_opener(kind)) {
    case EventKind::Enter:
    case EventKind::PhaseBegin:
    case EventKind::WaitBegin:
    case EventKind::OpBegin:
    case EventKind::StopBegin:
      return true;
    default:
      return false;
  }
}

}  // namespace cpuhp
