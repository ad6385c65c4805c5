// Finds a file that another file refers to by a relative path.
#pragma once

#include <string>

#include "sim/scenario/json_document.hpp"

namespace cpuhp {

/// Returns the path of the file that the string `value` in `file` refers to, relative to the folder
/// of `file`. Throws BadInput when it does not exist: the message says when it is a folder, and
/// suggests a similar name.
std::string file_beside(const std::string& file, const JsonRef& value);

}  // namespace cpuhp
