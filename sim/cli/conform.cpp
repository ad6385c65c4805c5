// cpuhp-sim conform: replays what was recorded on a real kernel, and compares.
#include "sim/conform/conform.hpp"

#include <memory>

#include "sim/cli/command.hpp"
#include "sim/host.hpp"
#include "sim/report/conform_report.hpp"

namespace cpuhp::cli {
namespace {

struct ConformOptions {
  std::string recording;
  std::string table;
  std::string scenario_out;
  std::string format = "text";
};

int execute_conform(const ConformOptions& o) {
  const Format format = parse_test_format(o.format);
  const std::string scenario_path = o.scenario_out.empty() ? "twin.json" : o.scenario_out;
  const Recording recording = read_recording(o.recording);
  Conformance c = prepare_conformance(recording, o.table, scenario_path);
  if (!o.scenario_out.empty()) {
    for (std::size_t i = 0; i < c.replays.size(); ++i)
      require_output(twin_path(scenario_path, i), {o.recording, o.table});
    for (std::size_t i = 0; i < c.replays.size(); ++i)
      write_file_atomically(twin_path(scenario_path, i), c.replays[i].twin.scenario);
  }
  with_simulator(max_cpus(c), [&](Simulator& simulator) { run_conformance(c, simulator); });
  if (!o.scenario_out.empty())
    for (const Replay& replay : c.replays)
      if (replay.reordered) write_file_atomically(replay.path, replay.twin.scenario);
  print(format == Format::Json   ? conform_json(c)
        : format == Format::Ktap ? ktap_text({conform_ktap(c)})
                                 : conform_text(c, look_of_stdout()));
  return c.ok() ? kFine : kFinding;
}

}  // namespace

Command add_conform(CLI::App& program) {
  auto o = std::make_shared<ConformOptions>();
  CLI::App* const app = program.add_subcommand(
      "conform", "Replay a session recorded on a real kernel and compare every operation");
  add_input(*app, "RECORDING", o->recording,
            "File that scripts/record-cpuhp wrote (docs/reference/recording.md); may be "
            "compressed with gzip");
  app->add_option("--table", o->table,
                  "State table of the recorded kernel, made by `cpuhp-sim import`")
      ->required()
      ->type_name("TABLE.json");
  app->add_option("--scenario-out", o->scenario_out,
                  "Write the replay as a scenario; if the guest died during the recording, write "
                  "one scenario for each boot: FILE.json, FILE-2.json, ...")
      ->type_name("FILE.json");
  add_test_format(*app, o->format);
  app->footer(
      "The command compares the result of each write, the contents of the files after each\n"
      "write, and the events: CPU, step, target or state, function, result, order, and the task\n"
      "that ran them. It does not compare time stamps and pids. Each callback returns the value\n"
      "from the recording.\n"
      "\n"
      "Exit code 1: an operation differs, or the simulated machine breaks an invariant.\n"
      "\n"
      "Examples:\n"
      "  cpuhp-sim import --states rec.txt --trace rec.txt --out table.json\n"
      "  cpuhp-sim conform rec.txt --table table.json\n"
      "  cpuhp-sim conform rec.txt --table table.json --scenario-out twin.json --format json\n"
      "  cpuhp-sim conform rec.txt --table table.json --format ktap");
  return {app, [o] { return execute_conform(*o); }};
}

}  // namespace cpuhp::cli
