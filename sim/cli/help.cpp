// cpuhp-sim help: what --help says, as a manual page too; and what shells complete.
#include <algorithm>
#include <memory>

#include "sim/cli/command.hpp"
#include "sim/error.hpp"
#include "sim/scenario/suggest.hpp"

namespace cpuhp::cli {
namespace {

struct HelpOptions {
  std::string command;
};

/// Returns the command of that name; empty: the program itself. Throws BadInput.
const CLI::App& find_command(const CLI::App& program, const std::string& name) {
  std::vector<std::string> names;
  for (const CLI::App* command : program.get_subcommands({})) {
    if (command->get_name() == name) return *command;
    names.push_back(command->get_name());
  }
  if (name.empty()) return program;
  throw BadInput{
      {.message = "help: unknown command \"" + name + '"', .suggestion = nearest(name, names)}};
}

int execute_help(const CLI::App& program, const HelpOptions& o) {
  const CLI::App& command = find_command(program, o.command);
  const std::string name = &command == &program ? "" : "cpuhp-sim ";
  // Not help(): it would describe the command of the line, which is this one.
  print(command.get_formatter()->make_help(&command, name + command.get_name(),
                                           CLI::AppFormatMode::Normal));
  return kFine;
}

}  // namespace

Command add_help(CLI::App& program) {
  auto o = std::make_shared<HelpOptions>();
  CLI::App* const app = program.add_subcommand("help", "Describe a command, as its --help does");
  app->add_option("COMMAND", o->command, "Command; default: the program as a whole")->type_name("");
  app->footer(
      "Examples:\n"
      "  cpuhp-sim help\n"
      "  cpuhp-sim help run");
  return {app, [o, &program] { return execute_help(program, *o); }};
}

}  // namespace cpuhp::cli
