// Prints the formats of scenarios, tables, cost profiles and published figures: as JSON Schema for
// editors, and as reference pages of docs/. Both come from the shapes with which the loaders check
// files.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cpuhp {

/// Returns the formats' names: "scenario", "table", "costs" and "published".
std::vector<std::string> file_formats();

/// Returns a format's JSON Schema, draft 2020-12, indented, for scenarios/schema.json and
/// scenarios/*.schema.json.
std::string format_schema(std::string_view format);

/// Returns a format's reference page in Markdown, for docs/reference/.
std::string format_reference(std::string_view format);

}  // namespace cpuhp
