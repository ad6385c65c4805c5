// cpuhp-sim compare: runs scenarios under several designs, on the same machine with the same seeds.
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "sim/analysis/expectations.hpp"
#include "sim/analysis/readings.hpp"
#include "sim/cli/command.hpp"
#include "sim/cli/progress.hpp"
#include "sim/cli/report_output.hpp"
#include "sim/report/comparison_report.hpp"
#include "sim/report/html/run_picture.hpp"
#include "sim/report/run_report.hpp"
#include "sim/run/run.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/stop.hpp"

namespace cpuhp::cli {
namespace {

struct CompareOptions {
  std::vector<std::string> scenarios;
  std::vector<std::string> designs;  ///< empty: all designs that the scenario allows
  std::uint32_t seeds = 1;
  std::vector<std::string> sets;
  bool exact = false;
  std::string report;
  std::string format = "text";
};

/// One scenario under each design. The first seed is the scenario's; further seeds count up from
/// it.
struct Work {
  std::string file;
  std::vector<Scenario> by_design;
  std::vector<std::string> notes;
};

std::vector<Work> load(const CompareOptions& o) {
  const std::vector<Design> designs = parse_designs("--designs", o.designs);
  std::vector<Work> all;
  for (const std::string& file : o.scenarios) {
    UnderDesigns under = load_under_designs(file, designs, parse_sets(o.sets));
    all.push_back({file, std::move(under.scenarios), std::move(under.notes)});
  }
  return all;
}

/// Returns a line for each hang or panic that the scenario does not expect, with the command to
/// repeat it.
std::string deaths(const CompareOptions& o, const Work& work, const Scenario& scenario,
                   const RunResult& result) {
  std::string text;
  Scenario judged = scenario;
  judged.expect = {.hang = scenario.expect.hang, .panic = scenario.expect.panic};
  for (const Expectation& e : check_expectations(judged, result))
    if (!e.holds)
      text += fmt::format("finding: {} under {}: {}: expected {}, found {}\n", scenario.name,
                          to_string(result.design), e.what, e.expected, e.found);
  if (text.empty()) return text;
  RepeatLine line("run");
  line.word(work.file).option("--design", std::string(to_string(result.design)));
  line.option("--seed", std::to_string(result.seed)).options("--set", o.sets);
  return text + "repeat: " + line.flag("--exact", o.exact).text() + '\n';
}

struct Compared {
  std::vector<Comparison> comparisons;
  std::vector<std::vector<DesignPicture>> pictures;  ///< for the first seed of each comparison
  std::vector<PictureGroup> lanes;                   ///< pictures for --report
  std::string findings;
};

DesignPicture picture(const RunResult& r, const RunFigures& f) {
  return {.design = std::string(to_string(r.design)) + (f.is_one() ? "" : " (one reading)"),
          .control = r.control_cpu_time,
          .online = online_counts(r.stream),
          .end = r.boot > Ns{} ? r.boot : r.end};
}

/// Progress over all scenarios. Before the first seed has run under each design, a stop signal
/// (sim/stop.hpp) ends the process at once. Later the results so far are printed first.
struct Rounds {
  std::uint64_t all;
  std::optional<GentleStop>& gentle;
  Progress progress = Progress("runs");
  std::uint64_t done = 0;
};

/// Results of one seed under each design.
struct Round {
  std::vector<RunFigures> runs;
  std::vector<DesignPicture> pictures;
  std::vector<OrderedJson> lanes;
  std::string findings;
};

/// Runs one seed under each design. Returns no value when SIGINT, SIGTERM or SIGHUP came before the
/// last design's run.
std::optional<Round> run_round(const CompareOptions& o, const Work& work, std::uint32_t seed,
                               Simulator& simulator, Rounds& rounds) {
  Round round;
  const bool text = parse_format(o.format) == Format::Text;
  for (const Scenario& scenario : work.by_design) {
    if (stop_signal() != 0) return std::nullopt;
    MachineConfig config = scenario.config;
    config.seed += seed;
    const bool shown = (text || !o.report.empty()) && seed == 0;
    const RunResult result = simulator.run(
        config, {.exact = o.exact, .keep_events = shown, .only_masks = o.report.empty()});
    round.findings += deaths(o, work, scenario, result);
    round.runs.push_back(figures(result));
    RunFigures& f = round.runs.back();
    widen(f, scenario, [&](MachineConfig reading) {
      reading.seed = config.seed;
      return simulator.run(reading, {.exact = o.exact, .keep_events = false});
    });
    if (shown && f.told) round.pictures.push_back(picture(result, f));
    if (shown && !o.report.empty())
      round.lanes.push_back(run_picture(std::string(to_string(result.design)), config, result));
    if (shown && !o.report.empty() && !f.is_one()) round.lanes.back()["one_reading"] = true;
    rounds.progress.show(++rounds.done, rounds.all);
  }
  if (!rounds.gentle) rounds.gentle.emplace();
  return round;
}

void compare_one(const CompareOptions& o, const Work& work, Simulator& simulator, Rounds& rounds,
                 Compared& compared) {
  const Scenario& first = work.by_design.front();
  Comparison c{.scenario = first.name,
               .machine = machine_text(first.config) + ", table " + first.config.table.name(),
               .baseline = first.config.design,
               .runs = {},
               .notes = work.notes,
               .to_record = what_to_record(first)};
  for (const Scenario& s : work.by_design) {
    // Of traces, the design that they are of has a figure in any case.
    if (s.config.design == s.untold.design.value_or(Design::Notifier)) c.baseline = s.config.design;
    if (const std::string_view words = caveat(s.config.design); !words.empty())
      c.notes.emplace_back(words);
  }
  for (std::uint32_t seed = 0; seed < o.seeds; ++seed) {
    std::optional<Round> round = run_round(o, work, seed, simulator, rounds);
    if (!round) break;
    c.runs.insert(c.runs.end(), round->runs.begin(), round->runs.end());
    compared.findings += round->findings;
    if (seed > 0) continue;
    compared.pictures.push_back(std::move(round->pictures));
    compared.lanes.push_back({"", first.name, std::move(round->lanes)});
  }
  if (!c.runs.empty()) compared.comparisons.push_back(std::move(c));
}

std::string compare_line(const CompareOptions& o) {
  RepeatLine line("compare");
  for (const std::string& file : o.scenarios) line.word(file);
  if (!o.designs.empty()) line.list("--designs", o.designs);
  if (o.seeds != 1) line.option("--seeds", std::to_string(o.seeds));
  return line.options("--set", o.sets).flag("--exact", o.exact).text();
}

/// Makes one page for all comparisons.
HtmlReport page_of(const CompareOptions& o, const std::vector<Work>& all, Compared& compared) {
  std::string title;
  for (const Comparison& c : compared.comparisons)
    title += (title.empty() ? "" : ", ") + c.scenario;
  return {.command = "compare",
          .title = title,
          .subtitle = all.size() == 1 ? all.front().by_design.front().description : "",
          .repeat = compare_line(o),
          .document = comparison_json(compared.comparisons),
          .groups = std::move(compared.lanes)};
}

void show(const CompareOptions& o, const Compared& compared) {
  switch (parse_format(o.format)) {
    case Format::Text: {
      std::string text;
      for (std::size_t i = 0; i < compared.comparisons.size(); ++i)
        text += (i == 0 ? "" : "\n") +
                comparison_text(compared.comparisons[i], compared.pictures[i], look_of_stdout());
      print(text + (compared.findings.empty() ? "" : "\n" + compared.findings));
      return;
    }
    case Format::Json:
      print(comparison_json(compared.comparisons));
      break;
    case Format::Csv:
      print(comparison_csv(compared.comparisons));
      break;
    case Format::Ktap:  // parse_format() does not return it
      break;
  }
  std::fputs(compared.findings.c_str(), stderr);
}

int execute_compare(const CompareOptions& o) {
  parse_format(o.format);
  const std::vector<Work> all = load(o);
  require_report(o.report, o.scenarios);
  CpuId cpus = 0;
  std::uint64_t runs = 0, done = 0;
  for (const Work& work : all) {
    runs += work.by_design.size() * o.seeds;
    for (const Scenario& s : work.by_design) cpus = std::max(cpus, s.config.topology.nr_cpus());
  }
  Compared compared;
  std::optional<GentleStop> gentle;
  with_simulator(cpus, [&](Simulator& simulator) {
    Rounds rounds{.all = runs, .gentle = gentle};
    for (const Work& work : all)
      if (stop_signal() == 0) compare_one(o, work, simulator, rounds, compared);
    done = rounds.done;
  });
  if (!o.report.empty() && done == runs) write_report(o.report, page_of(o, all, compared));
  show(o, compared);
  if (done < runs) say_stopped(done, runs, "runs");
  return compared.findings.empty() ? kFine : kFinding;
}

}  // namespace

Command add_compare(CLI::App& program) {
  auto o = std::make_shared<CompareOptions>();
  CLI::App* const app =
      program.add_subcommand("compare", "Run scenarios under several designs and compare them");
  add_input(*app, "SCENARIO", o->scenarios, "Scenario files");
  add_designs(*app, "--designs", o->designs,
              "Designs, separated by commas; default: all designs that the scenario allows");
  app->add_option(
         "--seeds", o->seeds,
         "Number of runs with different seeds: the scenario's seed, that seed + 1, and so on")
      ->check(CLI::Range(1u, 1'000'000u))
      ->type_name("N")
      ->capture_default_str();
  add_sets(*app, "--set", o->sets, "Change any value of the scenarios; may be repeated");
  app->add_flag("--exact", o->exact,
                "Simulate every step as its own event: slower, with the same result");
  add_report(*app, o->report);
  add_format(*app, o->format);
  app->footer(
      "Examples:\n"
      "  cpuhp-sim compare scenarios/boot-8-cpus.json\n"
      "  cpuhp-sim compare scenarios/skylake-112-boot.json --report skylake.html\n"
      "  cpuhp-sim compare scenarios/boot-8-cpus.json --designs symmetric,parallel --set /jitter=2 "
      "--seeds 20\n"
      "  cpuhp-sim compare scenarios/boot-8-cpus.json --format json\n"
      "\n"
      "Every design runs on the same machine: a step costs the same in every design, and random\n"
      "numbers depend only on the seed. Factors and differences are relative to the notifier\n"
      "design if it takes part, otherwise to the first design. Where costs are from traces, they\n"
      "are relative to the traced design, and what the traces do not tell of another design makes\n"
      "its times ranges.");
  return {app, [o] { return execute_compare(*o); }};
}

}  // namespace cpuhp::cli
