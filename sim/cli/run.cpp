// cpuhp-sim run: one scenario, once.
#include "sim/run/run.hpp"

#include <algorithm>
#include <cstdio>
#include <memory>

#include "model/checks/checks.hpp"
#include "sim/cli/command.hpp"
#include "sim/cli/report_output.hpp"
#include "sim/cli/trace_output.hpp"
#include "sim/error.hpp"
#include "sim/host.hpp"
#include "sim/report/comparison_report.hpp"
#include "sim/report/html/run_picture.hpp"
#include "sim/report/run_report.hpp"
#include "sim/scenario/scenario.hpp"

namespace cpuhp::cli {
namespace {

struct RunArguments {
  std::string scenario;
  std::string design;
  std::uint64_t seed = 0;
  CLI::Option* seed_given = nullptr;
  std::vector<std::string> sets;
  bool exact = false;
  std::vector<std::string> traces;
  std::string report;
  std::string format = "text";
};

/// Design and seed as overrides, after the user's own.
std::vector<SetOverride> overrides(const RunArguments& o) {
  std::vector<SetOverride> sets = parse_sets(o.sets);
  if (!o.design.empty()) sets.push_back(design_override(parse_design("--design", o.design)));
  if (o.seed_given->count() > 0) sets.push_back({"/seed", std::to_string(o.seed)});
  return sets;
}

std::string repeat_line(const RunArguments& o) {
  std::string line = shell_word(program_name) + " run " + shell_word(o.scenario);
  if (!o.design.empty()) line += " --design " + o.design;
  if (o.seed_given->count() > 0) line += " --seed " + std::to_string(o.seed);
  for (const std::string& set : o.sets) line += " --set " + shell_word(set);
  if (o.exact) line += " --exact";
  return line;
}

/// Neither --design nor --seed asks for another run than the file describes.
bool same_run(const RunArguments& o, const Scenario& scenario) {
  if (o.design.empty() && o.seed_given->count() == 0) return true;
  const Scenario own = load_scenario(o.scenario, parse_sets(o.sets));
  return own.config.design == scenario.config.design && own.config.seed == scenario.config.seed;
}

int report_run(Format format, const RunReport& report) {
  switch (format) {
    case Format::Text:
      print(run_text(report, look_of_stdout()));
      break;
    case Format::Json:
      print(run_json(report));
      break;
    case Format::Csv:
      print(comparison_csv({{.scenario = report.scenario.name,
                             .baseline = report.result.design,
                             .runs = {figures(report.result)}}}));
      break;
  }
  if (format != Format::Text) std::fputs(findings_text(report).c_str(), stderr);
  return holds(report) ? kFine : kFinding;
}

/// The run as a page.
HtmlReport page_of(const RunReport& report) {
  const Scenario& s = report.scenario;
  PictureGroup group;
  group.runs.push_back(
      run_picture(std::string(to_string(s.config.design)), s.config, report.result));
  return {.command = "run",
          .title = s.name,
          .subtitle = s.description,
          .repeat = report.repeat,
          .document = run_json(report),
          .groups = {std::move(group)}};
}

int execute_run(const RunArguments& o) {
  const Format format = parse_format(o.format);
  for (auto path = o.traces.begin(); path != o.traces.end(); ++path) {
    trace_format(*path);
    if (std::find(o.traces.begin(), path, *path) != path)
      throw BadInput{"--trace " + *path + " is there twice"};
  }
  const Scenario scenario = load_scenario(o.scenario, overrides(o));
  const bool same = same_run(o, scenario);
  for (const std::string& path : o.traces) require_output(path, {o.scenario});
  require_report(o.report, {o.scenario});

  int code = kFine;
  with_simulator(scenario.config.topology.nr_cpus(), [&](Simulator& simulator) {
    const RunResult result = simulator.run(scenario.config, {.exact = o.exact});
    const std::vector<Finding> findings =
        check_all(result.stream, judged_by(scenario.config, result.ok()));
    for (const std::string& path : o.traces) write_trace(path, scenario, result);
    const RunReport report{.scenario = scenario,
                           .result = result,
                           .expectations = check_expectations(
                               scenario, result, {.findings = &findings, .same_run = same}),
                           .findings = findings,
                           .repeat = repeat_line(o)};
    if (!o.report.empty()) write_report(o.report, page_of(report));
    code = report_run(format, report);
  });
  return code;
}

}  // namespace

Command add_run(CLI::App& program) {
  auto o = std::make_shared<RunArguments>();
  CLI::App* const app = program.add_subcommand("run", "Run one scenario and show what happened");
  app->add_option("SCENARIO", o->scenario, "Scenario file (docs/reference/scenario.md)")
      ->required()
      ->type_name("");
  app->add_option("--design", o->design,
                  "notifier, symmetric, parallel or async, in place of the scenario's")
      ->type_name("DESIGN");
  o->seed_given =
      app->add_option("--seed", o->seed, "Seed of every draw, in place of the scenario's")
          ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{INT64_MAX}))
          ->type_name("N");
  app->add_option("--set", o->sets, "Change any value of the scenario; may be repeated")
      ->type_name("/POINTER=VALUE")
      ->allow_extra_args(false);
  app->add_flag("--exact", o->exact, "One engine event a step: slower, the same result");
  app->add_option(
         "--trace", o->traces,
         "Write what happened; may be repeated. The ending says how: .txt ftrace text, .dat "
         "trace-cmd, .json Chrome/Perfetto, .jsonl, .csv, .log the kernel's log")
      ->type_name("FILE")
      ->allow_extra_args(false);
  add_report(*app, o->report);
  add_format(*app, o->format);
  app->footer(
      "Examples:\n"
      "  cpuhp-sim run scenarios/boot-8-cpus.json\n"
      "  cpuhp-sim run scenarios/fail-one-step.json --report fail-one-step.html\n"
      "  cpuhp-sim run scenarios/boot-8-cpus.json --design async --set /boot_work_ns=5000000\n"
      "  cpuhp-sim run scenarios/offline-one-cpu.json --trace trace.json --trace trace.txt\n"
      "  cpuhp-sim run scenarios/offline-one-cpu.json --trace t.dat && trace-cmd report t.dat\n"
      "\n"
      "Exit code 1 when the scenario's \"expect\" does not hold, or the machine hangs or panics\n"
      "without being expected to.");
  return {app, [o] { return execute_run(*o); }};
}

}  // namespace cpuhp::cli
