// What `cpuhp-sim compare` shows.
//
//   std::cout << comparison_json({comparison});
//
//   {"version":1,"scenario":"boot-8-cpus","baseline":"notifier","runs":[{"design":"notifier",...
#pragma once

#include <string>
#include <vector>

#include "sim/analysis/comparison.hpp"
#include "sim/report/look.hpp"
#include "sim/report/timeline.hpp"

namespace cpuhp {

/// One comparison is a document of its own; several are {"version":1,"comparisons":[...]}.
std::string comparison_json(const std::vector<Comparison>& comparisons);
/// A header line, then one line a run.
std::string comparison_csv(const std::vector<Comparison>& comparisons);
/// `pictures`: of the first seed, one a design.
std::string comparison_text(const Comparison& comparison,
                            const std::vector<DesignPicture>& pictures, const Look& look);

/// A field of CSV (RFC 4180), quoted when it has to be.
std::string csv_field(const std::string& text);

}  // namespace cpuhp
