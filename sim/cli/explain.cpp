// cpuhp-sim explain: where the time of a run or a trace goes.
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "sim/analysis/trace_subject.hpp"
#include "sim/cli/command.hpp"
#include "sim/cli/report_output.hpp"
#include "sim/error.hpp"
#include "sim/host.hpp"
#include "sim/report/explain_report.hpp"
#include "sim/report/html/run_picture.hpp"
#include "sim/run/run.hpp"
#include "sim/scenario/scenario.hpp"

namespace cpuhp::cli {
namespace {

struct ExplainOptions {
  std::string input;
  std::string design;
  std::vector<std::string> sets;
  std::vector<std::string> what_ifs;
  std::optional<int> operation;
  std::size_t top = 10;
  bool all = false;
  std::string report;
  std::string format = "text";
};

/// "12 of 40 variants" on a terminal's last line, once it takes a while.
class VariantProgress {
 public:
  VariantProgress() : shown_(stderr_is_terminal()) {}
  ~VariantProgress() {
    if (last_ != 0) fmt::print(stderr, "\r\033[K");
  }
  VariantProgress(const VariantProgress&) = delete;
  VariantProgress& operator=(const VariantProgress&) = delete;
  void step(std::size_t done, std::size_t of) {
    const std::int64_t now = host_milliseconds();
    if (!shown_ || now - begin_ < 500 || now - last_ < 200) return;
    fmt::print(stderr, "\r{} of {} variants", done, of);
    last_ = now;
  }

