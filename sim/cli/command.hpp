// The subcommands. Each file has a function that adds its subcommand to the program and returns the
// function to run it, which main() calls after all options are parsed.
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
inline constexpr int kFinding = 1;   ///< an expectation failed or an invariant is broken
inline constexpr int kBadInput = 2;  ///< an error in options or files
inline constexpr int kOurBug = 70;   ///< EX_SOFTWARE of sysexits.h
inline constexpr int kSignal = 128;  ///< plus the signal's number, as in shells

struct Command {
  CLI::App* app = nullptr;
  std::function<int()> execute;  ///< returns the exit code; throws BadInput
};

Command add_check(CLI::App& program);
Command add_mount(CLI::App& program);
Command add_run(CLI::App& program);
Command add_compare(CLI::App& program);
Command add_conform(CLI::App& program);
Command add_diff(CLI::App& program);
Command add_explain(CLI::App& program);
Command add_import(CLI::App& program);
Command add_schema(CLI::App& program);
Command add_shell(CLI::App& program);
Command add_validate(CLI::App& program);
Command add_test(CLI::App& program);
Command add_faults(CLI::App& program);

// --- shared by subcommands

enum class Format { Text, Json, Csv };

/// Adds `--format text|json|csv`; `word` receives it.
void add_format(CLI::App& command, std::string& word);
void add_report_format(CLI::App& command, std::string& word);
/// The parse functions throw BadInput, which suggests the nearest right word.
Format parse_format(const std::string& word);
/// Parses a format, but refuses csv.
Format parse_report_format(const std::string& word);
Design parse_design(const std::string& option, const std::string& word);
/// Parses designs. Refuses a design that occurs twice.
std::vector<Design> parse_designs(const std::string& option, const std::vector<std::string>& words);
FaultKind parse_fault_kind(const std::string& option, const std::string& word);
std::vector<SetOverride> parse_sets(const std::vector<std::string>& words);

/// The following functions add options that several subcommands have; `help` is their description.
void add_design(CLI::App& command, const std::string& name, std::string& word,
                const std::string& help);
void add_designs(CLI::App& command, const std::string& names, std::vector<std::string>& words,
                 const std::string& help);
void add_sets(CLI::App& command, const std::string& name, std::vector<std::string>& words,
              const std::string& help);
CLI::Option* add_seed(CLI::App& command, std::uint64_t& seed, const std::string& help);
void add_jobs(CLI::App& command, unsigned& jobs);
void add_junit(CLI::App& command, std::string& path);

/// Changes to the scenario of one run: the options `--design`, `--seed` and `--set`.
struct Variation {
  std::string design;
  std::uint64_t seed = 0;
  CLI::Option* seed_given = nullptr;
  std::vector<std::string> sets;

  /// True when design and seed stay as they are in the file.
  bool as_filed() const { return design.empty() && seed_given->count() == 0; }
  bool empty() const { return as_filed() && sets.empty(); }
  /// Returns the overrides: those of `--set`, then design and seed.
  std::vector<SetOverride> overrides() const;
  void repeat(RepeatLine& line) const;
};
/// Adds the three options.
void add_variation(CLI::App& command, Variation& variation);

/// Returns the look of stdout, with colour and Unicode only if it can show them.
Look look_of_stdout();
/// Prints the whole text at once. Throws BadInput when it cannot be written.
void print(const std::string& text);

/// Throws BadInput when the file cannot be written, or is one of the inputs.
void require_output(const std::string& path, const std::vector<std::string>& inputs);

/// Describes an interrupted command: "stopped by SIGTERM after 12 of 40 runs".
std::string stopped_text(std::uint64_t done, std::uint64_t all, std::string_view unit);
/// Prints stopped_text() on standard error, for formats that have no place for notes.
void say_stopped(std::uint64_t done, std::uint64_t all, std::string_view unit);

}  // namespace cpuhp::cli
