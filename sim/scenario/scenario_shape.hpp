// The JSON shape (shape.hpp) of a scenario. Internal to the loaders.
#pragma once

#include "sim/scenario/shape.hpp"

namespace cpuhp {

ShapePtr scenario_shape();

}  // namespace cpuhp
