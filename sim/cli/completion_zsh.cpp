#include <string_view>

#include "model/config.hpp"
#include "sim/cli/completion.hpp"
#include "sim/cli/option_values.hpp"

namespace cpuhp::cli {
namespace {

constexpr std::string_view kZshHead = R"zsh(#compdef cpuhp-sim
# zsh completion of cpuhp-sim. Made by cpuhp-sim help --completion zsh.

# The states of the table, or of the scenario's table, that the line names; $1 follows each.
_cpuhp_sim_states() {
  local word
  local -a states
  for word in $words; do
    [[ $word == *.json ]] || continue
    states=(${(f)"$(_call_program states $program help --states ${word#--table=} 2>/dev/null)"})
    (( $#states )) && break
  done
  compadd -S "$1" -a states
}
# Files that may be scenarios, and those that came with the program.
_cpuhp_sim_scenarios() {
  local -a came
  local found=1
  _files -g "*.json(-.)" && found=0
  came=(${(f)"$(_call_program scenarios $program help --scenarios 2>/dev/null)"})
  [[ -d scenarios ]] || compset -P scenarios/
  _multi_parts / came && found=0
  return found
}
_cpuhp_sim_setting() {
  if compset -P '/design='; then
    compadd -- ${=designs}
  elif compset -P '*/kind='; then
    compadd -- ${=kinds}
  elif compset -P '*/(state|target)='; then
    _cpuhp_sim_states ' '
  else
    compadd -S '' -- ${=settings}
  fi
}
)zsh";

/// Returns a text in '...', in which a specification of _arguments has no special characters.
std::string in_spec(std::string_view text) {
  std::string s;
  for (const char c : text) {
    if (c == '\'')
      s += "'\\''";
    else if (c == '[' || c == ']' || c == ':' || c == '\\')
      s += std::string("\\") + c;
    else
      s += c == '\n' ? ' ' : c;
  }
  return s;
}

std::string spaced(const std::vector<std::string>& words) {
  std::string s;
  for (const std::string& word : words) s += (s.empty() ? "" : " ") + word;
  return s;
}

/// Returns what _arguments does for a value.
std::string action_for(const OptionValue& value) {
  switch (value.kind) {
    case ValueKind::None:
    case ValueKind::Text:
      return " ";
    case ValueKind::Words:
      return '(' + spaced(value.words) + ')';
    case ValueKind::List:
      return "_sequence compadd - " + spaced(value.words);
    case ValueKind::File:
      return value.ending.empty() ? "_files" : "_files -g \"*" + value.ending + "(-.)\"";
    case ValueKind::Scenario:
      return " _cpuhp_sim_scenarios";
    case ValueKind::Folder:
      return "_files -/";
    case ValueKind::Command:
      return "_command_names -e";
    case ValueKind::Changes:
      return " _cpuhp_sim_states =";  // the blank: nothing is put before the argument
    case ValueKind::Setting:
      return "_cpuhp_sim_setting";
  }
  return {};
}

std::string option_spec(const CLI::Option& option, const std::string& name) {
  const OptionValue value = value_of(option);
  const bool has_value = value.kind != ValueKind::None;
  std::string s = "    '*" + name + (has_value && name.starts_with("--") ? "=" : "") + '[' +
                  in_spec(option.get_description()) + ']';
  if (has_value) s += ':' + in_spec(value_name(option)) + ':' + action_for(value);
  return s + "'";
}

std::string command_case(const CLI::App& command) {
  std::string s = "  " + command.get_name() + ")\n    _arguments -S";
  const auto add = [&s](const std::string& spec) { s += " \\\n  " + spec; };
  for (const CLI::Option* option : options_of(command, false))
    for (const std::string& name : names_of(*option)) add(option_spec(*option, name));
  for (const CLI::Option* argument : options_of(command, true))
    add("    '" + std::string(argument->get_expected_max() > 1 ? "*" : "") + ':' +
        in_spec(argument->get_name(true, false)) + ':' + action_for(value_of(*argument)) + "'");
  return s + "\n    ;;\n";
}

}  // namespace

std::string zsh_completion(const CLI::App& program) {
  std::string s(kZshHead);
  s += "\n_cpuhp-sim() {\n  local program=$words[1]\n";
  s += "  local designs='" + spaced({kDesignNames.begin(), kDesignNames.end()}) + "'\n";
  s += "  local kinds='" + spaced({kFaultNames.begin(), kFaultNames.end()}) + "'\n";
  s += "  local settings='" + spaced(common_settings()) + "'\n";
  s += "  local -a commands=(\n";
  for (const CLI::App* command : commands_of(program))
    s += "    '" + command->get_name() + ':' + in_spec(command->get_description()) + "'\n";
  s += "  )\n  if (( CURRENT == 2 )); then\n    _describe command commands\n    return\n  fi\n";
  s += "  local command=$words[2]\n  shift words\n  (( CURRENT-- ))\n  case $command in\n";
  for (const CLI::App* command : commands_of(program)) s += command_case(*command);
  return s + "  esac\n}\n\n_cpuhp-sim \"$@\"\n";
}

}  // namespace cpuhp::cli
