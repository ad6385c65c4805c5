// The output of `cpuhp-sim calibrate`.
#pragma once

#include <string>
#include <vector>

#include "sim/analysis/calibration.hpp"

namespace cpuhp {

/// `left_out`: figures that were predicted by further calibrations without their row; may be empty.
std::string calibration_text(const Calibration& calibration,
                             const std::vector<CalibratedFigure>& left_out);
std::string calibration_json(const Calibration& calibration,
                             const std::vector<CalibratedFigure>& left_out);

/// Returns the parameters as a Markdown table.
std::string parameter_table(const std::vector<FoundParameter>& parameters);

/// Returns the text of the cost profile `file` with the values that were found.
std::string calibrated_profile(const Calibration& calibration, const std::string& file);
/// Returns the files of the parameters which are cost profiles, each once.
std::vector<std::string> calibrated_profiles(const Calibration& calibration);

}  // namespace cpuhp
