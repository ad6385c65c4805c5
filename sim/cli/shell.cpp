// cpuhp-sim shell: controls a live machine at a prompt.
#include "sim/live/shell.hpp"

#include <memory>

#include "sim/cli/command.hpp"
#include "sim/cli/live.hpp"

namespace cpuhp::cli {
namespace {

int execute_shell(const LiveArguments& o) {
  const LiveRun run(o);
  ShellDoor door(look_of_stdout(), run.records());
  return run.drive(door, std::nullopt);
}

}  // namespace

Command add_shell(CLI::App& program) {
  auto o = std::make_shared<LiveArguments>();
  CLI::App* const app =
      program.add_subcommand("shell", "A live machine at a prompt: its files, read and written");
  app->add_option("SCENARIO", o->scenario, "Scenario file (docs/reference/scenario.md)")
      ->required()
      ->type_name("");
  add_live_options(*app, *o);
  app->footer(
      "The machine does what its scenario asks for, then waits for commands: from a terminal, "
      "with\n"
      "history and completion, or from standard input, a line each. `help` lists them. Simulated\n"
      "time stands still in between. docs/reference/live.md tells which files there are.\n"
      "\n"
      "Examples:\n"
      "  cpuhp-sim shell scenarios/boot-8-cpus.json\n"
      "  echo 'cat online' | cpuhp-sim shell scenarios/boot-8-cpus.json\n"
      "  cpuhp-sim shell scenarios/boot-8-cpus.json --record rec.txt <commands.txt\n"
      "\n"
      "Exit code 1 when a check finds an invariant broken, or the machine hangs or panics.");
  return {app, [o] { return execute_shell(*o); }};
}

}  // namespace cpuhp::cli
