// Writes the reference page of a file format in Markdown from the format's shape (shape.hpp).
// Internal to the loaders.
#pragma once

#include <string>

#include "sim/scenario/shape.hpp"

namespace cpuhp {

/// Writes the title, the introduction, and a table of fields for every object in order of first
/// use.
std::string reference_page(const Shape& root, const std::string& title,
                           const std::string& introduction);

}  // namespace cpuhp
