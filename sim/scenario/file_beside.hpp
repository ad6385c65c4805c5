// Finds a file that another file names by a path relative to the other file's folder.
#pragma once

#include <string>

#include "sim/scenario/json_document.hpp"

namespace cpuhp {

/// Returns the path of the file that `value`, a text in `file`, names. Throws BadInput when no such
/// file exists; the message says if it is a folder, and suggests a similar name.
std::string file_beside(const std::string& file, const JsonRef& value);

}  // namespace cpuhp
