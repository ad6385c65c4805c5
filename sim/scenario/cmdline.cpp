#include "sim/scenario/cmdline.hpp"

#include <algorithm>
#include <array>

#include "sim/error.hpp"
#include "sim/scenario/cpulist.hpp"
#include "sim/scenario/suggest.hpp"

namespace cpuhp {

namespace {

constexpr std::array<std::string_view, 13> kWords{
    "nosmt",          "nosmt=force",      "nosmp",           "maxcpus=",     "nr_cpus=",
    "possible_cpus=", "isolcpus=",        "cpuhp.parallel=", "cpu0_hotplug", "tsc=reliable",
    "tsc=",           "cpu_init_udelay=", "smt-enabled="};

/// Words in command lines of real recordings that change nothing in the simulation. A word that
/// ends in '=' takes any value.
constexpr std::array<std::string_view, 36> kHarmless{"BOOT_IMAGE=",
                                                     "apparmor=",
                                                     "clocksource=",
                                                     "console=",
                                                     "debug",
                                                     "earlycon",
                                                     "earlycon=",
                                                     "earlyprintk=",
                                                     "hp_test=",
                                                     "hp_seed=",
                                                     "oops=",
                                                     "ignore_loglevel",
                                                     "init=",
                                                     "initrd=",
                                                     "log_buf_len=",
                                                     "loglevel=",
                                                     "mitigations=",
                                                     "net.ifnames=",
                                                     "no_hash_pointers",
                                                     "nokaslr",
                                                     "nowatchdog",
                                                     "panic=",
                                                     "printk.time=",
                                                     "quiet",
                                                     "rdinit=",
                                                     "reboot=",
                                                     "ro",
                                                     "root=",
                                                     "rootfstype=",
                                                     "rw",
                                                     "splash",
                                                     "trace_buf_size=",
                                                     "trace_clock=",
                                                     "trace_event=",
                                                     "trace_options=",
                                                     "tp_printk"};

[[noreturn]] void fail(std::string message, std::string suggestion = {}) {
  throw BadInput(BadInputAt{.message = std::move(message), .suggestion = std::move(suggestion)});
}

/// Splits at blanks outside of double quotes, as the kernel's next_arg() does; "--" ends the list.
std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> words(1);
  bool quoted = false;
  for (const char c : text) {
    if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && (c == ' ' || c == '\t' || c == '\n')) {
      if (words.back() == "--") break;
      words.emplace_back();
    } else {
      words.back() += c;
    }
  }
  std::erase_if(words, [](const std::string& word) { return word.empty(); });
  if (!words.empty() && words.back() == "--") words.pop_back();
  return words;
}

std::int64_t number(const std::string& word, std::string_view value, std::int64_t min,
                    std::int64_t max) {
  const std::string range = std::to_string(min) + " to " + std::to_string(max);
  const bool digits = !value.empty() && value.size() <= 12 &&
                      value.find_first_not_of("0123456789") == std::string_view::npos;
  const std::int64_t n = digits ? std::stoll(std::string(value)) : -1;
  if (n < min || n > max) fail("\"" + word + "\": expected a number from " + range);
  return n;
}

/// Parses a flag, as kstrtobool() does.
bool flag(const std::string& word, std::string_view value) {
  for (const std::string_view yes : {"1", "y", "Y", "on", "t", "T"})
    if (value == yes) return true;
  for (const std::string_view no : {"0", "n", "N", "off", "f", "F"})
    if (value == no) return false;
  fail("\"" + word + "\": expected 0 or 1");
}

/// Returns the CPU list in the value of `isolcpus=`, which is `[flag-list,]<cpu-list>`.
std::string without_flags(std::string_view value) {
  while (!value.empty()) {
    const std::string_view first = value.substr(0, value.find(','));
    if (first != "nohz" && first != "domain" && first != "managed_irq") break;
    value.remove_prefix(std::min(value.size(), first.size() + 1));
  }
  return std::string(value);
}

/// Replaces '-' by '_': the kernel treats them alike in a parameter's name (kernel/params.c).
std::string normal_name(std::string_view name) {
  std::string s(name);
  std::replace(s.begin(), s.end(), '-', '_');
  return s;
}

struct Argument {
  std::string word;  ///< as the user wrote it
  std::string name;
  std::string value;
  bool has_value;
};

Argument argument(const std::string& word) {
  const std::size_t equals = word.find('=');
  const bool has_value = equals != std::string::npos;
  return {word, normal_name(word.substr(0, equals)), has_value ? word.substr(equals + 1) : "",
          has_value};
}

bool take_flag(const Argument& a, Cmdline& line) {
  if (a.name == "nosmt" && (!a.has_value || a.value == "force")) {
    line.nosmt = true;
    line.nosmt_force = line.nosmt_force || a.has_value;
  } else if (a.name == "nosmp" && !a.has_value) {
    line.max_cpus = 0;
  } else if (a.name == "cpu0_hotplug" && !a.has_value) {
    line.cpu0_hotplug = true;
  } else {
    return false;
  }
  return true;
}

