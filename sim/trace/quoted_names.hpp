// The names of a stream as JSON strings, each escaped once. Internal to the writers of traces.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/events.hpp"

namespace cpuhp {

/// Returns the text as a JSON string with quotes. Bytes that are not UTF-8 become U+FFFD.
std::string json_quoted(std::string_view text);

/// Returns the quoted names, by NameId.
std::vector<std::string> json_quoted_names(const Names& names);

}  // namespace cpuhp
