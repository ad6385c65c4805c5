#include "sim/trace/quoted_names.hpp"

#include <nlohmann/json.hpp>

namespace cpuhp {

std::string json_quoted(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::vector<std::string> json_quoted_names(const Names& names) {
  std::vector<std::string> quoted;
  for (NameId id = 0; id < names.size(); ++id) quoted.push_back(json_quoted(names[id]));
  return quoted;
}

}  // namespace cpuhp
