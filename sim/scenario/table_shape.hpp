// The shape of a table, and reading one that fits it. Internal to the readers of files.
#pragma once

#include "sim/scenario/shape.hpp"
#include "sim/scenario/table_file.hpp"

namespace cpuhp {

/// A file of its own, which says what it is; or a part of a scenario.
ShapePtr table_shape();
ShapePtr inline_table_shape();
/// `root` has been checked by one of them.
TableFile read_table(const JsonRef& root);

/// `kind` of tables and cost profiles, `$schema` and `version` of every file.
std::vector<Field> file_header(const std::string& kind);
/// The state of that name, -1 when there is none. "cpu:kick_ap" is found where a design that splits
/// the start-up will insert it (StateTable::split_startup).
StateId find_state(const StateTable& table, std::string_view name);

/// As %ps prints it: `virtnet_cpu_dead [virtio_net]` is a module's.
bool is_symbol(std::string_view text);
bool is_state_name(std::string_view text);
inline constexpr std::string_view kSymbolPattern =
    "^[A-Za-z_.$][A-Za-z0-9_.$]{0,127}( \\[[A-Za-z0-9_-]{1,63}\\])?$";
inline constexpr std::string_view kStateNamePattern = "^[!-~]([ -~]{0,62}[!-~])?$";

}  // namespace cpuhp
