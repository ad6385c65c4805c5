// cpuhp-sim import: makes a state table and a cost profile of a real kernel.
#include "sim/trace/import.hpp"

#include <cstdio>
#include <memory>
#include <set>

#include "sim/cli/command.hpp"
#include "sim/conform/conform.hpp"
#include "sim/conform/traced_twin.hpp"
#include "sim/error.hpp"
#include "sim/host.hpp"
#include "sim/log.hpp"
#include "sim/report/import_report.hpp"

namespace cpuhp::cli {
namespace {

struct ImportArguments {
  ImportOptions import;
  std::string out;
  std::string costs_out;
  std::string scenario_out;
  std::string machine;
};

/// Returns the twin of the machine whose boot was traced.
std::string scenario_of(const ImportArguments& o, Import& made) {
  const std::string why = "--scenario-out " + o.scenario_out + ": ";
  if (o.out.empty() || o.costs_out.empty())
    throw BadInput{why +
                   "a scenario names its table and its costs, so --out and --costs-out are "
                   "needed too"};
  return twin_of_traces(made, o.machine, path_from(o.out, o.scenario_out),
                        path_from(o.costs_out, o.scenario_out), why);
}

int execute_import(const ImportArguments& o) {
  std::vector<std::string> inputs = o.import.traces;
  inputs.push_back(o.import.states);
  if (!o.import.dmesg.empty()) inputs.push_back(o.import.dmesg);
  if (!o.machine.empty()) inputs.push_back(o.machine);
  std::set<std::string> outputs;
  for (const std::string& path : {o.out, o.costs_out, o.scenario_out}) {
    if (path.empty()) continue;
    require_output(path, inputs);
    if (!outputs.insert(path).second && path != "/dev/null")
      throw BadInput{"two of --out, --costs-out and --scenario-out name the same file: " + path};
  }

  Import made = import_table(o.import);
  if (!o.costs_out.empty() && !made.costs)
    throw BadInput{"--costs-out " + o.costs_out +
                   ": no trace with time stamps contains a complete bring-up or takedown, so there "
                   "are no costs to write"};
  const std::string scenario = o.scenario_out.empty() ? "" : scenario_of(o, made);
  for (const std::string& warning : made.warnings) logger()->warn("{}", warning);
  std::fputs(import_text(made.evidence).c_str(), stderr);
  if (!o.costs_out.empty()) write_file_atomically(o.costs_out, made.costs_text());
  if (o.out.empty())
    print(made.table_text());
  else
    write_file_atomically(o.out, made.table_text());
  if (!o.scenario_out.empty()) write_file_atomically(o.scenario_out, scenario);
  return kFine;
}

}  // namespace

Command add_import(CLI::App& program) {
  auto o = std::make_shared<ImportArguments>();
  CLI::App* const app = program.add_subcommand(
      "import", "Make a state table and a cost profile from a real kernel's files");
  app->add_option("--states", o->import.states,
                  "Copy of the kernel's /sys/devices/system/cpu/hotplug/states, or a recording")
      ->required()
      ->type_name("FILE");
  app->add_option("--trace", o->import.traces,
                  "ftrace text or trace.dat with the cpuhp events of a boot or of offline/online "
                  "cycles; may be repeated")
      ->required()
      ->type_name("FILE")
      ->allow_extra_args(false);
  app->add_option("--dmesg", o->import.dmesg, "Kernel log of the same boot")->type_name("FILE");
  app->add_option("--name", o->import.name, "Name of the table; default: ARCH-VERSION")
      ->type_name("NAME");
  app->add_option("--out", o->out, "Write the table to this file; default: standard output")
      ->type_name("TABLE.json");
  app->add_option("--costs-out", o->costs_out,
                  "Write the cost profile to this file; default: do not write it")
      ->type_name("COSTS.json");
  app->add_option("--scenario-out", o->scenario_out,
                  "Write the machine as a scenario that boots as it was traced; needs --out and "
                  "--costs-out")
      ->type_name("SCENARIO.json");
  app->add_option("--machine", o->machine,
                  "The machine of the scenario, for traces that do not say it: a recording, or the "
                  "output of `grep . /sys/devices/system/cpu/cpu*/topology/*`")
      ->type_name("FILE");
  app->footer(
      "Examples:\n"
      "  cpuhp-sim import --states states.txt --trace trace.txt --out table.json\n"
      "  cpuhp-sim import --states states.txt --trace boot.txt --trace cycle.txt.gz \\\n"
      "      --dmesg dmesg.txt --name my-machine --out table.json --costs-out costs.json\n"
      "\n"
      "On the machine itself, as root:\n"
      "  cat /sys/devices/system/cpu/hotplug/states >states.txt\n"
      "  echo 1 >/sys/kernel/tracing/events/cpuhp/enable\n"
      "  echo 0 >/sys/devices/system/cpu/cpu1/online; echo 1 >/sys/devices/system/cpu/cpu1/online\n"
      "  cat /sys/kernel/tracing/trace >trace.txt");
  return {app, [o] { return execute_import(*o); }};
}

}  // namespace cpuhp::cli
