// Files that a file names, by paths relative to its own folder.
//
//   file_beside("scenarios/boot.json", root.at("table"));   // "scenarios/tables/x86_64-6.12.json"
#pragma once

#include <string>

#include "sim/scenario/json_document.hpp"

namespace cpuhp {

/// The path of the file that `value`, a text of `file`, names. Throws BadInput when there is none:
/// a folder is told apart, and of the files there the one that may have been meant is named.
std::string file_beside(const std::string& file, const JsonRef& value);

}  // namespace cpuhp
