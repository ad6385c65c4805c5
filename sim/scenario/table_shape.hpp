// The JSON format (shape.hpp) of a state table, and its reader. Internal to the loaders.
#pragma once

#include "sim/scenario/shape.hpp"
#include "sim/scenario/table_file.hpp"

namespace cpuhp {

/// The shapes (JSON formats) of a state table: as a file with a header, and as an object in a
/// scenario.
ShapePtr table_shape();
ShapePtr inline_table_shape();
/// Reads a table. `root` must have been checked with one of these two shapes.
TableFile read_table(const JsonRef& root);

/// Returns the shape of a table, a cost profile or a file of published figures. Its fields are
/// `$schema`, `version`, `kind` (with the value "cpuhp-" + `def`), and then those in `own`.
ShapePtr file_of(const std::string& def, std::string doc, const std::vector<Field>& own);
/// Returns the state with that name; -1: none. For "cpu:kick_ap" returns the number that designs
/// with a split start-up will give this state (StateTable::split_startup).
StateId find_state(const StateTable& table, std::string_view name);

/// True for a symbol as printed by %ps. A symbol in a module looks like `virtnet_cpu_dead
/// [virtio_net]`.
bool is_symbol(std::string_view text);
bool is_state_name(std::string_view text);
inline constexpr std::string_view kSymbolPattern =
    "^[A-Za-z_.$][A-Za-z0-9_.$]{0,127}( \\[[A-Za-z0-9_-]{1,63}\\])?$";
inline constexpr std::string_view kStateNamePattern = "^[!-~]([ -~]{0,62}[!-~])?$";

}  // namespace cpuhp
