// The shape of a cost profile, and its reader. Internal to the readers of files.
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

/// The shapes of a file of its own, with its header, and of a part of a scenario, where every field
/// is optional.
ShapePtr costs_file_shape();
ShapePtr inline_costs_shape();

/// The shape of one state's callback costs.
ShapePtr callback_costs_shape();

/// Applies a checked profile on top of `file`, entry by entry. `declared`: states that it may name
/// beside the table's.
void add_costs(CostsFile& file, const JsonRef& root, const StateTable& table,
               const std::vector<DeclaredState>& declared = {});
void add_callback_costs(CostProfile& profile, const JsonRef& callbacks, StateId id);

}  // namespace cpuhp
