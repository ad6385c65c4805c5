// The `rules` object of tables and scenarios. Internal to the readers of files.
#pragma once

#include "model/rules.hpp"
#include "sim/scenario/shape.hpp"

namespace cpuhp {

/// Returns the shape of `rules`. `base_required`: the object has to name a base, as in a table.
ShapePtr rules_shape(bool base_required);

/// Returns `rules` changed by `object`: its `base` replaces all rules, then it sets single rules.
Rules read_rules(const JsonRef& object, Rules rules);

}  // namespace cpuhp
