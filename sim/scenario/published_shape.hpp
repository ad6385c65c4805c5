// The JSON shape (shape.hpp) of a file of published figures. Internal to the loaders.
#pragma once

#include "sim/scenario/shape.hpp"

namespace cpuhp {

ShapePtr published_shape();

}  // namespace cpuhp