bool take_value(const Argument& a, Cmdline& line) {
  if (!a.has_value) return false;
  if (a.name == "maxcpus") {
    line.max_cpus = static_cast<CpuId>(number(a.word, a.value, 0, kMaxCpus));
  } else if (a.name == "nr_cpus" || a.name == "possible_cpus") {
    line.possible_cpus = std::min(line.possible_cpus.value_or(kMaxCpus),
                                  static_cast<CpuId>(number(a.word, a.value, 1, kMaxCpus)));
  } else if (a.name == "isolcpus") {
    line.isolcpus = without_flags(a.value);
  } else if (a.name == "cpuhp.parallel") {
    line.cpuhp_parallel = flag(a.word, a.value);
  } else if (a.name == "cpu_init_udelay") {
    line.init_delay = Ns{number(a.word, a.value, 0, 10'000'000) * 1'000};
  } else if (a.name == "smt_enabled") {
    line.smt_enabled = a.value == "on" ? kMaxCpus
                       : a.value == "off"
                           ? 0
                           : static_cast<CpuId>(number(a.word, a.value, 0, kMaxCpus));
  } else if (a.name == "tsc") {
    if (a.value == "reliable")
      line.tsc_reliable = true;
    else
      line.ignored.push_back(a.word);
  } else {
    return false;
  }
  return true;
}

bool is_harmless(const Argument& a) {
  const std::string form = a.name + (a.has_value ? "=" : "");
  return std::find(kHarmless.begin(), kHarmless.end(), form) != kHarmless.end();
}

[[noreturn]] void fail_unknown(const Argument& a) {
  std::vector<std::string> known = cmdline_words();
  std::string suggestion = nearest(a.word, known);
  // Compares the name without its value, whose letters would count as edits: "maxcpu=4" needs two
  // edits to become "maxcpus=", and "maxcpu=" only one.
  if (suggestion.empty() || suggestion.back() == '=')
    suggestion = nearest(a.name + (a.has_value ? "=" : ""), known);
  if (suggestion.empty()) suggestion = nearest(a.name, known);
  fail("unknown kernel parameter \"" + a.word + "\"" +
           (suggestion.empty() ? ", expected one of " + listed(known, ", ") : ""),
       suggestion);
}

}  // namespace

Cmdline parse_cmdline(std::string_view text, CmdlineMode mode) {
  Cmdline line;
  for (const std::string& word : split(text)) {
    const Argument a = argument(word);
    if (take_flag(a, line) || take_value(a, line)) continue;
    if (mode == CmdlineMode::Strict && !is_harmless(a)) fail_unknown(a);
    line.ignored.push_back(word);
  }
  return line;
}

void limit_possible(MachineConfig& config, CpuId possible) {
  if (possible >= config.topology.nr_cpus()) return;
  std::vector<CpuPlace> places;
  CpuMask present(possible);
  for (CpuId cpu = 0; cpu < possible; ++cpu) {
    places.push_back(config.topology.place(cpu));
    present.assign(cpu, config.present.test(cpu));
  }
  config.topology = Topology(std::move(places));
  config.present = std::move(present);
}

void apply_cmdline(const Cmdline& line, MachineConfig& config) {
  limit_possible(config, line.possible_cpus.value_or(kMaxCpus));
  const CpuId possible = config.topology.nr_cpus();
  if (!line.isolcpus.empty()) {
    const ParsedCpuList isolated = parse_cpulist(line.isolcpus, possible);
    if (!isolated.mask) fail("\"isolcpus=" + line.isolcpus + "\": " + isolated.error);
    if (config.housekeeping.empty()) config.housekeeping = parse_cpulist("all", possible).value();
    for (CpuId cpu = 0; cpu < possible; ++cpu)
      if (isolated.value().test(cpu)) config.housekeeping.clear(cpu);
    // If no housekeeping CPU is left, the kernel uses the boot CPU (kernel/sched/isolation.c).
    if (config.housekeeping.empty()) config.housekeeping.set(config.boot_cpu);
  }
  config.max_cpus = line.max_cpus.value_or(config.max_cpus);
  config.nosmt = config.nosmt || line.nosmt;
  config.nosmt_force = config.nosmt_force || line.nosmt_force;
  config.cpuhp_parallel = line.cpuhp_parallel.value_or(config.cpuhp_parallel);
  config.cpu0_hotplug = config.cpu0_hotplug || line.cpu0_hotplug;
  if (line.smt_enabled) config.smt_enabled = line.smt_enabled;
  config.tsc_reliable = config.tsc_reliable || line.tsc_reliable;
  if (line.init_delay && *line.init_delay > Ns{})
    config.costs.phase(Phase::Kick).parts.push_back({.work = Dist::fixed(*line.init_delay)});
}

std::vector<std::string> cmdline_words() { return {kWords.begin(), kWords.end()}; }

std::vector<std::string> harmless_cmdline_words() { return {kHarmless.begin(), kHarmless.end()}; }

}  // namespace cpuhp
