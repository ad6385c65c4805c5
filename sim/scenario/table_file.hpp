// State tables: JSON files with one state a line, in kernel order (docs/reference/table.md).
//
//   TableFile file = load_table("scenarios/tables/x86_64-6.1.json");
//   file.table.find("cpu:bringup");    // 91
//   // or: BadInput, x86_64-6.1.json:12:5: /states/7/id: expected more than 33, found 12
#pragma once

#include <string>
#include <vector>

#include "model/state_table.hpp"

namespace cpuhp {

/// Upper bound of a table's or a cost profile's file.
inline constexpr std::size_t kTableBytesMax = std::size_t{8} << 20;

struct TableFile {
  StateTable table;
  std::string arch;
  std::vector<std::string> sources;
  std::vector<std::string> notes;  ///< what a reader should know: duplicate names, ...
};

/// Throws BadInput.
TableFile load_table(const std::string& path);

/// The same table under other rules.
StateTable with_rules(const StateTable& table, const Rules& rules);

}  // namespace cpuhp
