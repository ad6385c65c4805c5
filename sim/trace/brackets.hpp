// The events that open something that lasts, and those that close it; no other place says so. A
// Chrome trace, the report's lanes and the critical chain are made of these pairs.
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

/// Returns the kind by which opener_of() knows an opening event.
constexpr EventKind as_opener(EventKind kind) {
  return kind == EventKind::MultiEnter ? EventKind::Enter : kind;
}

/// True for an event that opens something; an Exit closes a MultiEnter as it does an Enter.
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
