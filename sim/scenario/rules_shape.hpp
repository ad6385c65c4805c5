// The `rules` object of tables and scenarios. Internal to the readers of files.
#pragma once

#include "model/rules.hpp"
#include "sim/scenario/shape.hpp"

namespace cpuhp {

/// `base_required`: for a table, which has no other rules to start from.
ShapePtr rules_shape(bool base_required);

/// Reads rules: `base` replaces all of `rules`, then single rules are set.
Rules read_rules(const JsonRef& object, Rules rules);

}  // namespace cpuhp
