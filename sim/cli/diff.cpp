// cpuhp-sim diff: shows the differences between two runs or traces.
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "sim/analysis/difference.hpp"
#include "sim/analysis/trace_subject.hpp"
#include "sim/cli/command.hpp"
#include "sim/cli/report_output.hpp"
#include "sim/error.hpp"
#include "sim/report/diff_report.hpp"
#include "sim/report/html/run_picture.hpp"
#include "sim/run/run.hpp"
#include "sim/scenario/scenario.hpp"

namespace cpuhp::cli {
namespace {

struct DiffInput {
  std::string file;
  std::string design;
  std::vector<std::string> sets;
};

struct DiffOptions {
  DiffInput a, b;
  std::size_t top = 10;
  bool all = false;
  std::string report;
  std::string format = "text";
};

/// The data to which a DiffSide refers.
struct DiffSubject {
  std::optional<Scenario> scenario;
  std::optional<StateTable> table;
  std::optional<RunResult> result;
  std::optional<TraceSubject> trace;
};

DiffSubject load_subject(const DiffInput& in) {
  DiffSubject subject;
  if (!is_scenario_file(in.file)) {
    if (!in.design.empty() || !in.sets.empty())
      throw BadInput{in.file +
                     " is a trace: --design-a, --design-b, --set-a and --set-b need a scenario"};
    subject.trace = load_trace_subject(in.file);
    return subject;
  }
  std::vector<SetOverride> sets = parse_sets(in.sets);
  if (!in.design.empty()) sets.push_back(design_override(parse_design("--design", in.design)));
  subject.scenario = load_scenario(in.file, sets);
  subject.table = effective_table(subject.scenario->config);
  return subject;
}

DiffSide side_of(const DiffInput& in, const DiffSubject& subject) {
  if (subject.trace) return trace_side(*subject.trace);
  const MachineConfig& config = subject.scenario->config;
  const EventStream& stream = subject.result->stream;
  DiffSide side{.label = fmt::format("{} ({})", in.file, to_string(config.design)),
                .kernel = config.table.kernel(),
                .simulated = true,
                .stream = &stream,
                .facts = {.steps = step_names(*subject.table, stream),
                          .table = &*subject.table,
                          .boot_cpu = config.boot_cpu,
                          .topology = &config.topology},
                .operations = operations_of(stream)};
  for (const State& s : subject.table->all())
    if (!s.name.empty()) side.states.push_back(s.name);
  for (const std::string& set : in.sets) side.label += ' ' + set;
  return side;
}

OrderedJson picture_of(const std::string& label, const DiffSubject& s) {
  return s.trace ? trace_picture(label, *s.trace)
                 : run_picture(label, s.scenario->config, *s.result);
}

std::string diff_line(const DiffOptions& o) {
  RepeatLine line("diff");
  line.word(o.a.file).word(o.b.file);
  line.option("--design-a", o.a.design).options("--set-a", o.a.sets);
  return line.option("--design-b", o.b.design).options("--set-b", o.b.sets).text();
}

/// Writes a page with both sides, one above the other.
void write_diff(const DiffOptions& o, const Difference& d, const DiffSubject& a,
                const DiffSubject& b) {
  PictureGroup group;
  group.runs.push_back(picture_of("A", a));
  group.runs.push_back(picture_of("B", b));
  write_report(o.report, {.command = "diff",
                          .title = d.same ? "A and B are the same" : "A compared with B",
                          .subtitle = fmt::format("A: {}. B: {}.", d.label_a, d.label_b),
                          .repeat = diff_line(o),
                          .document = without_chains(diff_json(d)),
                          .groups = {std::move(group)}});
}

int execute_diff(const DiffOptions& o) {
  const Format format = parse_report_format(o.format);
  require_report(o.report, {o.a.file, o.b.file});
  DiffSubject a = load_subject(o.a), b = load_subject(o.b);
  CpuId cpus = 0;
  for (const DiffSubject* s : {&a, &b})
    if (s->scenario) cpus = std::max(cpus, s->scenario->config.topology.nr_cpus());
  if (cpus > 0)
    with_simulator(cpus, [&](Simulator& simulator) {
      for (DiffSubject* s : {&a, &b})
        if (s->scenario) s->result = simulator.run(s->scenario->config);
    });
  const Difference d = difference(side_of(o.a, a), side_of(o.b, b));
  if (!o.report.empty()) write_diff(o, d, a, b);
  if (format == Format::Json)
    print(diff_json(d));
  else
    print(diff_text(d, look_of_stdout(), {.top = o.top, .all = o.all}));
  return d.same ? kFine : kFinding;
}

}  // namespace

Command add_diff(CLI::App& program) {
  auto o = std::make_shared<DiffOptions>();
  CLI::App* const app = program.add_subcommand(
      "diff",
      "Compare two runs or traces: the first event that differs, and where the time differs");
  add_input(*app, "A", o->a.file,
            "Scenario, ftrace text or recording; may be compressed with gzip");
  add_input(*app, "B", o->b.file, "The second file, of the same formats");
  add_design(*app, "--design-a", o->a.design, "Design of A, in place of the scenario's");
  add_design(*app, "--design-b", o->b.design, "Design of B, in place of the scenario's");
  add_sets(*app, "--set-a", o->a.sets, "Change any value of scenario A; may be repeated");
  add_sets(*app, "--set-b", o->b.sets, "Change any value of scenario B; may be repeated");
  app->add_option("--top", o->top, "Show at most N rows of each table")
      ->check(CLI::Range(0, 1'000'000))
      ->type_name("N")
      ->capture_default_str();
  app->add_flag("--all", o->all, "Show every row of each table");
  add_report(*app, o->report);
  add_report_format(*app, o->format);
  app->footer(
      "The command compares the events of each CPU in their order. It matches steps by the name\n"
      "of their state if A or B has the name, otherwise by the callback. If A or B is a trace,\n"
      "the command compares only callbacks, and no times.\n"
      "\n"
      "Exit code 0: A and B are the same; 1: they differ; 2: bad input.\n"
      "\n"
      "Examples:\n"
      "  cpuhp-sim diff scenarios/boot-8-cpus.json scenarios/boot-8-cpus.json --design-b parallel\n"
      "  cpuhp-sim diff boot-6.1.txt.gz boot-6.12.txt.gz\n"
      "  cpuhp-sim diff scenarios/boot-8-cpus.json trace.txt --format json");
  return {app, [o] { return execute_diff(*o); }};
}

}  // namespace cpuhp::cli
