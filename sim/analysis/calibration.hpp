// Finds parameters of the model from published figures: `cpuhp-sim calibrate`.
//
//   with_bare_simulator([](Simulator& s) {
//     const Calibration c = calibrate("scenarios/published/skylake-112.json", {}, s);
//     for (const FoundParameter& p : c.parameters) static_cast<void>(p.value);
//   });
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "sim/analysis/fixed.hpp"
#include "sim/analysis/published.hpp"

namespace cpuhp {

struct FoundParameter {
  Parameter parameter;
  Ns value{};
  /// Values that were tried: every fitted figure stays within its tolerance where the other
  /// parameters make up for the change. They include `value`.
  Ns from{}, to{};
  Fixed fixed = Fixed::Alone;
  std::vector<std::string> by;  ///< figures that fix it, the one with most influence first
};

enum class FigureUse : std::uint8_t {
  Fitted,
  HeldOut,  ///< predicted: it was not fitted
  Repeats,  ///< it follows from other figures, and was not fitted
  Shown,    ///< it has no tolerance, and was not fitted
};

struct CalibratedFigure {
  Residual residual;
  FigureUse use = FigureUse::Fitted;
  /// Standard deviation of the prediction of a held-out figure, in permille of the figure. The
  /// tolerances of the fitted figures and the bounds of the parameters leave that much open.
  std::int64_t uncertainty = 0;
  /// Parameters that this held-out figure depends on, and that no fitted figure fixes: it can't be
  /// predicted. Empty: it is predicted.
  std::vector<std::string> open;

  bool judged() const {
    return use == FigureUse::Fitted || (use == FigureUse::HeldOut && open.empty());
  }
  bool ok() const { return !judged() || residual.ok(); }
};

struct Calibration {
  Published published;
  std::vector<FoundParameter> parameters;
  std::vector<CalibratedFigure> figures;  ///< in the file's order
  std::size_t combinations = 0;           ///< of parameters, that the fitted figures fix
  std::vector<std::string> remarks;       ///< what the figures leave open, in sentences

  bool ok() const;
};

struct CalibrateOptions {
  /// Rows that are not fitted: an id ("C"), or words of a figure's name ("C online total").
  std::vector<std::string> hold_out;
  bool intervals = true;  ///< find FoundParameter::from and `to`
  /// Called before each simulation of all runs, with the number of simulations so far.
  std::function<void(std::size_t done)> progress;
};

/// Returns a figure's name: "C parallel, online total".
std::string figure_name(const Residual& figure);
/// Returns the ids of the rows that have a figure which was fitted, in the file's order.
std::vector<std::string> fitted_ids(const Calibration& calibration);

/// Fits the parameters of the file to its figures. Throws BadInput, also when a row of `hold_out` is
/// unknown or nothing is left to fit.
Calibration calibrate(const std::string& path, const CalibrateOptions& options,
                      Simulator& simulator);

}  // namespace cpuhp
