// Writes the JSON Schema (draft 2020-12) of a shape (shape.hpp), for completion and checks in
// editors. Internal to the loaders.
#pragma once

#include <string>

#include "sim/scenario/shape.hpp"

namespace cpuhp {

/// Returns the schema as a document, indented, with a newline at its end.
std::string json_schema(const Shape& root, const std::string& title);

}  // namespace cpuhp
