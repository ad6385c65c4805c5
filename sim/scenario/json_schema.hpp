// Makes the JSON Schema (draft 2020-12) of a shape (shape.hpp), with which editors complete and
// check files. Internal to the loaders.
#pragma once

#include <string>

#include "sim/scenario/shape.hpp"

namespace cpuhp {

/// Returns the schema as an indented document that ends with a newline.
std::string json_schema(const Shape& root, const std::string& title);

}  // namespace cpuhp
