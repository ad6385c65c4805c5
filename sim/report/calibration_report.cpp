#include "sim/report/calibration_report.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "sim/input_file.hpp"
#include "sim/report/json_text.hpp"
#include "sim/report/text_table.hpp"
#include "sim/scenario/suggest.hpp"

namespace cpuhp {

namespace {

using Json = nlohmann::ordered_json;

std::string fixed_text(const FoundParameter& p) {
  const std::string by = listed(p.by, "; ");
  switch (p.fixed) {
    case Fixed::Alone:
      return by;
    case Fixed::Together:
      return "with others: " + by;
    case Fixed::Weakly:
      return "hardly: " + by;
    case Fixed::Not:
      break;
  }
  return "no row";
}

std::string use_text(const CalibratedFigure& f) {
  switch (f.use) {
    case FigureUse::Fitted:
      return "fitted";
    case FigureUse::HeldOut:
      return f.open.empty()
                 ? fmt::format("held out: predicted, uncertain by {}.{} %", f.uncertainty / 10,
                               f.uncertainty % 10)
                 : "held out: not predicted, the other rows do not fix " + listed(f.open, " and ");
    case FigureUse::Repeats:
      return "repeats " + f.residual.repeats;
    case FigureUse::Shown:
      break;
  }
  return "shown";
}

std::string figure_table(const std::vector<CalibratedFigure>& figures) {
  std::vector<Residual> all;
  std::vector<std::string> uses;
  for (const CalibratedFigure& f : figures) {
    all.push_back(f.residual);
    uses.push_back(use_text(f));
  }
  return residual_table(all, uses);
}

std::string_view fixed_word(Fixed fixed) {
  constexpr std::array<std::string_view, 4> kWords{"alone", "together", "weakly", "not"};
  return kWords[static_cast<std::size_t>(fixed)];
}

std::string_view use_word(FigureUse use) {
  constexpr std::array<std::string_view, 4> kWords{"fitted", "held_out", "repeats", "shown"};
  return kWords[static_cast<std::size_t>(use)];
}

Json figures_json(const std::vector<CalibratedFigure>& figures) {
  Json all = Json::array();
  for (const CalibratedFigure& f : figures) {
    const Residual& r = f.residual;
    all.push_back(
        {{"id", r.id},
         {"what", r.what},
         {"of", r.of},
         {"published_ns", r.published.v},
         {"simulated_ns", r.simulated.v},
         {"permille", r.permille()},
         {"tolerance_permille", r.tolerance ? Json(*r.tolerance) : Json()},
         {"use", use_word(f.use)},
         {"repeats", r.repeats.empty() ? Json() : Json(r.repeats)},
         {"uncertainty_permille", f.use == FigureUse::HeldOut ? Json(f.uncertainty) : Json()},
         {"not_fixed", f.open},
         {"ok", f.ok()}});
  }
  return all;
}

bool all_ok(const std::vector<CalibratedFigure>& figures) {
  return std::all_of(figures.begin(), figures.end(), [](const auto& f) { return f.ok(); });
}

/// Returns the sentence about the whole result.
std::string verdict(const Calibration& c) {
  const auto number = [&](FigureUse use) {
    return static_cast<std::size_t>(std::count_if(c.figures.begin(), c.figures.end(),
                                                  [&](const auto& f) { return f.use == use; }));
  };
  const auto off = static_cast<std::size_t>(
      std::count_if(c.figures.begin(), c.figures.end(), [](const auto& f) { return !f.ok(); }));
  std::string text = fmt::format("{} fitted to {}: {} of their combinations {} fixed. ",
                                 counted(c.parameters.size(), "parameter"),
                                 counted(number(FigureUse::Fitted), "figure"), c.combinations,
                                 c.combinations == 1 ? "is" : "are");
  return text + (off == 0 ? "Every figure is within its tolerance.\n"
                          : counted(off, "figure") + " out of tolerance.\n");
}

}  // namespace

std::string parameter_table(const std::vector<FoundParameter>& parameters) {
  std::string text =
      "| parameter | found, ms | interval, ms | in the file, ms | bounds, ms | fixed by |\n"
      "|---|--:|--:|--:|--:|---|\n";
  for (const FoundParameter& p : parameters)
    text += fmt::format("| {} | {} | {} to {} | {} | {} to {} | {} |\n", p.parameter.name,
                        milliseconds(p.value), milliseconds(p.from), milliseconds(p.to),
                        milliseconds(p.parameter.filed), milliseconds(p.parameter.low),
                        milliseconds(p.parameter.high), fixed_text(p));
  return text;
}

std::string calibration_text(const Calibration& c, const std::vector<CalibratedFigure>& left_out) {
  std::string text = "# " + c.published.name + "\n\n" + c.published.source + "\n\n" + verdict(c) +
                     '\n' + parameter_table(c.parameters) + '\n';
  for (const std::string& remark : c.remarks) text += "- " + remark + '\n';
  text += (c.remarks.empty() ? "" : "\n") + figure_table(c.figures);
  if (!left_out.empty())
    text +=
        "\nEach row left out in turn, and predicted from all others:\n\n" + figure_table(left_out);
  return text;
}

std::string calibration_json(const Calibration& c, const std::vector<CalibratedFigure>& left_out) {
  Json parameters = Json::array();
  for (const FoundParameter& p : c.parameters)
    parameters.push_back({{"name", p.parameter.name},
                          {"value_ns", p.value.v},
                          {"from_ns", p.from.v},
                          {"to_ns", p.to.v},
                          {"filed_ns", p.parameter.filed.v},
                          {"low_ns", p.parameter.low.v},
                          {"high_ns", p.parameter.high.v},
                          {"source", p.parameter.source},
                          {"fixed", fixed_word(p.fixed)},
                          {"fixed_by", p.by}});
  return json_text(Json{{"version", 1},
                        {"name", c.published.name},
                        {"source", c.published.source},
                        {"ok", c.ok() && all_ok(left_out)},
                        {"combinations", c.combinations},
                        {"parameters", std::move(parameters)},
                        {"remarks", c.remarks},
                        {"rows", figures_json(c.figures)},
                        {"left_out", figures_json(left_out)}});
}

std::vector<std::string> calibrated_profiles(const Calibration& c) {
  std::vector<std::string> files;
  for (const FoundParameter& p : c.parameters)
    for (const FileOverride& place : p.parameter.at) {
      std::ifstream in(found_file(place.file));
      const bool costs = Json::parse(in).value("kind", "") == "cpuhp-costs";
      if (costs && std::find(files.begin(), files.end(), place.file) == files.end())
        files.push_back(place.file);
    }
  return files;
}

std::string calibrated_profile(const Calibration& c, const std::string& file) {
  std::ifstream in(found_file(file));
  Json profile = Json::parse(in);
  profile.erase("$schema");
  for (const FoundParameter& p : c.parameters)
    for (const FileOverride& place : p.parameter.at)
      if (place.file == file) profile[Json::json_pointer(place.set.pointer)] = p.value.v;
  profile["source"] = "cpuhp-sim calibrate, from: " + c.published.source;
  return json_text(profile);
}

}  // namespace cpuhp
