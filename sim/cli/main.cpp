// cpuhp-sim: the command line. docs/reference/exit-codes.md lists the exit codes.
#include <signal.h>
#include <spdlog/cfg/env.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <new>
#include <sstream>
#include <string>
#include <vector>

#include "sim/cli/command.hpp"
#include "sim/error.hpp"
#include "sim/host.hpp"
#include "sim/input_file.hpp"
#include "sim/log.hpp"
#include "sim/scenario/suggest.hpp"
#include "sim/stop.hpp"
#include "sim/version.hpp"

namespace cpuhp::cli {
namespace {

constexpr std::string_view kReport =
    "cpuhp-sim: this is a bug of cpuhp-sim; please report it with the command and its files\n";

int fail(const std::string& message) {
  const bool colour = colour_wanted(2);
  std::fprintf(stderr, "cpuhp-sim: %serror:%s %s\n", colour ? "\033[1;31m" : "",
               colour ? "\033[0m" : "", message.c_str());
  return kBadInput;
}

/// Adds advice for the user below the message of a failed assertion.
void on_abort(int) {
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, kReport.data(), kReport.size());
  ::_exit(kOurBug);
}

/// Sets where a file that the working folder lacks is looked for: in the data that was installed with
/// this program, in the sources that it was built in, in the data of the configured folder.
void set_up_data() {
  const std::string own = program_folder();
  set_data_folders({own + "/" CPUHP_TO_DATA, own + "/..", std::string(CPUHP_DATA)});
}

void set_up_log() {
  auto log = spdlog::stderr_color_mt(
      kLogName, colour_wanted(2) ? spdlog::color_mode::automatic : spdlog::color_mode::never);
  log->set_pattern("cpuhp-sim: %^%l:%$ %v");
  log->set_level(spdlog::level::warn);
  spdlog::set_default_logger(std::move(log));
  spdlog::cfg::load_env_levels();  // SPDLOG_LEVEL
}

/// Logs more than SPDLOG_LEVEL asks for: 1 what results rest on, 2 what the engine does, too.
void tell_more(int verbose) {
  if (verbose <= 0) return;
  const spdlog::level::level_enum wanted =
      verbose == 1 ? spdlog::level::info : spdlog::level::debug;
  spdlog::set_level(std::min(wanted, spdlog::get_level()));
}

std::vector<std::string> long_options_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options())
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

/// Returns CLI11's error message, with a suggestion for the wrong word.
BadInput usage_error(const CLI::App& program, const CLI::ParseError& error, int argc, char** argv) {
  const CLI::App* app = &program;
  for (const CLI::App* sub : program.get_subcommands()) app = sub;
  const std::string where = app == &program ? "" : app->get_name() + ": ";
  const std::string help = "; see `cpuhp-sim " + where.substr(0, where.find(':')) +
                           (where.empty() ? "--help`" : " --help`");
  if (app == &program && argc > 1 && argv[1][0] != '-') {
    std::vector<std::string> names;
    for (const CLI::App* sub : program.get_subcommands({})) names.push_back(sub->get_name());
    return BadInput{BadInputAt{.message = "unknown command \"" + std::string(argv[1]) + '"' + help,
                               .suggestion = nearest(argv[1], names)}};
  }
  for (const std::string& word : program.remaining(true)) {
    if (word.size() < 2 || word[0] != '-') continue;
    const std::string name = word.substr(0, word.find('='));
    return BadInput{BadInputAt{.message = where + "unknown option " + name + help,
                               .suggestion = nearest(name, long_options_of(*app))}};
  }
  if (const std::vector<std::string> left = program.remaining(true);
      !left.empty() && error.get_name() == "ExtrasError")
    return BadInput{where + "unexpected argument \"" + left.front() + '"' + help};
  return BadInput{where + error.what() + help};
}

int run_program(int argc, char** argv) {
  CLI::App program{
      "cpuhp-sim simulates Linux CPU hotplug: the CPUs of a machine come up and go down under "
      "four\n"
      "designs, from the old notifier chains to fully asynchronous bring-up.",
      "cpuhp-sim"};
  program.require_subcommand(1);
  program.set_version_flag("-V,--version", "cpuhp-sim " + std::string(version()));
  program.set_help_flag("-h,--help",
                        "Print this text; `cpuhp-sim help COMMAND` describes one command");
  program.footer(
      "Examples:\n"
      "  cpuhp-sim compare scenarios/boot-8-cpus.json\n"
      "  cpuhp-sim run scenarios/offline-one-cpu.json --design parallel --trace trace.txt\n"
      "\n"
      "A file that the working folder lacks may be one that came with cpuhp-sim, such as\n"
      "scenarios/boot-8-cpus.json; -v tells what was read. `-` is standard input.\n"
      "\n"
      "Exit codes: 0 success, 1 a finding, 2 wrong usage or bad input, 70 a bug of cpuhp-sim,\n"
      "75 incomplete: a part of a campaign is missing, the same command goes on.");
  const std::array<Command, 18> commands{
      add_run(program),     add_compare(program), add_test(program),     add_faults(program),
      add_check(program),   add_conform(program), add_explain(program),  add_diff(program),
      add_import(program),  add_session(program), add_validate(program), add_calibrate(program),
      add_new(program),     add_schema(program),  add_mount(program),    add_shell(program),
      add_explore(program), add_help(program)};
  int verbose = 0;
  const auto add_verbose = [&verbose](CLI::App& app) {
    app.add_flag("-v,--verbose", verbose,
                 "Tell on standard error what the result rests on: files, rules, assumed costs and "
                 "callbacks; -vv: also what the engine does");
  };
  add_verbose(program);
  for (const Command& command : commands) {
    add_verbose(*command.app);
    command.app->set_help_flag("-h,--help", "This text");
  }
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
      std::ostringstream text;  // the text of --help or --version
      program.exit(error, text, text);
      print(text.str());
      return kFine;
    }
    throw usage_error(program, error, argc, argv);
  }
  tell_more(verbose);
  for (const Command& command : commands)
    if (*command.app) return command.execute();
  return kBadInput;
}

int run_to_its_end(int argc, char** argv) {
  try {
    return run_program(argc, argv);
  } catch (const BadInput& error) {
    return fail(error.what());
  } catch (const std::bad_alloc&) {
    return fail("not enough memory to simulate this machine; use fewer CPUs");
  } catch (const std::exception& error) {
    std::fprintf(stderr, "cpuhp-sim: internal error: %s\n%s", error.what(), kReport.data());
    return kOurBug;
  }
}

}  // namespace
}  // namespace cpuhp::cli

int main(int argc, char** argv) {
  using namespace cpuhp::cli;
  if (argc > 0) program_name = argv[0];
  cpuhp::set_up_standard_files();
  cpuhp::handle_stop_signals();
  ::signal(SIGABRT, on_abort);
  set_up_log();
  set_up_data();
  const int code = run_to_its_end(argc, argv);
  return cpuhp::stop_signal() == 0 || code == kIncomplete ? code : kSignal + cpuhp::stop_signal();
}
