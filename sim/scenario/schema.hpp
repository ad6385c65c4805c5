// What a scenario, a table and a cost profile may hold: as JSON Schema for editors and as the
// reference pages of docs/. Both are printed from what the loaders check by.
//
//   std::cout << scenario_schema();      // {"$schema": "https://json-schema.org/draft/2020-12/...
//   std::cout << scenario_reference();   // # Scenario files ...
#pragma once

#include <string>

namespace cpuhp {

/// JSON Schema, draft 2020-12, indented; scenarios/{schema,table.schema,costs.schema,...}.json.
std::string scenario_schema();
std::string table_schema();
std::string costs_schema();
std::string published_schema();

/// Markdown; docs/reference/{scenario,table,costs,published}.md.
std::string scenario_reference();
std::string table_reference();
std::string costs_reference();
std::string published_reference();

}  // namespace cpuhp
