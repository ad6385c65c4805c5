// Prints the formats of scenarios, tables, cost profiles and published figures: as JSON Schema for
// editors, and as reference pages of docs/. Both come from the shapes with which the loaders check
// files.
#pragma once

#include <string>

namespace cpuhp {

/// JSON Schemas, draft 2020-12, indented, for scenarios/schema.json and scenarios/*.schema.json.
std::string scenario_schema();
std::string table_schema();
std::string costs_schema();
std::string published_schema();

/// Reference pages in Markdown, for docs/reference/{scenario,table,costs,published}.md.
std::string scenario_reference();
std::string table_reference();
std::string costs_reference();
std::string published_reference();

}  // namespace cpuhp
