// The JSON shape of a state table, and the reader of one. Internal to the loaders.
#pragma once

#include "sim/scenario/shape.hpp"
#include "sim/scenario/table_file.hpp"

namespace cpuhp {

/// Return the shapes of a table in its own file, with a header, and of a table inside a scenario.
ShapePtr table_shape();
ShapePtr inline_table_shape();
/// Reads a table. Needs a `root` that was checked by one of these two shapes.
TableFile read_table(const JsonRef& root);

/// Returns the fields `kind` of tables and cost profiles, and `$schema` and `version` of every
/// file.
std::vector<Field> file_header(const std::string& kind);
/// Returns the state with that name; -1: none. For "cpu:kick_ap" it returns the number at which a
/// design that splits the start-up will insert that state (StateTable::split_startup).
StateId find_state(const StateTable& table, std::string_view name);

/// True for a symbol as %ps prints it; one in a module looks like `virtnet_cpu_dead [virtio_net]`.
bool is_symbol(std::string_view text);
bool is_state_name(std::string_view text);
inline constexpr std::string_view kSymbolPattern =
    "^[A-Za-z_.$][A-Za-z0-9_.$]{0,127}( \\[[A-Za-z0-9_-]{1,63}\\])?$";
inline constexpr std::string_view kStateNamePattern = "^[!-~]([ -~]{0,62}[!-~])?$";

}  // namespace cpuhp
