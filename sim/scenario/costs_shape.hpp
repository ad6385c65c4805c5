// The JSON shape (shape.hpp) of a cost profile, and the reader of one. Internal to the loaders.
#pragma once

#include "model/declared_state.hpp"
#include "sim/scenario/costs_file.hpp"
#include "sim/scenario/shape.hpp"

namespace cpuhp {

/// Bounds that keep the sum of a long run within 63 bits of nanoseconds.
inline constexpr std::int64_t kCostMaxNs = 1'000'000'000'000;      ///< 1,000 s
inline constexpr std::int64_t kDateMaxNs = 1'000'000'000'000'000;  ///< 11.5 days
inline constexpr std::int64_t kPerOnlineMaxNs = 100'000'000;       ///< 0.1 s for every CPU
inline constexpr std::int64_t kPerOnlineSquaredMaxNs = 1'000;      ///< 1 us for every pair

/// Return the shapes of a profile in its own file, with a header, and of a profile inside a
/// scenario, where every field is optional.
ShapePtr costs_file_shape();
ShapePtr inline_costs_shape();

/// Returns the shape of the costs of one state's callbacks.
ShapePtr callback_costs_shape();

/// Adds a checked profile to `file`; its entries replace those of `file`. `declared`: states that
/// the profile may name in addition to those of the table.
void add_costs(CostsFile& file, const JsonRef& root, const StateTable& table,
               const std::vector<DeclaredState>& declared = {});
void add_callback_costs(CostProfile& profile, const JsonRef& callbacks, StateId id);

}  // namespace cpuhp
