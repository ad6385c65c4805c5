// Converts a report's JSON document to text.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace cpuhp {

/// Returns the document, indented, with a newline at its end. Names in traces and names of files
/// may have bytes that are not UTF-8; these become U+FFFD.
inline std::string json_text(const nlohmann::ordered_json& document) {
  return document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n';
}

}  // namespace cpuhp
