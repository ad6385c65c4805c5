#include <string_view>

#include "model/config.hpp"
#include "sim/cli/completion.hpp"
#include "sim/cli/option_values.hpp"

namespace cpuhp::cli {
namespace {

/// The part that is the same for each command: it reads the line, asks the tables below what the
/// word at the cursor may be, and answers in COMPREPLY. bash splits a line at = and :, which are
/// parts of our words, so the line is split anew, and the answer is without what bash has split off.
constexpr std::string_view kBashHead =
    R"bash(# bash completion of cpuhp-sim. Made by cpuhp-sim help --completion bash.

# Each _cpuhp_sim_... appends to the array `found` what may stand in place of the word $1.
_cpuhp_sim_words() {
  local word
  for word in "${@:2}"; do [[ $word == "$1"* ]] && found+=("$word"); done
}
_cpuhp_sim_list() {
  local before= word
  [[ $1 == *,* ]] && before=${1%,*},
  for word in "${@:2}"; do
    [[ ,$before == *",$word,"* ]] || _cpuhp_sim_words "$1" "$before$word"
  done
}
# Files that end with $2, and folders.
_cpuhp_sim_files() {
  local word
  compopt -o filenames 2>/dev/null
  while IFS= read -r word; do
    [[ -d $word || $word == *"$2" ]] && found+=("$word")
  done < <(compgen -f -- "$1")
}
# Files that may be scenarios, and those that came with the program, folder by folder: a file that is
# here comes first, as it does when the program looks for it.
_cpuhp_sim_scenarios() {
  local word before= folder=
  _cpuhp_sim_files "$1" .json
  [[ $1 == scenarios/* ]] && before=scenarios/
  [[ $1 == */* ]] && folder=${1%/*}/
  while IFS= read -r word; do
    word=$before$word
    [[ $word == "$1"* ]] || continue
    word=${word#"$folder"}
    [[ $word == */* ]] && word=${word%%/*}/
    word=$folder$word
    [[ -e $word || " ${found[*]} " == *" $word "* ]] || found+=("$word")
  done < <("${line[0]/#\~/$HOME}" help --scenarios 2>/dev/null)
  [[ ${#found[@]} == 1 && ${found[0]} == */ ]] && compopt -o nospace 2>/dev/null
}
_cpuhp_sim_folders() {
  compopt -o filenames 2>/dev/null
  mapfile -t -O "${#found[@]}" found < <(compgen -d -- "$1")
}
# The states of the table, or of the scenario's table, that the line names; $2 follows each.
_cpuhp_sim_states() {
  local word
  compopt -o nospace 2>/dev/null
  for word in "${line[@]:2}"; do
    word=${word#--table=}
    [[ $word == *.json ]] || continue
    while IFS= read -r word; do _cpuhp_sim_words "$1" "$word$2"; done \
      < <("${line[0]/#\~/$HOME}" help --states "$word" 2>/dev/null)
    [[ ${#found[@]} == 0 ]] || return
  done
}
_cpuhp_sim_setting() {
  local pointer=${1%%=*}
  compopt -o nospace 2>/dev/null
  [[ $1 == *=* ]] || { _cpuhp_sim_words "$1" $settings; return; }
  case $pointer in
    /design) _cpuhp_sim_words "$1" $(printf "$pointer=%s " $designs) ;;
    */kind) _cpuhp_sim_words "$1" $(printf "$pointer=%s " $kinds) ;;
    */state | */target)
      _cpuhp_sim_states "${1#*=}" ""
      found=("${found[@]/#/$pointer=}") ;;
  esac
}

_cpuhp_sim() {
  local -a line found=()
  local text=${COMP_LINE:0:COMP_POINT} word option= command= value i positionals=0
  read -ra line <<<"$text"
  [[ $text == *[[:space:]] ]] && line+=("")
  word=${line[${#line[@]} - 1]}
  COMPREPLY=()
  for ((i = 1; i < ${#line[@]} - 1; i++)); do
    [[ ${line[i]} == -* ]] || { command=${line[i]}; break; }
  done
  if [[ -z $command ]]; then
    _cpuhp_sim_words "$word" $commands -V --version -h --help
  else
    # What stands before the word at the cursor: an option that takes a value, or arguments.
    for ((i++; i < ${#line[@]} - 1; i++)); do
      if [[ -n $option ]]; then
        option=
      elif [[ ${line[i]} == --*=* ]]; then
        :
      elif [[ ${line[i]} == -* ]]; then
        _cpuhp_sim_takes_value "$command" "${line[i]}" && option=${line[i]}
      else
        positionals=$((positionals + 1))
      fi
    done
    if [[ -n $option ]]; then
      _cpuhp_sim_value "$command" "$option" "$word"
    elif [[ $word == --*=* ]]; then
      value=${word#*=}
      _cpuhp_sim_value "$command" "${word%%=*}" "$value"
      found=("${found[@]/#/${word%%=*}=}")
    elif [[ $word == -* ]]; then
      _cpuhp_sim_options "$command"
    else
      _cpuhp_sim_argument "$command" "$positionals" "$word"
    fi
  fi
  # What bash has split off, and keeps on the line.
  local kept=${word%"${word##*[=:]}"}
  [[ $COMP_WORDBREAKS == *:* ]] || kept=${word%"${word##*=}"}
  COMPREPLY=("${found[@]#"$kept"}")
}
)bash";

std::string joined(const std::vector<std::string>& words, std::string_view between = " ") {
  std::string s;
  for (const std::string& word : words) s += (s.empty() ? "" : std::string(between)) + word;
  return s;
}

/// Returns the call that finds what a value may be; empty: anything. `word` is the word so far.
std::string call_for(const OptionValue& value, const std::string& word) {
  const std::string begin = "_cpuhp_sim_";
  switch (value.kind) {
    case ValueKind::None:
    case ValueKind::Text:
      return {};
    case ValueKind::Words:
      return begin + "words " + word + ' ' + joined(value.words);
    case ValueKind::List:
      return begin + "list " + word + ' ' + joined(value.words);
    case ValueKind::File:
      return begin + "files " + word + " '" + value.ending + '\'';
    case ValueKind::Scenario:
      return begin + "scenarios " + word;
    case ValueKind::Folder:
      return begin + "folders " + word;
    case ValueKind::Command:
      return "mapfile -t -O \"${#found[@]}\" found < <(compgen -c -- " + word + ")";
    case ValueKind::Changes:
      return begin + "states " + word + " =";
    case ValueKind::Setting:
      return begin + "setting " + word;
  }
  return {};
}

std::string takes_value(const CLI::App& program) {
  std::string s =
      "\n# True when the option $2 of the command $1 takes a value.\n"
      "_cpuhp_sim_takes_value() {\n  case $1:$2 in\n";
  for (const CLI::App* command : commands_of(program))
    for (const CLI::Option* option : options_of(*command, false))
      if (value_of(*option).kind != ValueKind::None)
        for (const std::string& name : names_of(*option))
          s += "    " + command->get_name() + ':' + name + ") ;;\n";
  return s + "    *) return 1 ;;\n  esac\n}\n";
}

std::string values(const CLI::App& program) {
  std::string s = "_cpuhp_sim_value() {\n  case $1:$2 in\n";
  for (const CLI::App* command : commands_of(program))
    for (const CLI::Option* option : options_of(*command, false)) {
      std::vector<std::string> patterns;
      for (const std::string& name : names_of(*option))
        patterns.push_back(command->get_name() + ':' + name);
      const std::string call = call_for(value_of(*option), "\"$3\"");
      if (!call.empty()) s += "    " + joined(patterns, " | ") + ") " + call + " ;;\n";
    }
  return s + "  esac\n}\n";
}

std::string options(const CLI::App& program) {
  std::string s = "_cpuhp_sim_options() {\n  case $1 in\n";
  for (const CLI::App* command : commands_of(program)) {
    std::vector<std::string> names;
    for (const CLI::Option* option : options_of(*command, false))
      for (const std::string& name : names_of(*option)) names.push_back(name);
    s += "    " + command->get_name() + ") _cpuhp_sim_words \"$word\" " + joined(names) + " ;;\n";
  }
  return s + "  esac\n}\n";
}

/// The last argument of a command may be a list, and then takes all that follow.
std::string arguments(const CLI::App& program) {
  std::string s =
      "# The argument of the command $1 after $2 others.\n"
      "_cpuhp_sim_argument() {\n  case $1:$2 in\n";
  for (const CLI::App* command : commands_of(program)) {
    const std::vector<const CLI::Option*> all = options_of(*command, true);
    for (std::size_t i = 0; i < all.size(); ++i) {
      const std::string call = call_for(value_of(*all[i]), "\"$3\"");
      const std::string place = all[i]->get_expected_max() > 1 ? "*" : std::to_string(i);
      if (!call.empty()) s += "    " + command->get_name() + ':' + place + ") " + call + " ;;\n";
    }
  }
  return s + "  esac\n}\n";
}

}  // namespace

std::string bash_completion(const CLI::App& program) {
  std::vector<std::string> names;
  for (const CLI::App* command : commands_of(program)) names.push_back(command->get_name());
  std::string head(kBashHead);
  const std::string mark = "  local -a line found=()\n";
  head.insert(head.find(mark), "  local commands='" + joined(names) + "'\n  local designs='" +
                                   joined({kDesignNames.begin(), kDesignNames.end()}) +
                                   "'\n  local kinds='" +
                                   joined({kFaultNames.begin(), kFaultNames.end()}) +
                                   "'\n  local settings='" + joined(common_settings()) + "'\n");
  return head + takes_value(program) + values(program) + options(program) + arguments(program) +
         "\ncomplete -F _cpuhp_sim cpuhp-sim\n";
}

}  // namespace cpuhp::cli
