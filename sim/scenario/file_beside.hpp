// Files that another file names, by paths relative to its own folder.
#pragma once

#include <string>

#include "sim/scenario/json_document.hpp"

namespace cpuhp {

/// Returns the path of the file that `value`, a text in `file`, names. Throws BadInput when there
/// is none; the message tells a folder apart and suggests a file that may have been meant.
std::string file_beside(const std::string& file, const JsonRef& value);

}  // namespace cpuhp
