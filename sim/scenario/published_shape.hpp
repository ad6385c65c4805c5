// The shape of a file of published figures. Internal to the readers of files.
#pragma once

#include "sim/scenario/shape.hpp"

namespace cpuhp {

ShapePtr published_shape();

}  // namespace cpuhp
