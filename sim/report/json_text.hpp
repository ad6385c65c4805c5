// A report's document as text.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace cpuhp {

/// Indented, a newline at the end. A trace's names and a file's own name may be any bytes: what is
/// no UTF-8 becomes U+FFFD.
inline std::string json_text(const nlohmann::ordered_json& document) {
  return document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n';
}

}  // namespace cpuhp
