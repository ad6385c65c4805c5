// The exception of the library.
#pragma once

#include <stdexcept>

#include "cpuhp/visible.hpp"

namespace cpuhp::api {

/// Something that the caller gave is wrong: a scenario, an option, a state that does not fit. what()
/// is the sentence that cpuhp-sim prints: file, line, column, JSON pointer, and a suggestion where
/// there is one.
struct CPUHP_VISIBLE Error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace cpuhp::api
