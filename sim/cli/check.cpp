// cpuhp-sim check: checks a trace, simulated or of a real kernel, against the invariants.
#include <memory>
#include <optional>

#include "sim/analysis/check_trace.hpp"
#include "sim/cli/command.hpp"
#include "sim/error.hpp"
#include "sim/input_file.hpp"
#include "sim/report/check_report.hpp"
#include "sim/scenario/table_file.hpp"
#include "sim/trace/import_evidence.hpp"

namespace cpuhp::cli {
namespace {

struct CheckOptions {
  std::string trace;
  std::string states;
  std::string table;
  std::string format = "text";
};

int execute_check(const CheckOptions& o) {
  const Format format = parse_test_format(o.format);
  if (!o.states.empty() && !o.table.empty())
    throw BadInput{
        "--states and --table exclude each other, because a table names the states, too: give only "
        "one of them"};
  TraceTable known;
  std::optional<TableFile> table;
  if (!o.table.empty()) {
    table = load_table(o.table);
    known.table = &table->table;
    known.file = o.table;
  }
  if (!o.states.empty()) {
    known.states = read_states(o.states).states;
    known.file = o.states;
  }
  const LooseTrace trace = read_loose_trace(o.trace);
  if (known.file.empty()) known.file = shown_file(o.trace);
  const TraceReport report = check_trace(trace, known);
  print(format == Format::Json   ? check_json(report)
        : format == Format::Ktap ? ktap_text({check_ktap(report, not_judged(trace, known))})
                                 : check_text(report, look_of_stdout()));
  return report.findings.empty() ? kFine : kFinding;
}

}  // namespace

Command add_check(CLI::App& program) {
  auto o = std::make_shared<CheckOptions>();
  CLI::App* const app = program.add_subcommand(
      "check", "Look for broken invariants in a trace of a simulated or real kernel");
  add_input(*app, "TRACE", o->trace,
            "ftrace text of the cpuhp events (trace, trace_pipe, trace-cmd report), a trace.dat, "
            "or a recording of scripts/record-cpuhp; all of them may be compressed with gzip");
  app->add_option(
         "--states", o->states,
         "Copy of /sys/devices/system/cpu/hotplug/states of the traced kernel: it names the states")
      ->type_name("FILE");
  app->add_option("--table", o->table,
                  "State table of the traced kernel, made by `cpuhp-sim import`: names and "
                  "callbacks of the states")
      ->type_name("TABLE.json");
  add_test_format(*app, o->format);
  app->footer(
      "Without a table, the check learns from the trace itself which callback each state has, and\n"
      "reports a step that one walk lacks and all other walks have. docs/reference/check.md lists\n"
      "the invariants.\n"
      "\n"
      "Exit code 1: the check found something. 2: the file is not a trace, or the table belongs\n"
      "to another kernel.\n"
      "\n"
      "Examples:\n"
      "  cpuhp-sim check trace.txt\n"
      "  cpuhp-sim check trace.txt.gz --table scenarios/tables/x86_64-6.1.json\n"
      "  cpuhp-sim check trace.dat\n"
      "  cpuhp-sim check trace.txt --format ktap\n"
      "  cpuhp-sim run scenarios/offline-one-cpu.json --trace t.txt && cpuhp-sim check t.txt\n"
      "\n"
      "On the machine itself, as root:\n"
      "  echo 1 >/sys/kernel/tracing/events/cpuhp/enable\n"
      "  echo 0 >/sys/devices/system/cpu/cpu1/online; echo 1 >/sys/devices/system/cpu/cpu1/online\n"
      "  cat /sys/kernel/tracing/trace >trace.txt");
  return {app, [o] { return execute_check(*o); }};
}

}  // namespace cpuhp::cli
