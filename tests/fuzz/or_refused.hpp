#pragma once

#include "sim/error.hpp"

namespace cpuhp::fuzz {

/// Input may be refused. Any other exception is a bug.
template <typename F>
void or_refused(F read) {
  try {
    read();
  } catch (const BadInput&) {
  }
}

}  // namespace cpuhp::fuzz
