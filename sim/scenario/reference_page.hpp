// Makes the reference page of a file format in Markdown from its shape (shape.hpp). Internal to the
// loaders.
#pragma once

#include <string>

#include "sim/scenario/shape.hpp"

namespace cpuhp {

/// Returns a number with grouped digits: "1,000,000".
std::string grouped(std::int64_t n);

/// Returns the title, the introduction, and for every object a table of its fields. Objects come in
/// the order of first use.
std::string reference_page(const Shape& root, const std::string& title,
                           const std::string& introduction);

}  // namespace cpuhp
