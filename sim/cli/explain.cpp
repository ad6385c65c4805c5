// cpuhp-sim explain: shows where the time goes in a run or trace.
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "sim/analysis/readings.hpp"
#include "sim/analysis/trace_subject.hpp"
#include "sim/analysis/traced_walks.hpp"
#include "sim/cli/command.hpp"
#include "sim/cli/progress.hpp"
#include "sim/cli/report_output.hpp"
#include "sim/conform/traced_twin.hpp"
#include "sim/error.hpp"
#include "sim/report/comparison_report.hpp"
#include "sim/report/explain_report.hpp"
#include "sim/report/html/run_picture.hpp"
#include "sim/run/run.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/stop.hpp"
#include "sim/trace/recording.hpp"
#include "sim/units.hpp"

namespace cpuhp::cli {
namespace {

struct ExplainOptions {
  std::string input;
  Variation variation;
  std::vector<std::string> what_ifs;
  std::string states, dmesg, machine;  ///< of a trace, for its twin
  std::optional<int> operation;
  std::size_t top = 10;
  bool all = false;
  std::string report;
  std::string format = "text";
};

std::size_t choose_operation(const ExplainOptions& o, const std::vector<Span>& operations) {
  if (operations.empty())
    throw BadInput{o.input + ": the input has no operation, so there is nothing to explain"};
  if (!o.operation) return most_interesting(operations);
  for (std::size_t i = 0; i < operations.size(); ++i)
    if (operations[i].operation == *o.operation) return i;
  throw BadInput{fmt::format("--operation {}: this operation does not exist, expected 0 to {}",
                             *o.operation, operations.back().operation)};
}

/// Writes the explanation as a page.
void write_explanation(const ExplainOptions& o, const Explanation& e, std::string subtitle,
                       OrderedJson picture) {
  if (stop_signal() != 0) return;
  RepeatLine repeat("explain");
  o.variation.repeat(repeat.word(o.input));
  repeat.option("--states", o.states).option("--dmesg", o.dmesg).option("--machine", o.machine);
  repeat.options("--what-if", o.what_ifs);
  if (o.operation) repeat.option("--operation", std::to_string(*o.operation));
  PictureGroup group;
  group.runs.push_back(std::move(picture));
  write_report(o.report, {.command = "explain",
                          .title = e.subject,
                          .subtitle = std::move(subtitle),
                          .repeat = repeat.text(),
                          .document = without_chains(explain_json(e)),
                          .groups = {std::move(group)}});
}

/// Tries all what-if variants. When SIGINT or SIGTERM stops it, adds a note: how many were tried.
WhatIf try_variants(const ExplainOptions& o, const Scenario& scenario, Simulator& simulator,
                    Explanation& e) {
  const MachineConfig& config = scenario.config;
  Progress progress("variants");
  std::size_t tried = 0, all = 0;
  WhatIfOptions options{.top = o.all ? SIZE_MAX : o.top};
  options.progress = [&](std::size_t done, std::size_t of) {
    tried = done;
    all = of;
    progress.show(done, of);
    return stop_signal() == 0;
  };
  for (const std::string& word : o.what_ifs) options.own.push_back(parse_cost_change(word, config));
  if (scenario.untold.no_figure.count(config.design) == 0)
    options.other_readings = other_readings(scenario);
  if (scenario.untold.other && config.design == scenario.untold.design) {
    // Both readings take the traced time, but not with other costs.
    options.other_readings.push_back(config);
    options.other_readings.back().costs.phases = *scenario.untold.other;
  }
  WhatIf found = what_if(simulator, config, e.chain, e.blame, options);
  if (tried < all) e.notes.push_back(stopped_text(tried, all, "variants"));
  return found;
}

/// Explains a run. Before the first what-if variant begins, SIGINT, SIGTERM and SIGHUP end the
/// command. Later they only skip the remaining variants.
Explanation explain_run(const ExplainOptions& o, const Scenario& scenario, Simulator& simulator,
                        std::optional<GentleStop>& gentle) {
  const RunResult result = simulator.run(scenario.config);
  const MachineConfig& config = scenario.config;
  Explanation e{.subject = fmt::format("{} ({})", scenario.name, to_string(result.design)),
                .boot_cpu = config.boot_cpu,
                .operations = operations_of(result.stream)};
  e.chosen = choose_operation(o, e.operations);
  const Span& span = e.operations[e.chosen];
  e.ledger = {.total = span.total(),
              .cpus = simulator
                          .run(config, {.keep_events = false,
                                        .ledgers_of = std::pair(span.begin, span.end)})
                          .ledgers};
  const StateTable table = effective_table(config);
  const StreamFacts facts{.steps = step_names(table, result.stream),
                          .table = &table,
                          .boot_cpu = config.boot_cpu,
                          .topology = &config.topology};
  e.chain = critical_chain(result.stream, span, facts);
  e.blame = blame(result.stream, e.chain.span, facts, e.chain);
  e.notes = scenario.notes;
  RunFigures times = figures(result);
  widen(times, scenario, [&](const MachineConfig& reading) {
    return simulator.run(reading, {.keep_events = false});
  });
  if (!times.is_one())
    e.notes.push_back("this is one reading of the traces that the costs are from; the bring-up: " +
                      figure_and_why(times.bringup, times));
  gentle.emplace();
  e.what_if = try_variants(o, scenario, simulator, e);
  if (!o.report.empty())
    write_explanation(o, e, scenario.description,
                      run_picture(std::string(to_string(result.design)), config, result));
  return e;
}

/// Says how well the twin repeats what was traced.
std::string fit_text(const TwinFit& fit) {
  return fmt::format(
      "what-if runs the twin of the traced machine: its bring-up takes {}, and the traced one took "
      "{}; the worst is CPU {}, with {} instead of {}",
      readable(fit.replayed), readable(fit.recorded), fit.worst, readable(fit.worst_replayed),
      readable(fit.worst_recorded));
}

/// Tries the changes on the twin of the machine whose boot was traced.
void explain_twin(const ExplainOptions& o, Explanation& e) {
  ImportOptions files{.states = o.states, .traces = {o.input}, .dmesg = o.dmesg};
  if (files.states.empty() && !read_recording(o.input).states.empty()) files.states = o.input;
  if (files.states.empty())
    throw BadInput{
        "--what-if needs --states for a trace: a trace cannot be run again, and the twin "
        "of its machine needs /sys/devices/system/cpu/hotplug/states"};
  Import made = import_table(files);
  const std::string why = "--what-if on " + o.input + ": ";
  const Scenario twin = parse_scenario(twin_of_traces(made, o.machine, why).dump(), o.input);
  for (const std::string& word : o.what_ifs) parse_cost_change(word, twin.config);
  for (const std::string& warning : made.warnings) e.notes.push_back(warning);
  ExplainOptions boot = o;
  boot.report.clear();
  boot.operation = 0;
  std::optional<GentleStop> gentle;
  with_simulator(twin.config.topology.nr_cpus(), [&](Simulator& simulator) {
    e.notes.push_back(fit_text(fit_of(made, simulator.run(twin.config))));
    e.what_if = explain_run(boot, twin, simulator, gentle).what_if;
  });
}

Explanation explain_trace(const ExplainOptions& o) {
  if (!o.variation.empty())
    throw BadInput{o.input + " is a trace: --design, --seed and --set need a scenario"};
  const TraceSubject t = load_trace_subject(o.input);
  std::optional<std::size_t> chosen;
  if (o.operation) chosen = choose_operation(o, operations_of_trace(t.stream));
  Explanation e = explanation_of(t, chosen);
  if (!o.what_ifs.empty() || !o.states.empty()) explain_twin(o, e);
  if (!o.report.empty()) write_explanation(o, e, "", trace_picture(t.kernel, t));
  return e;
}

void show(const ExplainOptions& o, const Explanation& e) {
  if (parse_report_format(o.format) == Format::Json)
    print(explain_json(e));
  else
    print(explain_text(e, look_of_stdout(), {.top = o.top, .all = o.all}));
}

int execute_explain(const ExplainOptions& o) {
  parse_report_format(o.format);
  require_report(o.report, {o.input});
  if (!is_scenario_file(o.input)) {
    show(o, explain_trace(o));
    return kFine;
  }
  if (!o.states.empty() || !o.dmesg.empty() || !o.machine.empty())
    throw BadInput{o.input + " is a scenario: --states, --dmesg and --machine need a trace"};
  const Scenario scenario = load_scenario(o.input, o.variation.overrides());
  for (const std::string& word : o.what_ifs) parse_cost_change(word, scenario.config);
  std::optional<Explanation> explained;
  std::optional<GentleStop> gentle;
  with_simulator(scenario.config.topology.nr_cpus(), [&](Simulator& simulator) {
    explained = explain_run(o, scenario, simulator, gentle);
  });
  show(o, *explained);
  return kFine;
}

}  // namespace

Command add_explain(CLI::App& program) {
  auto o = std::make_shared<ExplainOptions>();
  CLI::App* const app = program.add_subcommand(
      "explain",
      "Show where the time goes: critical chain, cost of each step, what-if, what each CPU did");
  add_input(*app, "SCENARIO|TRACE", o->input,
            "Scenario file, ftrace text of the cpuhp events, or a recording; may be "
            "compressed with gzip");
  add_variation(*app, o->variation);
  app->add_option("--operation", o->operation,
                  "Explain only operation N; default: in a scenario the operation that never ends, "
                  "or else the longest one; in a trace all operations")
      ->check(CLI::Range(0, 65'535))
      ->type_name("N");
  app->add_option("--what-if", o->what_ifs,
                  "Run the scenario, or the twin of the traced machine, with the cost of step, "
                  "phase or lock NAME multiplied by FACTOR; may be repeated: a single run then has "
                  "all changes")
      ->type_name("NAME=FACTOR")
      ->allow_extra_args(false);
  app->add_option("--states", o->states,
                  "Of a trace: copy of hotplug/states, for what-if on the twin of its machine")
      ->type_name("FILE");
  app->add_option("--dmesg", o->dmesg, "Of a trace: kernel log of the same boot")
      ->type_name("FILE");
  app->add_option("--machine", o->machine, "Of a trace: its machine, as of import")
      ->type_name("FILE");
  app->add_option("--top", o->top,
                  "Show at most N rows of each table, and let what-if try at most N costs")
      ->check(CLI::Range(0, 1'000'000))
      ->type_name("N")
      ->capture_default_str();
  app->add_flag("--all", o->all, "Show every row, and let what-if try every cost: slower");
  add_report(*app, o->report);
  add_report_format(*app, o->format);
  app->footer(
      "The critical chain is the sequence of steps and waits that determined when the operation\n"
      "ended; the durations of its links add up to the duration of the operation. What-if runs\n"
      "the machine again twice for each cost: with half the cost, and without the cost. The\n"
      "explanation of a trace uses callbacks only, and what-if runs the twin that `import` would\n"
      "make of it.\n"
      "\n"
      "Examples:\n"
      "  cpuhp-sim explain scenarios/skylake-112-boot.json\n"
      "  cpuhp-sim explain scenarios/skylake-112-boot.json --design parallel --top 5\n"
      "  cpuhp-sim explain scenarios/boot-8-cpus.json --what-if alive=0.5 --what-if kick=2\n"
      "  cpuhp-sim explain trace.txt.gz --format json\n"
      "  cpuhp-sim explain boot.txt --states states.txt --what-if alive=0.5");
  return {app, [o] { return execute_explain(*o); }};
}

}  // namespace cpuhp::cli
