// The subcommands. Each file adds one to the program and gives back what runs it: after everything
// is parsed, and before anything is done.
//
//   const Command run = add_run(app);
//   app.parse(argc, argv);
//   if (*run.app) return run.execute();
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
inline constexpr int kSignal = 128;  ///< and the signal's number, as shells do

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

// --- what subcommands share

enum class Format { Text, Json, Csv };

/// Adds `--format text|json|csv`; `word` receives it.
void add_format(CLI::App& command, std::string& word);
void add_report_format(CLI::App& command, std::string& word);
/// Throw BadInput with the nearest right word.
Format parse_format(const std::string& word);
/// The same without csv.
Format parse_report_format(const std::string& word);
Design parse_design(const std::string& option, const std::string& word);
/// Each at most once.
std::vector<Design> parse_designs(const std::string& option, const std::vector<std::string>& words);
FaultKind parse_fault_kind(const std::string& option, const std::string& word);
std::vector<SetOverride> parse_sets(const std::vector<std::string>& words);

/// Options that several subcommands have; `help` where what they are about has other words.
void add_design(CLI::App& command, const std::string& name, std::string& word,
                const std::string& help);
void add_designs(CLI::App& command, const std::string& names, std::vector<std::string>& words,
                 const std::string& help);
void add_sets(CLI::App& command, const std::string& name, std::vector<std::string>& words,
              const std::string& help);
CLI::Option* add_seed(CLI::App& command, std::uint64_t& seed, const std::string& help);
void add_jobs(CLI::App& command, unsigned& jobs);
void add_junit(CLI::App& command, std::string& path);

/// `--design`, `--seed`, `--set`: what one run has in place of its scenario's own.
struct Variation {
  std::string design;
  std::uint64_t seed = 0;
  CLI::Option* seed_given = nullptr;
  std::vector<std::string> sets;

  /// Neither design nor seed is another than the file's, as far as these options go.
  bool as_filed() const { return design.empty() && seed_given->count() == 0; }
  bool empty() const { return as_filed() && sets.empty(); }
  /// Design and seed after the user's own.
  std::vector<SetOverride> overrides() const;
  void repeat(RepeatLine& line) const;
};
/// Adds the three options.
void add_variation(CLI::App& command, Variation& variation);

/// As stdout is read: colour and Unicode only where they are shown.
Look look_of_stdout();
/// Everything at once; throws BadInput when it cannot be written.
void print(const std::string& text);

/// Throws BadInput when the file cannot be written, or is one of the inputs.
void require_output(const std::string& path, const std::vector<std::string>& inputs);

/// "stopped by SIGTERM after 12 of 40 runs".
std::string stopped_text(std::uint64_t done, std::uint64_t all, std::string_view unit);
/// The same on standard error, for what has no place for notes.
void say_stopped(std::uint64_t done, std::uint64_t all, std::string_view unit);

}  // namespace cpuhp::cli
