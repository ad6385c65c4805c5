// cpuhp-sim help: what --help says, as a manual page too; and what shells complete.
#include <algorithm>
#include <filesystem>
#include <memory>

#include "sim/campaign/suite.hpp"
#include "sim/cli/command.hpp"
#include "sim/cli/completion.hpp"
#include "sim/cli/man_page.hpp"
#include "sim/cli/option_values.hpp"
#include "sim/error.hpp"
#include "sim/host.hpp"
#include "sim/input_file.hpp"
#include "sim/scenario/json_document.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/scenario/suggest.hpp"
#include "sim/scenario/table_file.hpp"

namespace cpuhp::cli {
namespace {

struct HelpOptions {
  std::string command;
  bool man = false;
  std::string pages;
  std::string completion;
  std::string states;
  bool scenarios = false;
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

std::string completion_for(const CLI::App& program, const std::string& shell) {
  if (shell == "bash") return bash_completion(program);
  if (shell == "zsh") return zsh_completion(program);
  throw BadInput{{.message = "--completion: unknown shell \"" + shell + "\", expected bash or zsh",
                  .suggestion = nearest(shell, {"bash", "zsh"})}};
}

void write_pages(const CLI::App& program, const std::string& folder) {
  require_folder(folder + "/man1");
  make_folder(folder + "/man1");
  const auto write = [&](const CLI::App& command) {
    write_file_atomically(folder + "/man1/" + man_name(command) + ".1", man_page(command));
  };
  write(program);
  for (const CLI::App* command : commands_of(program)) write(*command);
  write_file_atomically(folder + "/cpuhp-sim.bash", bash_completion(program));
  write_file_atomically(folder + "/_cpuhp-sim", zsh_completion(program));
}

/// Returns the names of the states and phases of a table or a scenario, one on a line.
std::string state_names(const std::string& path) {
  const JsonDocument document = parse_json_file(path, {.bytes_max = kTableBytesMax});
  const JsonNode* const kind = document.root.is_object() ? document.root.find("kind") : nullptr;
  const bool is_table = kind != nullptr && kind->is_string() && kind->string() == "cpuhp-table";
  std::string text;
  const auto add = [&text](std::string_view name) {
    if (!name.empty()) text += std::string(name) + '\n';
  };
  MachineConfig config;
  if (is_table)
    config.table = load_table(path).table;
  else
    config = load_scenario(path).config;
  for (const State& s : config.table.all()) add(s.name);
  for (const DeclaredState& d : config.declared) add(d.name);
  for (const std::string_view phase : kPhaseNames) add(phase);
  return text;
}

/// Returns the names of the scenarios that came with the program, one on a line.
std::string shipped_scenarios() {
  const std::string folder = installed_file("scenarios/");
  std::string text;
  if (folder.empty()) return text;
  for (const std::string& path : scenarios_in(folder))
    text += std::filesystem::path(path).lexically_relative(folder).string() + '\n';
  return text;
}

int execute_help(const CLI::App& program, const HelpOptions& o) {
  if (!o.pages.empty()) {
    write_pages(program, o.pages);
    return kFine;
  }
  if (!o.completion.empty()) {
    print(completion_for(program, o.completion));
    return kFine;
  }
  if (!o.states.empty()) {
    print(state_names(o.states));
    return kFine;
  }
  if (o.scenarios) {
    print(shipped_scenarios());
    return kFine;
  }
  const CLI::App& command = find_command(program, o.command);
  if (o.man) {
    print(man_page(command));
    return kFine;
  }
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
  CLI::Option* const command =
      app->add_option("COMMAND", o->command, "Command; default: the program as a whole")
          ->type_name("");
  std::vector<std::string> names;
  for (const CLI::App* other : commands_of(program)) names.push_back(other->get_name());
  offer(command, names);
  CLI::Option* const man = app->add_flag("--man", o->man, "Print the manual page, for man -l -");
  CLI::Option* const pages =
      app->add_option(
             "--pages", o->pages,
             "Write what an installation needs into this folder: all manual pages, and the "
             "completion of each shell")
          ->type_name("DIR");
  CLI::Option* const completion =
      app->add_option("--completion", o->completion,
                      "Print what completes command lines in this shell: bash or zsh")
          ->type_name("SHELL");
  offer(completion, {"bash", "zsh"});
  CLI::Option* const states =
      app->add_option("--states", o->states,
                      "Print the names of the states of a state table or scenario, and of the "
                      "phases: what --what-if takes")
          ->type_name("FILE.json");
  CLI::Option* const scenarios = app->add_flag(
      "--scenarios", o->scenarios,
      "Print the names of the scenarios that came with cpuhp-sim, which every command "
      "finds from any folder");
  pages->excludes(man, completion, states, scenarios);
  completion->excludes(man, states, scenarios);
  states->excludes(man, scenarios);
  scenarios->excludes(man);
  app->footer(
      "Examples:\n"
      "  cpuhp-sim help run\n"
      "  cpuhp-sim help run --man | man -l -\n"
      "  source <(cpuhp-sim help --completion bash)\n"
      "  cpuhp-sim help --states scenarios/tables/x86_64-6.12.json");
  return {app, [o, &program] { return execute_help(program, *o); }};
}

}  // namespace cpuhp::cli
