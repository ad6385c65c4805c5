// The output of `cpuhp-sim diff`.
#pragma once

#include <string>

#include "sim/analysis/difference.hpp"
#include "sim/report/look.hpp"

namespace cpuhp {

struct DiffShown {
  std::size_t top = 10;  ///< number of rows in each table
  bool all = false;
};

std::string diff_text(const Difference& difference, const Look& look, const DiffShown& shown);
/// Returns one JSON document (docs/reference/diff.md).
std::string diff_json(const Difference& difference);

}  // namespace cpuhp
