// cpuhp-sim new: writes a scenario to begin with.
#include <filesystem>
#include <memory>

#include "sim/cli/command.hpp"
#include "sim/conform/traced_twin.hpp"
#include "sim/error.hpp"
#include "sim/host.hpp"
#include "sim/input_file.hpp"
#include "sim/scenario/new_scenario.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/scenario/table_file.hpp"
#include "sim/trace/import.hpp"

namespace cpuhp::cli {
namespace {

namespace fs = std::filesystem;

struct NewArguments {
  std::string name;
  std::string machine;
  std::string table = "scenarios/tables/x86_64-6.12.json";
  CLI::Option* table_given = nullptr;
  ImportOptions like;
};

/// The files that the command writes. `table` and `costs` are of --like alone.
struct NewFiles {
  std::string scenario, table, costs;
};

NewFiles files_of(const NewArguments& o) {
  const std::string stem = o.name.ends_with(".json") ? o.name.substr(0, o.name.size() - 5) : o.name;
  NewFiles files{stem + ".json", {}, {}};
  if (!o.like.traces.empty()) {
    files.table = stem + "-table.json";
    files.costs = stem + "-costs.json";
  }
  for (const std::string& path : {files.scenario, files.table, files.costs}) {
    std::error_code error;
    if (path.empty()) continue;
    if (fs::exists(fs::symlink_status(path, error)))
      throw BadInput{path + " exists, and new writes over nothing: give another name"};
    require_writable(path);
  }
  return files;
}

std::string file_name(const std::string& path) { return fs::path(path).filename().string(); }

/// Returns the scenario, and writes the table and the costs that the traces show.
std::string scenario_like(const NewArguments& o, NewScenario about, const NewFiles& files) {
  ImportOptions from = o.like;
  if (from.states.empty()) from.states = from.traces.front();  // a recording has its states
  Import made = import_table(from);
  if (!made.costs)
    throw BadInput{"--like " + shown_file(from.traces.front()) +
                   ": no complete bring-up or takedown with times, so there are no costs"};
  about.table = file_name(files.table);
  about.costs = file_name(files.costs);
  OrderedJson json;
  if (o.machine.empty()) {
    json = OrderedJson::parse(
        twin_of_traces(made, "", about.table, about.costs,
                       "--like " + shown_file(from.traces.front()) +
                           ": without --machine a boot has to show the machine: "));
    json["name"] = about.name;
    const CpuId cpus =
        parse_scenario(twin_of_traces(made, "").dump(), files.scenario).config.topology.nr_cpus();
    OrderedJson noted;
    for (const auto& [key, value] : json.items()) {
      if (key == "machine") noted["notes"] = notes_of_new_scenario(cpus, true);
      noted[key] = value;
    }
    json = std::move(noted);
  } else {
    json = new_scenario(about);
  }
  write_file_atomically(files.table, made.table_text());
  write_file_atomically(files.costs, made.costs_text());
  return format_lines(json);
}

std::string next_steps(const NewFiles& files, const Scenario& scenario) {
  std::string text = "wrote " + files.scenario;
  if (!files.table.empty()) text += ", " + files.table + " and " + files.costs;
  text += ": " + std::to_string(scenario.config.topology.nr_cpus()) + " CPUs, table " +
          scenario.config.table.name() + "\n\nnext:\n";
  const std::string name = shell_word(files.scenario);
  text += "  cpuhp-sim run " + name + "            what happens, CPU by CPU\n";
  text += "  cpuhp-sim compare " + name + "        how long it takes under each design\n";
  text += "  cpuhp-sim explain " + name + "        where the time goes\n";
  text += "  cpuhp-sim faults " + name + "         every callback fails once\n";
  return text + "Its \"notes\" say what each part means, and what else there is.\n";
}

int execute_new(const NewArguments& o) {
  if (o.machine.empty() && o.like.traces.empty())
    throw BadInput{
        "new: expected --machine SOCKETSxCORESxTHREADS, such as 2x32x2, or --like TRACE"};
  if (o.like.traces.empty() && (!o.like.states.empty() || !o.like.dmesg.empty()))
    throw BadInput{"new: --states and --dmesg need --like"};
  if (!o.like.traces.empty() && o.table_given->count() > 0)
    throw BadInput{"new: --like makes a table of its own, and excludes --table"};
  const NewFiles files = files_of(o);
  NewScenario about{.name = fs::path(files.scenario).stem().string(),
                    .schema = installed_file("scenarios/schema.json")};
  if (!o.machine.empty()) parse_grid(o.machine, about);
  std::string text;
  if (o.like.traces.empty()) {
    about.table = o.table;
    text = format_lines(new_scenario(about));
    parse_scenario(text, files.scenario);  // refuses a machine that is too large
  } else {
    text = scenario_like(o, about, files);
  }
  write_file_atomically(files.scenario, text);
  print(next_steps(files, load_scenario(files.scenario)));
  return kFine;
}

}  // namespace

Command add_new(CLI::App& program) {
  auto o = std::make_shared<NewArguments>();
  CLI::App* const app =
      program.add_subcommand("new", "Write a scenario to begin with, with notes that explain it");
  app->add_option("NAME", o->name, "Name of the scenario; its file is NAME.json")
      ->required()
      ->type_name("");
  app->add_option("--machine", o->machine,
                  "Sockets, cores of a socket and threads of a core, such as 2x32x2")
      ->type_name("SxCxT");
  o->table_given = app->add_option("--table", o->table, "State table of the kernel")
                       ->type_name("TABLE.json")
                       ->capture_default_str();
  app->add_option("--like", o->like.traces,
                  "Trace or recording of a real machine: also write a table and costs as it shows "
                  "them, NAME-table.json and NAME-costs.json; may be repeated")
      ->type_name("FILE")
      ->allow_extra_args(false);
  app->add_option("--states", o->like.states,
                  "With --like, if it is no recording: copy of the kernel's hotplug/states")
      ->type_name("FILE");
  app->add_option("--dmesg", o->like.dmesg, "With --like: kernel log of the same boot")
      ->type_name("FILE");
  app->footer(
      "The command writes over no file. With --like and without --machine the machine is the one\n"
      "whose boot was traced.\n"
      "\n"
      "Examples:\n"
      "  cpuhp-sim new mine --machine 2x32x2\n"
      "  cpuhp-sim new mine --machine 8 --table scenarios/tables/arm64-6.12.json\n"
      "  cpuhp-sim new mine --like trace.txt --states states.txt");
  return {app, [o] { return execute_new(*o); }};
}

}  // namespace cpuhp::cli
