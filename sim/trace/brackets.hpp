// Pairs of events that enclose a duration, such as Enter and Exit. This is the only list of these
// pairs: Chrome traces, the report's pictures and the critical chain use it.
#pragma once

#include <optional>

#include "model/events.hpp"

namespace cpuhp {

/// Returns the kind of event that begins what `end` ends; no value when `end` ends nothing.
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

/// Returns Enter for a MultiEnter, as opener_of() does, and any other kind unchanged.
constexpr EventKind as_opener(EventKind kind) {
  return kind == EventKind::MultiEnter ? EventKind::Enter : kind;
}

/// True for an event that begins something with a duration.
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
