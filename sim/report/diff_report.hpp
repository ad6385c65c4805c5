// What `cpuhp-sim diff` shows.
//
//   std::cout << diff_text(difference, look, {.top = 10});
#pragma once

#include <string>

#include "sim/analysis/difference.hpp"
#include "sim/report/look.hpp"

namespace cpuhp {

struct DiffShown {
  std::size_t top = 10;  ///< rows of each table
  bool all = false;
};

std::string diff_text(const Difference& difference, const Look& look, const DiffShown& shown);
/// One JSON document: docs/reference/diff.md.
std::string diff_json(const Difference& difference);

}  // namespace cpuhp
