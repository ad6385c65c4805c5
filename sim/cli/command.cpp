#include "sim/cli/command.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "sim/cli/option_values.hpp"
#include "sim/error.hpp"
#include "sim/host.hpp"
#include "sim/report/campaign_report.hpp"
#include "sim/scenario/suggest.hpp"
#include "sim/stop.hpp"

namespace cpuhp::cli {

std::string program_name = "cpuhp-sim";

namespace {

/// Returns the index of `word` in `words`. Throws BadInput for an unknown word.
std::size_t choose(const std::string& option, const std::string& word,
                   const std::vector<std::string>& words) {
  for (std::size_t i = 0; i < words.size(); ++i)
    if (words[i] == word) return i;
  throw BadInput{{.message = option + ": unknown word \"" + word + "\", expected " + listed(words),
                  .suggestion = nearest(word, words)}};
}

}  // namespace

void add_format(CLI::App& command, std::string& word) {
  offer(command.add_option("--format", word, "Output format: text, json (one document) or csv")
            ->type_name("FORMAT")
            ->capture_default_str(),
        {"text", "json", "csv"});
}

Format parse_format(const std::string& word) {
  return static_cast<Format>(choose("--format", word, {"text", "json", "csv"}));
}

void add_report_format(CLI::App& command, std::string& word) {
  offer(command.add_option("--format", word, "Output format: text or json (one document)")
            ->type_name("FORMAT")
            ->capture_default_str(),
        {"text", "json"});
}

Format parse_report_format(const std::string& word) {
  return static_cast<Format>(choose("--format", word, {"text", "json"}));
}

void add_test_format(CLI::App& command, std::string& word) {
  offer(command
            .add_option(
                "--format", word,
                "Output format: text, json (one document) or ktap (KTAP version 1, as kselftest)")
            ->type_name("FORMAT")
            ->capture_default_str(),
        {"text", "json", "ktap"});
}

Format parse_test_format(const std::string& word) {
  constexpr std::array<Format, 3> kFormats{Format::Text, Format::Json, Format::Ktap};
  return kFormats[choose("--format", word, {"text", "json", "ktap"})];
}

bool parse_engine_is_plain(const std::string& word) {
  return choose("--engine", word, {"ahead", "plain"}) == 1;
}

std::vector<Design> parse_designs(const std::string& option,
                                  const std::vector<std::string>& words) {
  std::vector<Design> designs;
  for (const std::string& word : words) {
    const Design design = parse_design(option, word);
    if (std::find(designs.begin(), designs.end(), design) != designs.end())
      throw BadInput{option + ": " + word + " is listed twice"};
    designs.push_back(design);
  }
  return designs;
}

FaultKind parse_fault_kind(const std::string& option, const std::string& word) {
  return static_cast<FaultKind>(
      choose(option, word, std::vector<std::string>(kFaultNames.begin(), kFaultNames.end())));
}

Design parse_design(const std::string& option, const std::string& word) {
  return static_cast<Design>(
      choose(option, word, std::vector<std::string>(kDesignNames.begin(), kDesignNames.end())));
}

std::vector<SetOverride> parse_sets(const std::vector<std::string>& words) {
  std::vector<SetOverride> sets;
  for (const std::string& word : words) sets.push_back(parse_set_override(word));
  return sets;
}

void add_design(CLI::App& command, const std::string& name, std::string& word,
                const std::string& help) {
  command.add_option(name, word, help)->type_name("DESIGN");
}

void add_designs(CLI::App& command, const std::string& names, std::vector<std::string>& words,
                 const std::string& help) {
  command.add_option(names, words, help)
      ->delimiter(',')
      ->type_name("D,D,...")
      ->allow_extra_args(false);
}

void add_sets(CLI::App& command, const std::string& name, std::vector<std::string>& words,
              const std::string& help) {
  command.add_option(name, words, help)->type_name("/POINTER=VALUE")->allow_extra_args(false);
}

CLI::Option* add_seed(CLI::App& command, std::uint64_t& seed, const std::string& help) {
  return command.add_option("--seed", seed, help)
      ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{INT64_MAX}))
      ->type_name("N");
}

void add_jobs(CLI::App& command, unsigned& jobs) {
  command
      .add_option("--jobs", jobs,
                  "Number of worker processes; default: one for each core of this host")
      ->check(CLI::Range(1u, 1'024u))
      ->type_name("N");
}

void add_junit(CLI::App& command, std::string& path) {
  command.add_option("--junit", path, "Write the results as JUnit XML")->type_name("FILE.xml");
}

std::vector<SetOverride> Variation::overrides() const {
  std::vector<SetOverride> all = parse_sets(sets);
  if (!design.empty()) all.push_back(design_override(parse_design("--design", design)));
  if (seed_given->count() > 0) all.push_back({"/seed", std::to_string(seed)});
  return all;
}

void Variation::repeat(RepeatLine& line) const {
  line.option("--design", design);
  if (seed_given->count() > 0) line.option("--seed", std::to_string(seed));
  line.options("--set", sets);
}

void add_variation(CLI::App& command, Variation& variation) {
  add_design(command, "--design", variation.design,
             "Use this design (notifier, symmetric, parallel or async) in place of the scenario's");
  variation.seed_given =
      add_seed(command, variation.seed, "Seed of all random numbers, in place of the scenario's");
  add_sets(command, "--set", variation.sets, "Change any value of the scenario; may be repeated");
}

Look look_of_stdout() {
  return {.colour = colour_wanted(1), .unicode = utf8_wanted(), .columns = terminal_columns()};
}

void print(const std::string& text) { write_stdout(text); }

std::string stopped_text(std::uint64_t done, std::uint64_t all, std::string_view unit) {
  return "stopped by " + stop_name() + " after " + grouped(done) + " of " + grouped(all) + ' ' +
         std::string(unit);
}

void say_stopped(std::uint64_t done, std::uint64_t all, std::string_view unit) {
  std::fputs(("cpuhp-sim: " + stopped_text(done, all, unit) + '\n').c_str(), stderr);
}

void require_output(const std::string& path, const std::vector<std::string>& inputs) {
  for (const std::string& input : inputs) {
    std::error_code error;
    if (std::filesystem::is_regular_file(path, error) &&
        std::filesystem::equivalent(path, input, error))
      throw BadInput{"cannot write " + path +
                     ": this command reads the same file as input; give another name"};
  }
  require_writable(path);
}

std::string shell_word(const std::string& word) {
  const std::string plain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-+=./,:@%";
  if (!word.empty() && word.find_first_not_of(plain) == std::string::npos) return word;
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + '\'';
}

}  // namespace cpuhp::cli
