// cpuhp-sim calibrate: finds parameters of the model from published figures.
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "sim/analysis/calibration.hpp"
#include "sim/cli/command.hpp"
#include "sim/cli/progress.hpp"
#include "sim/error.hpp"
#include "sim/host.hpp"
#include "sim/report/calibration_report.hpp"

namespace cpuhp::cli {
namespace {

struct CalibrateArguments {
  std::string file;
  std::vector<std::string> hold_out;
  std::string out;
  std::string format = "text";
};

constexpr std::string_view kEach = "each";

struct Calibrated {
  Calibration calibration;
  std::vector<CalibratedFigure> left_out;  ///< each row's figures, as predicted from all others

  bool ok() const {
    return calibration.ok() && std::all_of(left_out.begin(), left_out.end(),
                                           [](const CalibratedFigure& f) { return f.ok(); });
  }
};

/// `each`: also leaves out one row after the other.
Calibrated run_calibrations(const std::string& file, CalibrateOptions options, bool each,
                            Simulator& simulator) {
  Progress progress("calibrations");
  std::size_t done = 0, calibrations = 1;
  options.progress = [&](std::size_t simulations) {
    progress.show(done, calibrations, fmt::format(", {} simulations", simulations));
  };
  Calibrated all{calibrate(file, options, simulator), {}};
  if (!each) return all;
  const std::vector<std::string> rows = fitted_ids(all.calibration);
  calibrations += rows.size();
  options.intervals = false;
  for (const std::string& row : rows) {
    ++done;
    options.hold_out = {row};
    for (CalibratedFigure& figure : calibrate(file, options, simulator).figures)
      if (figure.use == FigureUse::HeldOut) all.left_out.push_back(std::move(figure));
  }
  return all;
}

void write_profiles(const std::string& folder, const Calibration& calibration) {
  const std::vector<std::string> files = calibrated_profiles(calibration);
  if (files.empty())
    throw BadInput{"--out " + folder +
                   ": no parameter is in a cost profile, so there is nothing "
                   "to write"};
  make_folder(folder);
  for (const std::string& file : files) {
    const std::string path = folder / std::filesystem::path(file).filename();
    require_output(path, files);
    write_file_atomically(path, calibrated_profile(calibration, file));
  }
}

int execute_calibrate(const CalibrateArguments& o) {
  const Format format = parse_report_format(o.format);
  if (!o.out.empty()) require_folder(o.out);
  const bool each = std::find(o.hold_out.begin(), o.hold_out.end(), kEach) != o.hold_out.end();
  if (each && o.hold_out.size() > 1)
    throw BadInput{"--hold-out each leaves out all rows in turn and can't be combined with others"};
  const Published published = load_published(o.file);
  const CalibrateOptions options{.hold_out = each ? std::vector<std::string>{} : o.hold_out};
  Calibrated all;
  with_simulator(published.max_cpus(), [&](Simulator& simulator) {
    all = run_calibrations(o.file, options, each, simulator);
  });
  if (!o.out.empty()) write_profiles(o.out, all.calibration);
  print(format == Format::Json ? calibration_json(all.calibration, all.left_out)
                               : calibration_text(all.calibration, all.left_out));
  return all.ok() ? kFine : kFinding;
}

}  // namespace

Command add_calibrate(CLI::App& program) {
  auto o = std::make_shared<CalibrateArguments>();
  CLI::App* const app = program.add_subcommand(
      "calibrate", "Find parameters from published figures, and tell which of them no row fixes");
  add_input(*app, "FILE", o->file,
            "Published figures with \"parameters\" (docs/reference/published.md)");
  app->add_option("--hold-out", o->hold_out,
                  "Predict a row instead of fitting it: its id (C), or words of a figure's name "
                  "(\"C online total\"); `each`: one row after the other; may be repeated")
      ->type_name("ROW")
      ->allow_extra_args(false);
  app->add_option("--out", o->out,
                  "Write the cost profiles with the values that were found to this folder")
      ->type_name("DIR");
  add_report_format(*app, o->format);
  app->footer(
      "Exit code 1: a figure that was fitted or predicted deviates by more than its tolerance.\n"
      "\n"
      "Examples:\n"
      "  cpuhp-sim calibrate scenarios/published/skylake-112.json\n"
      "  cpuhp-sim calibrate scenarios/published/skylake-112.json --hold-out C --hold-out 'E "
      "serial'\n"
      "  cpuhp-sim calibrate scenarios/published/skylake-112.json --hold-out each --out profiles");
  return {app, [o] { return execute_calibrate(*o); }};
}

}  // namespace cpuhp::cli
