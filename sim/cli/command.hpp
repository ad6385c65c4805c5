// The subcommands. Each file adds one to the program and returns the function that runs it, which
// is called after everything is parsed.
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

/// docs/reference/exit-codes.md
inline constexpr int kFine = 0;
inline constexpr int kFinding = 1;   ///< something expected did not hold
inline constexpr int kBadInput = 2;  ///< usage, files, options
inline constexpr int kOurBug = 70;   ///< EX_SOFTWARE of sysexits.h
inline constexpr int kSignal = 128;  ///< plus the signal's number, as shells do

struct Command {
  CLI::App* app = nullptr;
  std::function<int()> execute;  ///< exit code; throws BadInput
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
/// These functions throw BadInput with the nearest right word.
Format parse_format(const std::string& word);
/// The same without csv.
Format parse_report_format(const std::string& word);
Design parse_design(const std::string& option, const std::string& word);
/// Takes each design at most once.
std::vector<Design> parse_designs(const std::string& option, const std::vector<std::string>& words);
FaultKind parse_fault_kind(const std::string& option, const std::string& word);
std::vector<SetOverride> parse_sets(const std::vector<std::string>& words);

/// Add options that several subcommands have; `help` describes them in the subcommand's words.
void add_design(CLI::App& command, const std::string& name, std::string& word,
                const std::string& help);
void add_designs(CLI::App& command, const std::string& names, std::vector<std::string>& words,
                 const std::string& help);
void add_sets(CLI::App& command, const std::string& name, std::vector<std::string>& words,
              const std::string& help);
CLI::Option* add_seed(CLI::App& command, std::uint64_t& seed, const std::string& help);
void add_jobs(CLI::App& command, unsigned& jobs);
void add_junit(CLI::App& command, std::string& path);

/// Changes to one run's scenario: `--design`, `--seed`, `--set`.
struct Variation {
  std::string design;
  std::uint64_t seed = 0;
  CLI::Option* seed_given = nullptr;
  std::vector<std::string> sets;

  /// True when these options leave design and seed as they are in the file.
  bool as_filed() const { return design.empty() && seed_given->count() == 0; }
  bool empty() const { return as_filed() && sets.empty(); }
  /// Returns the overrides: design and seed come after the user's own.
  std::vector<SetOverride> overrides() const;
  void repeat(RepeatLine& line) const;
};
/// Adds the three options.
void add_variation(CLI::App& command, Variation& variation);

/// Returns the look of stdout: colour and Unicode only if they are shown there.
Look look_of_stdout();
/// Prints the whole text at once. Throws BadInput when it cannot be written.
void print(const std::string& text);

/// Throws BadInput when the file cannot be written, or is one of the inputs.
void require_output(const std::string& path, const std::vector<std::string>& inputs);

/// Describes an interrupted command: "stopped by SIGTERM after 12 of 40 runs".
std::string stopped_text(std::uint64_t done, std::uint64_t all, std::string_view unit);
/// Prints the same on standard error, for output that has no place for notes.
void say_stopped(std::uint64_t done, std::uint64_t all, std::string_view unit);

}  // namespace cpuhp::cli
