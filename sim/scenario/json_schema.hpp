// JSON Schema (draft 2020-12) of a shape: what editors complete and check by. Internal.
//
//   json_schema(*scenario_shape(), "A scenario of cpuhp-sim");   // {"$schema": ..., "title": ...}
#pragma once

#include <string>

#include "sim/scenario/shape.hpp"

namespace cpuhp {

/// The whole document, indented, ending in a newline.
std::string json_schema(const Shape& root, const std::string& title);

}  // namespace cpuhp
