// A report's document as text.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace cpuhp {

/// Returns the document, indented, with a newline at its end. Names in a trace and file names may
/// be any bytes: those that are no UTF-8 become U+FFFD.
inline std::string json_text(const nlohmann::ordered_json& document) {
  return document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n';
}

}  // namespace cpuhp
