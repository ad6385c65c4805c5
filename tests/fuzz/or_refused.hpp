#pragma once

#include "sim/error.hpp"

namespace cpuhp::fuzz {

/// Calls `read`, which may refuse its input. Any other exception is a bug.
template <typename F>
void or_refused(F read) {
  try {
    read();
  } catch (const BadInput&) {
  }
}

}  // namespace cpuhp::fuzz
