// Passes each event to the function for its kind. A class defines a function `see` for each kind of
// event that it wants, and overload resolution picks the right one.
//
//   struct Parks {
//     int count = 0;
//     void see(On<EventKind::Park, EventKind::Unpark>, const Event&) { ++count; }
//   };
//   std::vector<Event> events;
//   Parks parks;
//   show_all(events, parks);   // calls Parks::see() for these two kinds only
//
// The functions must be public, and no two functions of a class may accept the same kind: the
// compiler would silently call neither.
//
// Internal to model/checks/.
#pragma once

#include <array>
#include <cstddef>
#include <utility>
#include <vector>

#include "model/events.hpp"

namespace cpuhp {

/// The kind of an event, known at compile time.
template <EventKind kind>
struct Kind {};

/// A parameter type that accepts any of the kinds `kinds`.
template <EventKind... kinds>
struct On {
  template <EventKind kind>
  requires((kind == kinds) || ...) constexpr On(Kind<kind>) {}
};
using OnEnter = On<EventKind::Enter, EventKind::MultiEnter>;
using OnExit = On<EventKind::Exit>;
using OnMask = On<EventKind::MaskSet, EventKind::MaskClear>;
using OnLock = On<EventKind::Acquire, EventKind::Unlock>;
using OnThread = On<EventKind::Park, EventKind::Unpark>;
using OnRegister = On<EventKind::Register, EventKind::Unregister>;

/// True for a class that has a function for events of that kind.
template <typename Seer, EventKind kind>
concept Sees = requires(Seer& seer, const Event& e) {
  seer.see(Kind<kind>{}, e);
};

template <typename Seer, std::size_t... kinds>
constexpr std::array<bool, kEventKinds> seen_kinds(std::index_sequence<kinds...>) {
  return {Sees<Seer, static_cast<EventKind>(kinds)>...};
}

template <typename Seer>
constexpr bool sees(EventKind kind) {
  constexpr auto kSeenKinds = seen_kinds<Seer>(std::make_index_sequence<kEventKinds>());
  return kSeenKinds[static_cast<std::size_t>(kind)];
}

template <EventKind kind, typename Seer>
void show(Seer& seer, const Event& e) {
  if constexpr (Sees<Seer, kind>) seer.see(Kind<kind>{}, e);
}

/// Passes one event to `see_any`, and then to `see`.
template <typename Seer>
void show(Seer& seer, const Event& e) {
  using Show = void (*)(Seer&, const Event&);
  static constexpr auto kShow = []<std::size_t... kinds>(std::index_sequence<kinds...>) {
    return std::array<Show, kEventKinds>{&show<static_cast<EventKind>(kinds), Seer>...};
  }
  (std::make_index_sequence<kEventKinds>());
  if constexpr (requires { seer.see_any(e); }) seer.see_any(e);
  kShow[static_cast<std::size_t>(e.kind)](seer, e);
}

template <typename Seer>
void show_all(const std::vector<Event>& events, Seer& seer) {
  for (const Event& e : events) show(seer, e);
}

}  // namespace cpuhp
