// The output of `cpuhp-sim compare`.
#pragma once

#include <string>
#include <vector>

#include "sim/analysis/comparison.hpp"
#include "sim/report/look.hpp"
#include "sim/report/timeline.hpp"

namespace cpuhp {

/// Returns a single comparison as a document of its own, several ones as the list `comparisons` of
/// one document.
std::string comparison_json(const std::vector<Comparison>& comparisons);
/// Returns a header line, and one line for each run.
std::string comparison_csv(const std::vector<Comparison>& comparisons);
/// Returns text with pictures. `pictures`: one for each design, for its run with the first seed.
std::string comparison_text(const Comparison& comparison,
                            const std::vector<DesignPicture>& pictures, const Look& look);

/// Returns a field of CSV (RFC 4180), with quotes if needed.
std::string csv_field(const std::string& text);

}  // namespace cpuhp
