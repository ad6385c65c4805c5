// The output of `cpuhp-sim compare`.
#pragma once

#include <nlohmann/json.hpp>
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

/// Returns a time with its reason: "61.2 to 84.0 ms: WHY", "no figure (from 55 to 780 ms: WHY)".
std::string figure_and_why(const TimeRange& time, const RunFigures& figures);
/// Returns a time in ns; null where it is no single figure.
nlohmann::ordered_json time_json(const RunFigures& figures, const TimeRange& time);
/// Adds the ranges, and why they are ranges or why there is no figure. Adds nothing where the times
/// are single figures.
void add_ranges(nlohmann::ordered_json& to, const RunFigures& figures);

/// Returns a field of CSV (RFC 4180), with quotes if needed.
std::string csv_field(const std::string& text);

}  // namespace cpuhp
