#include "sim/scenario/basis.hpp"

#include <set>

#include "model/rules.hpp"
#include "sim/log.hpp"

namespace cpuhp {
namespace {

/// Returns words with commas, and how many there are where it would be too long a list.
std::string some_of(const std::vector<std::string>& words) {
  constexpr std::size_t kShown = 12;
  std::string text;
  for (std::size_t i = 0; i < words.size() && i < kShown; ++i)
    text += (i == 0 ? "" : ", ") + words[i];
  if (words.size() > kShown) text += " and " + std::to_string(words.size() - kShown) + " more";
  return text;
}

std::string rules_sentence(const StateTable& table) {
  const Rules& rules = table.rules();
  std::vector<std::string> held;
  for (const Rule& rule : all_rules())
    if (rules.*rule.member) held.emplace_back(rule.name);
  return "rules of the kernel " + table.kernel() + ": " + std::to_string(held.size()) + " of " +
         std::to_string(all_rules().size()) + " hold: " + some_of(held);
}

std::string changed_rules_sentence(const StateTable& table) {
  const Rules usual = Rules::of(kernel_version(table.kernel()));
  std::vector<std::string> changed;
  for (const Rule& rule : all_rules()) {
    const bool holds = table.rules().*rule.member;
    const bool x86 = table.arch().starts_with("x86") || table.arch() == "i386";
    if (rule.x86_only && !x86) continue;
    if (holds != usual.*rule.member)
      changed.push_back(std::string(rule.name) + (holds ? " holds" : " does not hold"));
  }
  if (changed.empty()) return {};
  return "the table or the scenario changes rules of that kernel: " + some_of(changed);
}

std::string callbacks_sentence(const MachineConfig& config) {
  std::vector<std::string> unknown;
  for (const State& s : config.table.all()) {
    if (!s.startup.empty() && config.costs.is_default(config.costs.step(s.id, Direction::Up)))
      unknown.push_back(s.startup);
    if (!s.teardown.empty() && config.costs.is_default(config.costs.step(s.id, Direction::Down)))
      unknown.push_back(s.teardown);
  }
  if (unknown.empty()) return {};
  return "costs " + config.costs.name + ": " + std::to_string(unknown.size()) +
         " callbacks have the default cost of callbacks: " + some_of(unknown);
}

std::string phases_sentence(const MachineConfig& config) {
  static const CostProfile defaults;
  std::vector<std::string> unknown;
  for (std::size_t i = 0; i < kPhases; ++i)
    if (config.costs.phases[i] == defaults.phases[i]) unknown.emplace_back(kPhaseNames[i]);
  if (unknown.empty()) return {};
  return "costs " + config.costs.name + ": " + std::to_string(unknown.size()) + " of " +
         std::to_string(kPhases) +
         " phases cost as on a modern bare-metal x86 machine (docs/kernel.md 5.3): " +
         some_of(unknown);
}

void log_once(const std::string& sentence) {
  static std::set<std::string> logged;
  if (!sentence.empty() && logged.insert(sentence).second) logger()->info("{}", sentence);
}

}  // namespace

std::vector<std::string> basis_of(const Scenario& scenario) {
  const MachineConfig& config = scenario.config;
  const StateTable& table = config.table;
  std::vector<std::string> all{"table " + table.name() + ": " + std::to_string(table.all().size()) +
                               " states of the kernel " + table.kernel() +
                               (table.arch().empty() ? "" : " on " + table.arch())};
  all.push_back(rules_sentence(table));
  all.push_back(changed_rules_sentence(table));
  if (!config.costs.source.empty())
    all.push_back("costs " + config.costs.name + ": " + config.costs.source);
  if (!scenario.assumed.empty())
    all.push_back(
        "table " + table.name() + ": " + std::to_string(scenario.assumed.size()) +
        " callbacks are assumed, since no trace showed them: " + some_of(scenario.assumed));
  all.push_back(callbacks_sentence(config));
  all.push_back(phases_sentence(config));
  std::erase(all, std::string());
  return all;
}

void log_basis(const Scenario& scenario) {
  if (!logger()->should_log(spdlog::level::info)) return;
  for (const std::string& sentence : basis_of(scenario)) log_once(sentence);
}

}  // namespace cpuhp
