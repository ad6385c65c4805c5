// The output of `cpuhp-sim diff`.
#pragma once

#include <string>

#include "sim/analysis/difference.hpp"
#include "sim/report/look.hpp"
#include "sim/report/text_table.hpp"

namespace cpuhp {

std::string diff_text(const Difference& difference, const Look& look, const ShownRows& shown);
/// Returns one JSON document (docs/reference/diff.md).
std::string diff_json(const Difference& difference);

}  // namespace cpuhp
