// The reference page of a file format, in Markdown, from its shape. Internal.
//
//   reference_page(*scenario_shape(), "Scenario files", "A scenario asks one question ...");
#pragma once

#include <string>

#include "sim/scenario/shape.hpp"

namespace cpuhp {

/// Title, introduction, then one table of fields for every object, in the order of first use.
std::string reference_page(const Shape& root, const std::string& title,
                           const std::string& introduction);

}  // namespace cpuhp
