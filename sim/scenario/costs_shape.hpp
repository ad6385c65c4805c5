// The JSON format (shape.hpp) of a cost profile, and its reader. Internal to the loaders.
#pragma once

#include "sim/scenario/costs_file.hpp"
#include "sim/scenario/shape.hpp"

namespace cpuhp {

/// Limits of costs and times. With them, the times of a long run fit into 63 bits of nanoseconds.
inline constexpr std::int64_t kCostMaxNs = 1'000'000'000'000;      ///< 1,000 s
inline constexpr std::int64_t kDateMaxNs = 1'000'000'000'000'000;  ///< 11.5 days
inline constexpr std::int64_t kPerOnlineMaxNs = 100'000'000;       ///< 0.1 s for every online CPU
inline constexpr std::int64_t kPerOnlineSquaredMaxNs = 10'000;     ///< 10 us for every pair
inline constexpr std::int64_t kPerInterruptMaxNs = 1'000'000'000;  ///< 1 s for every interrupt
inline constexpr std::int64_t kGracePeriodsMaxPermille = 1'000'000;

/// The shapes (JSON formats) of a cost profile: as a file, which has a header, and as an object in
/// a scenario, where every field is optional.
ShapePtr costs_file_shape();
ShapePtr inline_costs_shape();

/// Returns the shapes of a duration: a fixed one, or its quantiles.
std::vector<ShapePtr> duration_shapes();
Dist read_duration(const JsonRef& value);

/// Returns the shape of the costs of one state's callbacks.
ShapePtr callback_costs_shape();

/// Adds a profile to `file`, as load_costs() does. `root` must have been checked with its shape.
void add_costs(CostsFile& file, const JsonRef& root, const StateTable& table,
               const std::vector<DeclaredState>& declared = {});
void add_callback_costs(CostProfile& profile, const JsonRef& callbacks, StateId id,
                        KernelVersion kernel);

}  // namespace cpuhp
