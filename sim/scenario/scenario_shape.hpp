// The shape of a scenario. Internal to the readers of files.
#pragma once

#include "sim/scenario/shape.hpp"

namespace cpuhp {

ShapePtr scenario_shape();

}  // namespace cpuhp