 private:
  std::int64_t begin_ = host_milliseconds();
  std::int64_t last_ = 0;
  bool shown_;
};

std::size_t choose_operation(const ExplainOptions& o, const std::vector<Span>& operations) {
  if (operations.empty())
    throw BadInput{o.input + ": the scenario has no operation: there is nothing to explain"};
  if (!o.operation) return most_interesting(operations);
  for (std::size_t i = 0; i < operations.size(); ++i)
    if (operations[i].operation == *o.operation) return i;
  throw BadInput{fmt::format("--operation {}: the run has no such operation, only 0 to {}",
                             *o.operation, operations.back().operation)};
}

/// The explanation as a page.
void write_explanation(const ExplainOptions& o, const Explanation& e, std::string subtitle,
                       OrderedJson picture) {
  if (o.report.empty()) return;
  std::string repeat = shell_word(program_name) + " explain " + shell_word(o.input);
  if (!o.design.empty()) repeat += " --design " + o.design;
  for (const std::string& set : o.sets) repeat += " --set " + shell_word(set);
  for (const std::string& change : o.what_ifs) repeat += " --what-if " + shell_word(change);
  if (o.operation) repeat += fmt::format(" --operation {}", *o.operation);
  PictureGroup group;
  group.runs.push_back(std::move(picture));
  write_report(o.report, {.command = "explain",
                          .title = e.subject,
                          .subtitle = std::move(subtitle),
                          .repeat = std::move(repeat),
                          .document = without_chains(explain_json(e)),
                          .groups = {std::move(group)}});
}

Explanation explain_run(const ExplainOptions& o, const Scenario& scenario, Simulator& simulator) {
  const RunResult result = simulator.run(scenario.config);
  const MachineConfig& config = scenario.config;
  Explanation e{.subject = fmt::format("{} ({})", scenario.name, to_string(result.design)),
                .boot_cpu = config.boot_cpu,
                .operations = operations_of(result.stream),
                .ledger = machine_ledger(result)};
  e.chosen = choose_operation(o, e.operations);
  const StateTable table = effective_table(config);
  const StreamFacts facts{.steps = step_names(table, result.stream),
                          .table = &table,
                          .boot_cpu = config.boot_cpu,
                          .topology = &config.topology};
  e.chain = critical_chain(result.stream, e.operations[e.chosen], facts);
  e.blame = blame(result.stream, e.chain.span, facts, e.chain);
  VariantProgress progress;
  WhatIfOptions options{.top = o.all ? SIZE_MAX : o.top};
  options.progress = [&](std::size_t done, std::size_t of) { progress.step(done, of); };
  for (const std::string& word : o.what_ifs) options.own.push_back(parse_cost_change(word, config));
  e.what_if = what_if(simulator, config, e.chain, e.blame, options);
  e.notes = scenario.notes;
  if (!o.report.empty())
    write_explanation(o, e, scenario.description,
                      run_picture(std::string(to_string(result.design)), config, result));
  return e;
}

Explanation explain_trace(const ExplainOptions& o) {
  if (!o.what_ifs.empty())
    throw BadInput{"--what-if: a trace cannot be run again; explain a scenario for that"};
  if (!o.design.empty() || !o.sets.empty() || o.operation)
    throw BadInput{o.input + " is a trace: --design, --set and --operation are for scenarios"};
  const TraceSubject t = load_trace_subject(o.input);
  Explanation e = explanation_of(t);
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
  std::vector<SetOverride> sets = parse_sets(o.sets);
  if (!o.design.empty())
    sets.push_back(
        {"/design", '"' + std::string(to_string(parse_design("--design", o.design))) + '"'});
  const Scenario scenario = load_scenario(o.input, sets);
  for (const std::string& word : o.what_ifs) parse_cost_change(word, scenario.config);
  std::optional<Explanation> explained;
  with_simulator(scenario.config.topology.nr_cpus(),
                 [&](Simulator& simulator) { explained = explain_run(o, scenario, simulator); });
  show(o, *explained);
  return kFine;
}

}  // namespace

Command add_explain(CLI::App& program) {
  auto o = std::make_shared<ExplainOptions>();
  CLI::App* const app = program.add_subcommand(
      "explain", "Where the time goes: critical chain, blame, what-if, what each CPU did");
  app->add_option("SCENARIO|TRACE", o->input,
                  "Scenario file, or ftrace text of the cpuhp events, or a recording; also gzip'd")
      ->required()
      ->type_name("");
  app->add_option("--design", o->design,
                  "notifier, symmetric, parallel or async, in place of the scenario's")
      ->type_name("DESIGN");
  app->add_option("--set", o->sets, "Change any value of the scenario; may be repeated")
      ->type_name("/POINTER=VALUE")
      ->allow_extra_args(false);
  app->add_option(
         "--operation", o->operation,
         "Explain that operation of the scenario; default: one that never ends, or else the "
         "longest")
      ->check(CLI::Range(0, 65'535))
      ->type_name("N");
  app->add_option("--what-if", o->what_ifs,
                  "Run it with this step's, phase's or lock's cost times FACTOR; may be repeated, "
                  "all together")
      ->type_name("NAME=FACTOR")
      ->allow_extra_args(false);
  app->add_option("--top", o->top, "Rows of each table, and costs that what-if tries")
      ->check(CLI::Range(0, 1'000'000))
      ->type_name("N")
      ->capture_default_str();
  app->add_flag("--all", o->all, "Every row, and what-if tries every cost: slower");
  add_report(*app, o->report);
  add_report_format(*app, o->format);
  app->footer(
      "The critical chain is what the end had to wait for, link by link back to the begin; its\n"
      "links add up to the whole. What-if runs the machine again with a cost halved, and without\n"
      "it. Of a trace there is no what-if, and only what callbacks show.\n"
      "\n"
      "Examples:\n"
      "  cpuhp-sim explain scenarios/skylake-112-boot.json\n"
      "  cpuhp-sim explain scenarios/skylake-112-boot.json --design parallel --top 5\n"
      "  cpuhp-sim explain scenarios/boot-8-cpus.json --what-if alive=0.5 --what-if kick=2\n"
      "  cpuhp-sim explain trace.txt.gz --format json");
  return {app, [o] { return execute_explain(*o); }};
}

}  // namespace cpuhp::cli
