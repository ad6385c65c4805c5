#include "sim/analysis/calibration.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cmath>

#include "sim/analysis/identifiability.hpp"
#include "sim/analysis/least_squares.hpp"
#include "sim/analysis/traced_figures.hpp"
#include "sim/error.hpp"
#include "sim/scenario/suggest.hpp"

namespace cpuhp {

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// Steps in which the end of an interval is searched.
constexpr int kBisections = 6;
/// A figure is predicted if its standard deviation is at most this many tolerances.
constexpr double kPredicted = 2;
/// A parameter is to blame if the variance would be less by this part if the parameter were known.
constexpr double kOpen = 0.4;

std::vector<std::string> words_of_name(const std::string& text) {
  std::vector<std::string> words(1);
  for (const char c : text) {
    if (c != ' ' && c != ',')
      words.back() += c;
    else if (!words.back().empty())
      words.emplace_back();
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

bool has_all_words(const std::string& name, const std::string& asked) {
  const std::vector<std::string> words = words_of_name(name), needed = words_of_name(asked);
  return !needed.empty() && needed.front() == words.front() &&
         std::all_of(needed.begin(), needed.end(), [&](const std::string& word) {
           return std::find(words.begin(), words.end(), word) != words.end();
         });
}

FigureUse use_of(const Residual& figure) {
  if (!figure.repeats.empty()) return FigureUse::Repeats;
  return figure.tolerance && figure.not_predicted.empty() ? FigureUse::Fitted : FigureUse::Shown;
}

/// Returns the deviation in units of the allowed one.
double deviation(const Residual& figure) {
  const auto published = static_cast<double>(figure.published.v);
  const double allowed =
      published / 1'000 * static_cast<double>(std::max<std::int64_t>(1, *figure.tolerance));
  return (static_cast<double>(figure.simulated.v) - published) / std::max(1.0, allowed);
}

class Calibrator {
 public:
  Calibrator(const std::string& path, const CalibrateOptions& options, Simulator& simulator)
      : path_(path), options_(options), simulator_(simulator) {
    c_.published = load_published(path);
    measure_traces(c_.published);
    if (c_.published.parameters.empty())
      throw BadInput{BadInputAt{.file = path,
                                .message = "calibrate needs the key \"parameters\", which names "
                                           "the values to find"}};
    for (Residual& figure : residuals(c_.published, simulator)) {
      const FigureUse use = use_of(figure);
      c_.figures.push_back({.residual = std::move(figure), .use = use});
    }
    for (const std::string& row : options.hold_out) hold_out(row);
    for (std::size_t i = 0; i < c_.figures.size(); ++i) {
      if (c_.figures[i].use == FigureUse::Fitted) fitted_.push_back(i);
      if (c_.figures[i].use == FigureUse::HeldOut) held_out_.push_back(i);
    }
    if (fitted_.empty())
      throw BadInput{BadInputAt{
          .file = path,
          .message = options.hold_out.empty()
                         ? "no row has \"total_permille\" or \"max_permille\", so there is "
                           "nothing to fit"
                         : "every row is held out, so there is nothing to fit"}};
  }

  Calibration run() {
    const Deviations fitted = [this](const VectorXd& at) { return deviations(at, fitted_); };
    const VectorXd best = least_squares(fitted, parameters());
    std::vector<std::size_t> all = fitted_;
    all.insert(all.end(), held_out_.begin(), held_out_.end());
    const MatrixXd change =
        sensitivities([&](const VectorXd& at) { return deviations(at, all); }, best);
    const auto rows = static_cast<Index>(fitted_.size());
    const MatrixXd of_fitted = change.topRows(rows);
    const Identifiability known = identifiability(of_fitted);
    c_.combinations = known.combinations;
    for (Index j = 0; j < parameters(); ++j) add_parameter(best, known, j);
    for (std::size_t i = 0; i < held_out_.size(); ++i)
      add_prediction(c_.figures[held_out_[i]], change.row(rows + static_cast<Index>(i)), known);
    add_remarks(known, of_fitted);
    const std::vector<Residual> found = simulated(best);
    for (std::size_t i = 0; i < found.size(); ++i) c_.figures[i].residual = found[i];
    return std::move(c_);
  }

 private:
  Index parameters() const { return static_cast<Index>(c_.published.parameters.size()); }
  const Parameter& parameter(Index j) const {
    return c_.published.parameters[static_cast<std::size_t>(j)];
  }
  static Ns value(const Parameter& p, double at) {
    return p.low + Ns{std::llround(at * static_cast<double>((p.high - p.low).v))};
  }

  void hold_out(const std::string& row) {
    std::vector<std::string> names;
    CalibratedFigure* refused = nullptr;
    bool any = false;
    const bool is_id = std::any_of(c_.figures.begin(), c_.figures.end(),
                                   [&](const auto& f) { return f.residual.id == row; });
    for (CalibratedFigure& figure : c_.figures) {
      const std::string name = figure_name(figure.residual);
      names.push_back(figure.residual.id);
      names.push_back(name);
      if (is_id ? figure.residual.id != row : !has_all_words(name, row)) continue;
      if (figure.use == FigureUse::Fitted || figure.use == FigureUse::HeldOut) {
        figure.use = FigureUse::HeldOut;
        any = true;
      } else {
        refused = &figure;
      }
    }
    if (any) return;
    const std::string what = "--hold-out: ";
    if (refused == nullptr)
      throw BadInput{{.message = what + "the file has no row \"" + row + '"',
                      .suggestion = nearest(row, names)}};
    throw BadInput{what + '"' + figure_name(refused->residual) + "\" is not fitted, because it " +
                   (refused->use == FigureUse::Repeats
                        ? "repeats other figures: " + refused->residual.repeats
                        : "has no tolerance")};
  }

  std::vector<Residual> simulated(const VectorXd& at) {
    if (options_.progress) options_.progress(++done_);
    std::vector<FileOverride> overrides;
    for (Index j = 0; j < parameters(); ++j)
      for (FileOverride place : parameter(j).at) {
        place.set.value = std::to_string(value(parameter(j), at[j]).v);
        overrides.push_back(std::move(place));
      }
    Published changed = load_published(path_, overrides);
    changed.rows = c_.published.rows;
    return residuals(changed, simulator_);
  }

  VectorXd deviations(const VectorXd& at, const std::vector<std::size_t>& figures) {
    const std::vector<Residual> all = simulated(at);
    VectorXd values(static_cast<Index>(figures.size()));
    for (Index i = 0; i < values.size(); ++i)
      values[i] = deviation(all[figures[static_cast<std::size_t>(i)]]);
    return values;
  }

  /// Returns how far the parameter can go towards `end` (0 or 1) while each fitted figure stays
  /// within its tolerance. The other parameters make up for it as far as their bounds allow.
  double reach(const VectorXd& best, const Identifiability& known, Index j, double end) {
    const VectorXd allowed = deviations(best, fitted_).cwiseAbs().cwiseMax(1.0);
    const VectorXd way = known.covariance.col(j) / known.covariance(j, j) * (end - best[j]);
    const auto holds = [&](double part) {
      const VectorXd at = (best + part * way).cwiseMax(0.0).cwiseMin(1.0);
      return (deviations(at, fitted_).cwiseAbs().array() <= allowed.array() + 1e-9).all();
    };
    if (holds(1)) return end;
    double good = 0, bad = 1;
    for (int i = 0; i < kBisections; ++i) (holds((good + bad) / 2) ? good : bad) = (good + bad) / 2;
    return best[j] + good * (end - best[j]);
  }

  void add_parameter(const VectorXd& best, const Identifiability& known, Index j) {
    const auto index = static_cast<std::size_t>(j);
    const Parameter& p = parameter(j);
    FoundParameter found{p, value(p, best[j]), p.low, p.high, known.fixed[index], {}};
    if (options_.intervals) {
      found.from = value(p, reach(best, known, j, 0));
      found.to = value(p, reach(best, known, j, 1));
      // the slopes at the best fit can't tell: a figure changes in a jump
      const bool whole = found.from == p.low && found.to == p.high;
      if (found.fixed == Fixed::Not && !whole) found.fixed = Fixed::Weakly;
    }
    for (const Index row : known.by[index])
      found.by.push_back(figure_name(c_.figures[fitted_[static_cast<std::size_t>(row)]].residual));
    c_.parameters.push_back(std::move(found));
  }

  /// Sets how well a held-out figure with these sensitivities can be predicted.
  void add_prediction(CalibratedFigure& figure, const VectorXd& change,
                      const Identifiability& known) const {
    const VectorXd with = known.covariance * change;
    const double variance = change.dot(with), spread = std::sqrt(variance);
    figure.uncertainty = std::llround(spread * static_cast<double>(*figure.residual.tolerance));
    if (spread <= kPredicted) return;
    for (Index j = 0; j < parameters(); ++j)
      if (with[j] * with[j] / known.covariance(j, j) > kOpen * variance)
        figure.open.push_back(parameter(j).name);
  }

  std::vector<std::string> names(const std::vector<Index>& group) const {
    std::vector<std::string> all;
    for (const Index j : group) all.push_back(parameter(j).name);
    return all;
  }

  void add_remarks(const Identifiability& known, const MatrixXd& change) {
    if (fitted_.size() < static_cast<std::size_t>(parameters()))
      c_.remarks.push_back(fmt::format("There are fewer fitted figures ({}) than parameters ({}).",
                                       fitted_.size(), parameters()));
    for (const FoundParameter& p : c_.parameters) {
      const std::string& name = p.parameter.name;
      if (p.fixed == Fixed::Not)
        c_.remarks.push_back("No row fixes " + name +
                             ": none changes by a tenth of its tolerance. The value is the middle "
                             "of the bounds.");
      else if (p.fixed == Fixed::Weakly)
        c_.remarks.push_back(
            fmt::format("The rows hardly fix {}: their tolerances allow {} to {} ms.", name,
                        milliseconds(p.from), milliseconds(p.to)));
    }
    for (const std::vector<Index>& group : known.groups)
      c_.remarks.push_back(remark(group, change));
  }

  /// Tells what of a group of parameters the figures fix.
  std::string remark(const std::vector<Index>& group, const MatrixXd& change) const {
    if (group.size() == 1)
      return fmt::format("{} depends on other parameters, which the rows do not fix.",
                         names(group).front());
    MatrixXd slopes(change.rows(), static_cast<Index>(group.size()));
    Ns sum{};
    for (Index k = 0; k < slopes.cols(); ++k) {
      const Index j = group[static_cast<std::size_t>(k)];
      const auto way = static_cast<double>((parameter(j).high - parameter(j).low).v);
      slopes.col(k) = change.col(j) / way;
      sum += c_.parameters[static_cast<std::size_t>(j)].value;
    }
    const double size = slopes.col(0).norm();
    const bool alike = (slopes.colwise() - slopes.col(0)).colwise().norm().maxCoeff() < size / 10;
    const std::string all = listed(names(group), " and ");
    if (alike)
      return fmt::format("The rows can't tell {} apart: they fix only the sum, {} ms.", all,
                         milliseconds(sum));
    MatrixXd columns(change.rows(), slopes.cols());
    for (Index k = 0; k < columns.cols(); ++k)
      columns.col(k) = change.col(group[static_cast<std::size_t>(k)]);
    return fmt::format("The rows fix {} of {} combinations of {}.", fixed_combinations(columns),
                       group.size(), all);
  }

  const std::string& path_;
  const CalibrateOptions& options_;
  Simulator& simulator_;
  Calibration c_;
  std::vector<std::size_t> fitted_, held_out_;  ///< indices of figures
  std::size_t done_ = 0;
};

}  // namespace

bool Calibration::ok() const {
  return std::all_of(figures.begin(), figures.end(), [](const auto& f) { return f.ok(); });
}

std::string figure_name(const Residual& figure) {
  return figure.id + ' ' + figure.what + ' ' + figure.of;
}

std::vector<std::string> fitted_ids(const Calibration& calibration) {
  std::vector<std::string> ids;
  for (const CalibratedFigure& f : calibration.figures)
    if (f.use == FigureUse::Fitted && std::find(ids.begin(), ids.end(), f.residual.id) == ids.end())
      ids.push_back(f.residual.id);
  return ids;
}

Calibration calibrate(const std::string& path, const CalibrateOptions& options,
                      Simulator& simulator) {
  return Calibrator(path, options, simulator).run();
}

}  // namespace cpuhp
