// The JSON Schema (draft 2020-12) of a shape, for completion and checks in editors. Internal.
#pragma once

#include <string>

#include "sim/scenario/shape.hpp"

namespace cpuhp {

/// Returns the whole document, indented, with a newline at its end.
std::string json_schema(const Shape& root, const std::string& title);

}  // namespace cpuhp
