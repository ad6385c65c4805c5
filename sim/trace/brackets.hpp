// Pairs of events that enclose a duration, such as Enter and Exit. This is the only list of these
// pairs: Chrome traces, the report's pictures and the critical chain use it.
#pragma once

#include <optional>

#include "model/events.hpp"

namespace cpuhp {

/// Returns the kind of event that opens the pair which `end` closes, such as Enter for Exit.
/// Returns no value when `end` closes no pair.
constexpr std::optional<EventKind> opener_of(EventKind end) {
  const EventKind opener = info(end).closes;
  return opener == end ? std::nullopt : std::optional(opener);
}

/// Returns Enter for a MultiEnter, because the same kind of event (Exit) closes both. Returns any
/// other kind unchanged.
constexpr EventKind as_opener(EventKind kind) {
  return kind == EventKind::MultiEnter ? EventKind::Enter : kind;
}

/// True for the enter of a callback, with or without an instance.
constexpr bool is_enter(const Event& e) { return as_opener(e.kind) == EventKind::Enter; }

/// True for an event that opens a pair.
constexpr bool begins(EventKind kind) {
  for (const EventKindInfo& each : kEventKindInfos)
    if (opener_of(each.value) == as_opener(kind)) return true;
  return false;
}

}  // namespace cpuhp
