// The subcommands. For each one a function adds it to the program, and returns the function that
// runs it. main() calls the returned function after all options are parsed.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "model/config.hpp"
#include "sim/cli/repeat_line.hpp"
#include "sim/report/look.hpp"
#include "sim/scenario/set_override.hpp"

namespace cpuhp::cli {

/// Exit codes (docs/reference/exit-codes.md).
inline constexpr int kFine = 0;
inline constexpr int kFinding = 1;   ///< an expectation failed, or an invariant is broken
inline constexpr int kBadInput = 2;  ///< an error in options or files
inline constexpr int kOurBug = 70;   ///< EX_SOFTWARE of sysexits.h
inline constexpr int kSignal = 128;  ///< 128 + the signal's number, as in shells
/// EX_TEMPFAIL of sysexits.h: a part is missing, and the same command goes on.
inline constexpr int kIncomplete = 75;

struct Command {
  CLI::App* app = nullptr;
  std::function<int()> execute;  ///< returns the exit code; throws BadInput
};

Command add_check(CLI::App& program);
Command add_mount(CLI::App& program);
Command add_new(CLI::App& program);
Command add_run(CLI::App& program);
Command add_compare(CLI::App& program);
Command add_conform(CLI::App& program);
Command add_diff(CLI::App& program);
Command add_explain(CLI::App& program);
Command add_import(CLI::App& program);
Command add_schema(CLI::App& program);
Command add_session(CLI::App& program);
Command add_shell(CLI::App& program);
Command add_validate(CLI::App& program);
Command add_calibrate(CLI::App& program);
Command add_test(CLI::App& program);
Command add_faults(CLI::App& program);
Command add_explore(CLI::App& program);
Command add_help(CLI::App& program);

// --- used by several subcommands

enum class Format { Text, Json, Csv, Ktap };

/// Adds `--format text|json|csv`, whose value is stored in `word`.
void add_format(CLI::App& command, std::string& word);
void add_report_format(CLI::App& command, std::string& word);
void add_test_format(CLI::App& command, std::string& word);
/// All parse functions throw BadInput for a wrong word, with the nearest right one as suggestion.
Format parse_format(const std::string& word);
/// Parses a format except csv, which is refused.
Format parse_report_format(const std::string& word);
/// Parses a format of the commands that test something: text, json or ktap.
Format parse_test_format(const std::string& word);
/// Parses the engine of a run. Returns true for the plain one.
bool parse_engine_is_plain(const std::string& word);
Design parse_design(const std::string& option, const std::string& word);
/// Parses designs. Throws BadInput when one occurs twice.
std::vector<Design> parse_designs(const std::string& option, const std::vector<std::string>& words);
FaultKind parse_fault_kind(const std::string& option, const std::string& word);
std::vector<SetOverride> parse_sets(const std::vector<std::string>& words);

/// Adds an argument that the command needs: a path, or a list of paths. `help` describes it.
template <typename Paths>
void add_input(CLI::App& command, const std::string& name, Paths& paths, const std::string& help) {
  command.add_option(name, paths, help)->required()->type_name("");
}
/// These functions add options that several subcommands have. `help` describes the option.
void add_design(CLI::App& command, const std::string& name, std::string& word,
                const std::string& help);
void add_designs(CLI::App& command, const std::string& names, std::vector<std::string>& words,
                 const std::string& help);
void add_sets(CLI::App& command, const std::string& name, std::vector<std::string>& words,
              const std::string& help);
CLI::Option* add_seed(CLI::App& command, std::uint64_t& seed, const std::string& help);
void add_jobs(CLI::App& command, unsigned& jobs);
void add_junit(CLI::App& command, std::string& path);

/// How a run differs from the scenario's file: the options `--design`, `--seed` and `--set`.
struct Variation {
  std::string design;
  std::uint64_t seed = 0;
  CLI::Option* seed_given = nullptr;
  std::vector<std::string> sets;

  /// True when the file's own design and seed are used.
  bool as_filed() const { return design.empty() && seed_given->count() == 0; }
  bool empty() const { return as_filed() && sets.empty(); }
  /// Returns the overrides of `--set`, followed by those of design and seed.
  std::vector<SetOverride> overrides() const;
  void repeat(RepeatLine& line) const;
};
/// Adds --design, --seed and --set.
void add_variation(CLI::App& command, Variation& variation);

/// Returns what stdout can show: colour, Unicode and width.
Look look_of_stdout();
/// Prints the text immediately. Throws BadInput when it cannot be written.
void print(const std::string& text);

/// Throws BadInput when the file cannot be written, or is an input at the same time.
void require_output(const std::string& path, const std::vector<std::string>& inputs);

/// Returns a text about an interrupted command: "stopped by SIGTERM after 12 of 40 runs".
std::string stopped_text(std::uint64_t done, std::uint64_t all, std::string_view unit);
/// Prints stopped_text() to standard error, for output formats that can't contain notes.
void say_stopped(std::uint64_t done, std::uint64_t all, std::string_view unit);

}  // namespace cpuhp::cli
