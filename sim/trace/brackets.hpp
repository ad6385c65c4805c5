// Which events open something that lasts, and which close it: the one place that says so. A Chrome
// trace, the report's lanes and the critical chain are made of these pairs.
//
//   opener_of(EventKind::WaitEnd);   // EventKind::WaitBegin
//   opener_of(EventKind::Kick);      // nullopt: it closes nothing
//   begins(EventKind::MultiEnter);   // true: an Exit closes it, as it does an Enter
#pragma once

#include <optional>

#include "model/events.hpp"

namespace cpuhp {

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

/// The kind that opener_of() knows it by.
constexpr EventKind as_opener(EventKind kind) {
  return kind == EventKind::MultiEnter ? EventKind::Enter : kind;
}

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
