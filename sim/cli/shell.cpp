// cpuhp-sim shell: controls a live machine at a prompt.
#include "sim/live/shell.hpp"

#include <memory>

#include "sim/cli/command.hpp"
#include "sim/cli/live.hpp"
#include "sim/error.hpp"
#include "sim/input_file.hpp"

namespace cpuhp::cli {
namespace {

int execute_shell(const LiveArguments& o) {
  if (is_standard_input(o.scenario))
    throw BadInput{"shell reads its commands from standard input: give the scenario as a file"};
  const LiveRun run(o);
  ShellDoor door(look_of_stdout(), run.records());
  return run.drive(door, std::nullopt);
}

}  // namespace

Command add_shell(CLI::App& program) {
  auto o = std::make_shared<LiveArguments>();
  CLI::App* const app = program.add_subcommand(
      "shell", "Run a simulated machine with a prompt that reads and writes its files");
  add_input(*app, "SCENARIO", o->scenario, "Scenario file (docs/reference/scenario.md)");
  add_live_options(*app, *o);
  app->footer(
      "The machine does the scenario's operations, then waits for commands: on a terminal with\n"
      "history and completion, otherwise from standard input, one command in each line. `help`\n"
      "lists the commands. Simulated time stands still between commands. docs/reference/live.md\n"
      "lists the simulated files.\n"
      "\n"
      "Examples:\n"
      "  cpuhp-sim shell scenarios/boot-8-cpus.json\n"
      "  echo 'cat online' | cpuhp-sim shell scenarios/boot-8-cpus.json\n"
      "  cpuhp-sim shell scenarios/boot-8-cpus.json --record rec.txt <commands.txt\n"
      "\n"
      "Exit code 1: a check finds a broken invariant, or the machine hangs or panics.");
  return {app, [o] { return execute_shell(*o); }};
}

}  // namespace cpuhp::cli
