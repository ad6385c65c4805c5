// Finds a file that another file refers to by a relative path.
#pragma once

#include <string>

#include "sim/scenario/json_document.hpp"

namespace cpuhp {

/// Returns the path of the file that `named` in `file` refers to, relative to the folder of `file`.
/// Where that is missing, the name may be that of a file that came with the program, such as
/// "tables/x86_64-6.1.json" (sim/input_file.hpp).
std::string file_beside(const std::string& file, const std::string& named);

/// Returns the path of the file that the string `value` in `file` refers to, as above. Throws BadInput when it does not exist: the message says when it is a folder, and
/// suggests a similar name.
std::string file_beside(const std::string& file, const JsonRef& value);

}  // namespace cpuhp
