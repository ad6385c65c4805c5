// The `rules` object of tables and scenarios. Internal to the readers of files.
//
//   const Rules rules = read_rules(table.at("rules"), Rules{});   // {"base":"v6.1", ...}
#pragma once

#include "model/rules.hpp"
#include "sim/scenario/shape.hpp"

namespace cpuhp {

/// `base_required`: in a table, which has nothing else to start from.
ShapePtr rules_shape(bool base_required);

/// `base` replaces all rules of `rules`, then single rules are set.
Rules read_rules(const JsonRef& object, Rules rules);

}  // namespace cpuhp
