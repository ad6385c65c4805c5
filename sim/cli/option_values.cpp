#include "sim/cli/option_values.hpp"

#include <algorithm>
#include <utility>

#include "model/config.hpp"

namespace cpuhp::cli {
namespace {

struct Offer {
  const CLI::Option* option;
  std::vector<std::string> words;
};

std::vector<Offer>& offers() {
  static std::vector<Offer> all;
  return all;
}

template <typename Names>
std::vector<std::string> words_in(const Names& names) {
  return {names.begin(), names.end()};
}

/// Returns the value of an argument, which has a name and no type.
OptionValue value_of_argument(const std::string& name) {
  if (name == "NAME") return {};
  if (name == "DIR") return {.kind = ValueKind::Folder};
  if (name == "COMMAND") return {.kind = ValueKind::Command};
  return {.kind = name == "SCENARIO" ? ValueKind::Scenario : ValueKind::File};
}

}  // namespace

void offer(const CLI::Option* option, std::vector<std::string> words) {
  offers().push_back({option, std::move(words)});
}

OptionValue value_of(const CLI::Option& option) {
  for (const Offer& one : offers())
    if (one.option == &option) return {.kind = ValueKind::Words, .words = one.words};
  if (!option.nonpositional()) return value_of_argument(option.get_name(true, false));
  if (option.get_type_size() == 0) return {.kind = ValueKind::None};
  const std::string type = value_name(option);
  if (type == "DESIGN") return {.kind = ValueKind::Words, .words = words_in(kDesignNames)};
  if (type == "D,D,...") return {.kind = ValueKind::List, .words = words_in(kDesignNames)};
  if (type == "K,K,...") return {.kind = ValueKind::List, .words = words_in(kFaultNames)};
  if (type == "DIR") return {.kind = ValueKind::Folder};
  if (type == "NAME=FACTOR") return {.kind = ValueKind::Changes};
  if (type == "/POINTER=VALUE") return {.kind = ValueKind::Setting};
  const std::size_t dot = type.rfind('.');
  if (type == "FILE") return {.kind = ValueKind::File};
  if (dot != std::string::npos && dot > 0)
    return {.kind = ValueKind::File, .ending = type.substr(dot)};
  return {};
}

std::string value_name(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  return type.substr(0, type.find(':'));
}

std::vector<const CLI::Option*> options_of(const CLI::App& command, bool positional) {
  return command.get_options([positional](const CLI::Option* option) {
    return !option->get_group().empty() && option->nonpositional() != positional;
  });
}

std::vector<const CLI::App*> commands_of(const CLI::App& program) {
  return program.get_subcommands([](const CLI::App*) { return true; });
}

std::vector<std::string> common_settings() {
  return {"/background_ns=",
          "/boot_work_ns=",
          "/design=",
          "/jitter=",
          "/machine/cmdline=",
          "/machine/cores=",
          "/machine/sockets=",
          "/machine/threads=",
          "/operations/-=",
          "/seed=",
          "/table="};
}

std::vector<std::string> names_of(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const std::string& name : option.get_snames()) names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) names.push_back("--" + name);
  return names;
}

}  // namespace cpuhp::cli
