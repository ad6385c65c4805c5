// The JSON shape (shape.hpp) of a scenario. Internal to the loaders.
#pragma once

#include "sim/scenario/shape.hpp"

namespace cpuhp {

/// A scenario has at most this number of operations, of faults, and of findings.
inline constexpr std::int64_t kOperationsMax = 65'536;

ShapePtr scenario_shape();

}  // namespace cpuhp
