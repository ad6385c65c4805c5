// The `rules` object of tables and scenarios. Internal to the readers of files.
#pragma once

#include "model/rules.hpp"
#include "sim/scenario/shape.hpp"

namespace cpuhp {

/// Returns the shape of a kernel's version.
ShapePtr kernel_shape();
/// Returns the shape of `rules`. `base_required`: the member `base` is mandatory, as in a table.
ShapePtr rules_shape(bool base_required);

/// Returns `rules` as changed by `object`: first its `base` replaces all rules, then its other
/// members set single ones.
Rules read_rules(const JsonRef& object, Rules rules);

}  // namespace cpuhp
