// What a file is, when it is not what was asked for.
#pragma once

#include <string>
#include <string_view>

#include "sim/scenario/json_document.hpp"

namespace cpuhp {

/// Returns what a document is, by the keys that only such files have: "a state table"; empty: none
/// that cpuhp-sim knows.
std::string_view kind_of(const JsonNode& document);

/// Returns what a text that is no JSON is: "a trace", "a recording", "a list of hotplug states";
/// empty: none that cpuhp-sim knows.
std::string_view kind_of_text(std::string_view text);

/// Throws BadInput when a JSON document is known to be something other than `wanted`, which is
/// "a scenario", "a state table", "a cost profile" or "published figures".
void require_kind(const JsonDocument& document, const std::string& file, std::string_view wanted);

/// Throws BadInput when a text is a JSON document that is known to be something other than `wanted`.
void refuse_json(std::string_view text, const std::string& named, std::string_view wanted);

/// Throws BadInput when a text is known to be no JSON, but another file of ours. `named`: the file's
/// name, for the message.
void refuse_other_text(std::string_view text, const std::string& named, std::string_view wanted);

}  // namespace cpuhp
