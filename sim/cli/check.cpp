// cpuhp-sim check: checks a trace, simulated or of a real kernel, against the invariants.
#include <memory>
#include <optional>

#include "sim/analysis/check_trace.hpp"
#include "sim/cli/command.hpp"
#include "sim/error.hpp"
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
  const Format format = parse_report_format(o.format);
  if (!o.states.empty() && !o.table.empty())
    throw BadInput{"--states and --table: a table has its own names, give one of the two"};
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
  if (known.file.empty()) known.file = o.trace;
  const TraceReport report = check_trace(trace, known);
  print(format == Format::Json ? check_json(report) : check_text(report, look_of_stdout()));
  return report.findings.empty() ? kFine : kFinding;
}

}  // namespace

Command add_check(CLI::App& program) {
  auto o = std::make_shared<CheckOptions>();
  CLI::App* const app = program.add_subcommand(
      "check", "Look for broken invariants in a trace, simulated or a real kernel's");
  app->add_option(
         "TRACE", o->trace,
         "ftrace text of the cpuhp events (trace, trace_pipe, trace-cmd report), a trace.dat, "
         "or a recording; also gzip'd")
      ->required()
      ->type_name("");
  app->add_option("--states", o->states,
                  "/sys/devices/system/cpu/hotplug/states of that kernel: names of the states")
      ->type_name("FILE");
  app->add_option("--table", o->table,
                  "State table of that kernel: also what each state calls. `cpuhp-sim import` "
                  "makes it")
      ->type_name("TABLE.json");
  add_report_format(*app, o->format);
  app->footer(
      "Without a table, what each state calls is read off the trace itself: a step that one walk\n"
      "misses stands out by the others. docs/reference/check.md lists the invariants.\n"
      "\n"
      "Exit code 1: something was found. 2: the file is no trace, or the table another kernel's.\n"
      "\n"
      "Examples:\n"
      "  cpuhp-sim check trace.txt\n"
      "  cpuhp-sim check trace.txt.gz --table scenarios/tables/x86_64-6.1.json\n"
      "  cpuhp-sim check trace.dat\n"
      "  cpuhp-sim run scenarios/offline-one-cpu.json --trace t.txt && cpuhp-sim check t.txt\n"
      "\n"
      "On the machine itself, as root:\n"
      "  echo 1 >/sys/kernel/tracing/events/cpuhp/enable\n"
      "  echo 0 >/sys/devices/system/cpu/cpu1/online; echo 1 >/sys/devices/system/cpu/cpu1/online\n"
      "  cat /sys/kernel/tracing/trace >trace.txt");
  return {app, [o] { return execute_check(*o); }};
}

}  // namespace cpuhp::cli
