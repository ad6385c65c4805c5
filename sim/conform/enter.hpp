// Where a callback begins in a recorded trace, of one instance or of none.
#pragma once

#include "model/events.hpp"

namespace cpuhp {

inline bool is_enter(const Event& e) {
  return e.kind == EventKind::Enter || e.kind == EventKind::MultiEnter;
}

}  // namespace cpuhp
