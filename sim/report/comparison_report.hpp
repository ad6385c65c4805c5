// The output of `cpuhp-sim compare`.
#pragma once

#include <string>
#include <vector>

#include "sim/analysis/comparison.hpp"
#include "sim/report/look.hpp"
#include "sim/report/timeline.hpp"

namespace cpuhp {

/// Prints a single comparison as its own document, several as a list `comparisons` in one document.
std::string comparison_json(const std::vector<Comparison>& comparisons);
/// Prints a header line, then one line for each run.
std::string comparison_csv(const std::vector<Comparison>& comparisons);
/// Prints text with pictures. `pictures`: one for each design, of its run with the first seed.
std::string comparison_text(const Comparison& comparison,
                            const std::vector<DesignPicture>& pictures, const Look& look);

/// Returns a field of CSV (RFC 4180), quoted if necessary.
std::string csv_field(const std::string& text);

}  // namespace cpuhp
