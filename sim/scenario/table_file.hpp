// State tables: JSON files with one state a line, in kernel order (docs/reference/table.md).
#pragma once

#include <string>
#include <vector>

#include "model/state_table.hpp"

namespace cpuhp {

/// Largest size of a table or cost profile file.
inline constexpr std::size_t kTableBytesMax = std::size_t{8} << 20;

struct TableFile {
  StateTable table;
  std::vector<std::string> notes;    ///< remarks for the reader, for example about duplicate names
  std::vector<std::string> assumed;  ///< callbacks that no trace showed, by their symbols
};

/// Loads a table. Throws BadInput.
TableFile load_table(const std::string& path);

/// Returns the table with `rules` instead of its own, as that of `kernel`; empty: of its own kernel.
StateTable with_rules(const StateTable& table, const Rules& rules, std::string kernel = {});

}  // namespace cpuhp
