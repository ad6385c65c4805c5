// cpuhp-sim validate: compares published figures with simulated ones.
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "sim/analysis/published.hpp"
#include "sim/analysis/traced_figures.hpp"
#include "sim/cli/command.hpp"
#include "sim/cli/progress.hpp"
#include "sim/report/json_text.hpp"
#include "sim/stop.hpp"

namespace cpuhp::cli {
namespace {

using Json = nlohmann::ordered_json;

struct ValidateOptions {
  std::vector<std::string> files;
  std::string format = "text";
};

struct Validated {
  Published published;
  std::vector<Residual> residuals;
  std::vector<std::string> order_breaks;

  bool ok() const {
    return order_breaks.empty() && std::all_of(residuals.begin(), residuals.end(),
                                               [](const Residual& r) { return r.ok(); });
  }
};

/// Validates the files. SIGINT, SIGTERM or SIGHUP skips the remaining files; before the first file
/// is complete, it ends the command.
std::vector<Validated> validate(const std::vector<std::string>& files,
                                std::optional<GentleStop>& gentle) {
  std::vector<Validated> all;
  CpuId cpus = 1;
  for (const std::string& file : files) {
    all.push_back({load_published(file), {}, {}});
    measure_traces(all.back().published);
    cpus = std::max(cpus, all.back().published.max_cpus());
  }
  with_simulator(cpus, [&](Simulator& simulator) {
    Progress progress("files");
    std::size_t done = 0;
    for (; done < all.size() && stop_signal() == 0; progress.show(++done, all.size())) {
      Validated& v = all[done];
      v.residuals = residuals(v.published, simulator);
      v.order_breaks = order_breaks(v.residuals);
      if (!gentle) gentle.emplace();
    }
    all.resize(done);
  });
  return all;
}

std::string text_of(const Validated& v) {
  std::string text = "# " + v.published.name + "\n\n" + v.published.source + "\n\n" +
                     residual_table(v.residuals) + '\n';
  for (const std::string& note : v.published.notes) text += "- " + note + '\n';
  for (const std::string& wrong : v.order_breaks) text += "Wrong order: " + wrong + '\n';
  return text;
}

Json json_of(const Validated& v) {
  Json rows = Json::array();
  for (const Residual& r : v.residuals) {
    Json row{{"id", r.id},
             {"what", r.what},
             {"of", r.of},
             {"published_ns", r.published.v},
             {"simulated_ns", r.simulated.v},
             {"permille", r.permille()},
             {"ok", r.ok()}};
    row["tolerance_permille"] = r.tolerance ? Json(*r.tolerance) : Json();
    row["fitted"] = r.fitted.empty() ? Json() : Json(r.fitted);
    row["follows"] = r.follows.empty() ? Json() : Json(r.follows);
    row["repeats"] = r.repeats.empty() ? Json() : Json(r.repeats);
    row["not_predicted"] = r.not_predicted.empty() ? Json() : Json(r.not_predicted);
    row["standing"] = r.standing();
    rows.push_back(std::move(row));
  }
  return {
      {"name", v.published.name}, {"source", v.published.source},  {"ok", v.ok()},
      {"rows", std::move(rows)},  {"wrong_order", v.order_breaks}, {"notes", v.published.notes}};
}

std::string csv_of(const Validated& v) {
  std::string text;
  const auto quoted = [](const std::string& s) {
    std::string out = "\"";
    for (const char c : s) out += c == '"' ? "\"\"" : std::string(1, c);
    return out + '"';
  };
  for (const Residual& r : v.residuals)
    text += quoted(v.published.name) + ',' + quoted(r.id) + ',' + quoted(r.what) + ',' + r.of +
            ',' + std::to_string(r.published.v) + ',' + std::to_string(r.simulated.v) + ',' +
            std::to_string(r.permille()) + ',' + (r.tolerance ? std::to_string(*r.tolerance) : "") +
            ',' + quoted(r.fitted) + ',' + quoted(r.follows) + ',' + quoted(r.repeats) + ',' +
            std::string(r.standing()) + '\n';
  return text;
}

int execute_validate(const ValidateOptions& o) {
  const Format format = parse_format(o.format);
  std::optional<GentleStop> gentle;
  const std::vector<Validated> all = validate(o.files, gentle);
  std::string text;
  if (format == Format::Json) {
    Json tables = Json::array();
    for (const Validated& v : all) tables.push_back(json_of(v));
    text = json_text(Json{{"version", 1}, {"published", std::move(tables)}});
  } else if (format == Format::Csv) {
    text =
        "published,row,what,of,published_ns,simulated_ns,permille,tolerance_permille,fitted,"
        "follows,repeats,standing\n";
    for (const Validated& v : all) text += csv_of(v);
  } else {
    for (const Validated& v : all) text += (text.empty() ? "" : "\n") + text_of(v);
  }
  print(text);
  if (all.size() < o.files.size()) say_stopped(all.size(), o.files.size(), "files");
  return std::all_of(all.begin(), all.end(), [](const Validated& v) { return v.ok(); }) ? kFine
                                                                                        : kFinding;
}

}  // namespace

Command add_validate(CLI::App& program) {
  auto o = std::make_shared<ValidateOptions>();
  CLI::App* const app = program.add_subcommand(
      "validate", "Compare runs with published figures of real machines, and show each deviation");
  add_input(*app, "FILE", o->files, "Published figures (docs/reference/published.md)");
  add_format(*app, o->format);
  app->footer(
      "Exit code 1: a simulated figure deviates by more than its tolerance; or two published\n"
      "totals differ by more than 2 %, and the larger one is not larger in the simulation. Totals\n"
      "that may deviate by more than 2.5 % have no order.\n"
      "\n"
      "Examples:\n"
      "  cpuhp-sim validate scenarios/published/skylake-112.json\n"
      "  cpuhp-sim validate scenarios/published/*.json --format csv");
  return {app, [o] { return execute_validate(*o); }};
}

}  // namespace cpuhp::cli
