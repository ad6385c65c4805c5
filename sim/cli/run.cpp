// cpuhp-sim run: runs one scenario once.
#include "sim/run/run.hpp"

#include <cstdio>
#include <memory>
#include <utility>

#include "model/checks/checks.hpp"
#include "model/judged_run.hpp"
#include "sim/analysis/readings.hpp"
#include "sim/cli/command.hpp"
#include "sim/cli/option_values.hpp"
#include "sim/cli/report_output.hpp"
#include "sim/cli/trace_output.hpp"
#include "sim/report/comparison_report.hpp"
#include "sim/report/finding_report.hpp"
#include "sim/report/run_report.hpp"
#include "sim/scenario/scenario.hpp"

namespace cpuhp::cli {
namespace {

struct RunArguments {
  std::string scenario;
  Variation variation;
  bool exact = false;
  std::string engine = "ahead";
  std::vector<std::string> traces;
  std::string report;
  std::string format = "text";
  bool bystanders = false;
};

std::string repeat_line(const RunArguments& o) {
  RepeatLine line("run");
  o.variation.repeat(line.word(o.scenario));
  return line.flag("--exact", o.exact)
      .option("--engine", o.engine == "ahead" ? "" : o.engine)
      .text();
}

/// False when --design or --seed demands another run than the file describes.
bool same_run(const RunArguments& o, const Scenario& scenario) {
  if (o.variation.as_filed()) return true;
  const Scenario own = load_scenario(o.scenario, parse_sets(o.variation.sets));
  return own.config.design == scenario.config.design && own.config.seed == scenario.config.seed;
}

int report_run(Format format, const RunReport& report, const CpuStages& stages) {
  switch (format) {
    case Format::Text:
      print(run_text(report, stages, look_of_stdout()));
      break;
    case Format::Json:
      print(run_json(report));
      break;
    case Format::Csv:
      print(comparison_csv({{.scenario = report.scenario.name,
                             .baseline = report.result.design,
                             .runs = {report.figures}}}));
      break;
    case Format::Ktap:  // parse_format() does not return it
      break;
  }
  if (format != Format::Text) std::fputs(findings_text(report).c_str(), stderr);
  return holds(report) ? kFine : kFinding;
}

/// A run that was checked, and what is told of its events.
struct CheckedRun {
  RunResult result;
  std::vector<Finding> findings;
  std::vector<Diagnosis> diagnoses;
  CpuStages stages;
  LockStalls stalls;
  std::optional<Bystanders> bystanders;
};

/// The uses of a run's events, beside the checks. They decide which events are kept.
struct Wanted {
  bool events = false;  ///< RunResult::stream has all of them
  bool bystanders = false;
};

/// Runs the scenario and checks the run. Where nobody wants its events they are checked and
/// forgotten as they become final, and kept only where something is found: then the scenario runs a
/// second time.
CheckedRun checked_run(Simulator& simulator, const Scenario& scenario, const RunOptions& common,
                       Wanted wanted) {
  RunOptions options = common;
  const Judged judged = judged_by(scenario.config, true);
  CheckedRun run;
  RunChecks checks;
  StagesOfRun stages;
  StallsOfRun stalls;
  std::optional<BystandersOfRun> bystanders;
  if (wanted.bystanders) bystanders.emplace(scenario.config.housekeeping);
  const auto take = [&](const EventStream& part) {
    stages.take(part);
    if (!scenario.config.readers.empty()) stalls.take(part);
    if (bystanders) bystanders->take(part);
    add_diagnoses(part, run.diagnoses);
  };
  bool in_parts = false;
  if (!wanted.events)
    options.take_part = [&](EventStream&& part) {
      in_parts = true;
      take(part);
      checks.take(std::make_shared<const EventStream>(std::move(part)), judged);
      checks.forget();
    };
  run.result = simulator.run(scenario.config, options);
  const EventStream& last = run.result.stream;
  const auto clean = [&] {
    return run.result.ok() && checks.clean({std::shared_ptr<void>(), &last}, judged);
  };
  if (in_parts && !clean()) {
    wanted.events = true;
    return checked_run(simulator, scenario, common, wanted);
  }
  if (!in_parts) run.findings = findings_of(run.result, scenario.config);
  take(last);
  run.stages = stages.finish(shown_end(run.result));
  run.stalls = stalls.finish(run.result.end);
  if (bystanders) run.bystanders = bystanders->finish(run.result.end);
  return run;
}

int execute_run(const RunArguments& o) {
  const Format format = parse_format(o.format);
  const bool plain = parse_engine_is_plain(o.engine);
  const Scenario scenario = load_scenario(o.scenario, o.variation.overrides());
  const bool same = same_run(o, scenario);
  require_traces(o.traces, {o.scenario});
  require_report(o.report, {o.scenario});

  int code = kFine;
  const auto run = [&](Simulator& simulator) {
    const bool page = !o.report.empty();
    const CheckedRun checked =
        checked_run(simulator, scenario, {.exact = o.exact, .plain = plain},
                    {.events = plain || !o.traces.empty() || page,
                     .bystanders = o.bystanders || format == Format::Json || page});
    const RunResult& result = checked.result;
    for (const std::string& path : o.traces) write_trace(path, scenario, result);
    RunReport report{.scenario = scenario,
                     .result = result,
                     .diagnoses = checked.diagnoses,
                     .expectations = check_expectations(
                         scenario, result, {.findings = &checked.findings, .same_run = same}),
                     .findings = checked.findings,
                     .bystanders = checked.bystanders,
                     .repeat = repeat_line(o),
                     .stalls = checked.stalls};
    widen(report.figures, scenario, [&](const MachineConfig& reading) {
      return simulator.run(reading, {.exact = o.exact, .plain = plain, .keep_events = false});
    });
    if (page) write_report(o.report, run_page(report));
    code = report_run(format, report, checked.stages);
  };
  with_simulator(scenario.config.topology.nr_cpus(), run, plain ? Hosts::EachCpu : Hosts::None);
  return code;
}

}  // namespace

Command add_run(CLI::App& program) {
  auto o = std::make_shared<RunArguments>();
  CLI::App* const app = program.add_subcommand("run", "Run one scenario and show what happened");
  app->add_option("SCENARIO", o->scenario, "Scenario file (docs/reference/scenario.md)")
      ->required()
      ->type_name("");
  add_variation(*app, o->variation);
  app->add_flag("--exact", o->exact,
                "Simulate every step as its own event: slower, with the same result");
  offer(app->add_option("--engine", o->engine,
                        "Engine that runs the machine: `ahead` is the fast one, `plain` the slow "
                        "and simple one that it is checked against; both give the same result")
            ->type_name("ENGINE")
            ->capture_default_str()
            ->excludes("--exact"),
        {"ahead", "plain"});
  app->add_flag("--bystanders", o->bystanders,
                "Show what each operation costs the CPUs that have no part in it: how long they "
                "stood still, and their interrupts (docs/bystanders.md)");
  add_trace(*app, o->traces);
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
      "Exit code 1: the run does not match the scenario's \"expect\", or the machine hangs or\n"
      "panics and \"expect\" does not mention it.");
  return {app, [o] { return execute_run(*o); }};
}

}  // namespace cpuhp::cli
