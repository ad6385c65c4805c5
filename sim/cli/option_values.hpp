// What the value of an option or argument may be, for completion in shells.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace cpuhp::cli {

/// Kinds of values.
enum class ValueKind {
  None,      ///< a flag, which has no value
  Text,      ///< anything: a number, a name
  Words,     ///< one of some words
  List,      ///< words, separated by commas
  File,      ///< a file; its name ends with `ending`, unless that is empty
  Scenario,  ///< a scenario's file, or the name of one that came with the program
  Folder,    ///< a folder
  Command,   ///< a program, with its arguments
  Changes,   ///< NAME=FACTOR: a state or phase of the machine on the line
  Setting,   ///< /POINTER=VALUE: a place in the scenario on the line
};

struct OptionValue {
  ValueKind kind = ValueKind::Text;
  std::vector<std::string> words;  ///< of Words and List
  std::string ending;              ///< of File, with its dot
};

/// Remembers the words that the option's value may be, where its type does not tell them.
void offer(const CLI::Option* option, std::vector<std::string> words);

/// Returns what the value of an option or argument may be.
OptionValue value_of(const CLI::Option& option);

/// Returns the name of the option's value, as --help has it before the range: "N".
std::string value_name(const CLI::Option& option);

/// Returns the options of a command, or with `positional` its arguments, in the order of --help.
std::vector<const CLI::Option*> options_of(const CLI::App& command, bool positional);

/// Returns the commands of a program, in the order of --help.
std::vector<const CLI::App*> commands_of(const CLI::App& program);

/// Returns the beginnings of /POINTER=VALUE that people use most: "/design=".
std::vector<std::string> common_settings();

/// Returns how an option is written: {"-h", "--help"}.
std::vector<std::string> names_of(const CLI::Option& option);

}  // namespace cpuhp::cli
