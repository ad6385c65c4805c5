// Recognises the enter of a callback in a recorded trace, with or without an instance.
#pragma once

#include "model/events.hpp"

namespace cpuhp {

inline bool is_enter(const Event& e) {
  return e.kind == EventKind::Enter || e.kind == EventKind::MultiEnter;
}

}  // namespace cpuhp
