#include "sim/trace/import.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <stdexcept>
#include <utility>

#include "model/state_table.hpp"
#include "sim/error.hpp"
#include "sim/trace/boot_installs.hpp"
#include "sim/trace/catalogue.hpp"
#include "sim/trace/import_costs.hpp"
#include "sim/trace/import_evidence.hpp"
#include "sim/trace/text_file.hpp"
#include "sim/trace/text_search.hpp"

namespace cpuhp {
namespace {

using nlohmann::ordered_json;

constexpr Direction kUp = Direction::Up, kDown = Direction::Down;
std::size_t side(Direction d) { return static_cast<std::size_t>(d); }

/// The first kernel that has hotplug/states.
constexpr KernelVersion kFirstWithStates{4, 6};

/// Placeholders for callbacks that exist and were never seen to run.
constexpr std::string_view kUnknownStartup = "unknown_startup";
constexpr std::string_view kUnknownTeardown = "unknown_teardown";

/// Derives callbacks of the states, rules of the kernel, and warnings from traces and recordings.
class Inference {
 public:
  Inference(const StateList& list, const Evidence& e, const ImportOptions& options)
      : list_(list), e_(e) {
    kernel_ = options.kernel.empty() ? e.kernel : options.kernel;
    arch_ = options.arch.empty() ? e.arch : options.arch;
    if (arch_.empty()) arch_ = guess_arch();
    version_ = kernel_version(kernel_);
    if (version_ == KernelVersion{}) guess_version();
    version_ = std::max(version_, kFirstWithStates);
  }

  State state(const NamedState& s);
  Rules rules();
  KernelVersion version() const { return version_; }
  const std::string& kernel() const { return kernel_; }
  const std::string& arch() const { return arch_; }
  void warn(std::string text) { warnings_.push_back(std::move(text)); }
  std::vector<std::string> take_warnings() { return std::move(warnings_); }

 private:
  std::string guess_arch() const;
  void guess_version();
  bool core_state(const NamedState& s) const;
  bool is_multi(const NamedState& s, const StateEvidence& seen, const CatalogueEntry* known) const;
  void name_unknown(State& s, const StateEvidence& seen) const;
  std::string symbol(const NamedState& s, Direction d, const StateEvidence& seen,
                     const CatalogueEntry* known, bool multi, bool& assumed);
  bool never_ran(const StateEvidence& seen, Direction d, bool multi) const;

  const StateList& list_;
  const Evidence& e_;
  std::string kernel_, arch_;
  KernelVersion version_;
  std::vector<std::string> warnings_;
};

/// Guesses the architecture by states that only one architecture has.
std::string Inference::guess_arch() const {
  for (const NamedState& s : list_.states) {
    if (has(s.name, "x86")) return "x86_64";
    if (s.name.starts_with("arm64/")) return "aarch64";
  }
  return "unknown";
}

/// Guesses the version by the states. The version selects the rules and the catalogue's entries.
void Inference::guess_version() {
  if (list_.id("tick:dying") >= 0)
    version_ = {6, 12};
  else if (list_.kick_ap >= 0)
    version_ = {6, 6};
  else if (list_.id("notify:prepare") >= 0)
    version_ = {4, 6};
  else
    version_ = {6, 1};
  warn("no input file names the kernel version; judging by its states, the kernel is similar to " +
       to_string(version_) + "; give the kernel log of its boot with --dmesg to name the version");
  if (kernel_.empty()) kernel_ = to_string(version_).substr(1);
}

/// True when the state has no callback in direction `d`: in a trace, a CPU went through all states
/// and called none here. A multi-instance state without any call may just have had no instances,
/// and then the result is false.
bool Inference::never_ran(const StateEvidence& seen, Direction d, bool multi) const {
  if (!e_.full_walk[side(d)]) return false;
  return !multi || !seen.run[side(kUp)].symbol.empty() || !seen.run[side(kDown)].symbol.empty();
}

/// True for a state that every kernel has, with or without a callback.
bool Inference::core_state(const NamedState& s) const {
  return list_.is_atomic(s.id) || s.name == "offline" || s.name == "ap:online" ||
         s.name == "online";
}

bool Inference::is_multi(const NamedState& s, const StateEvidence& seen,
                         const CatalogueEntry* known) const {
  // A callback in a trace event shows whether the state is a multi-instance state. A call that only
  // the function tracer shows does not.
  for (const StateEvidence::Callback& c : seen.run)
    if (!c.symbol.empty() && !c.function_traced) return seen.multi;
  if (seen.fail_refused) return false;
  if (known != nullptr && known->multi) return true;
  // The file `fail` accepts only states with a callback and multi-instance states. If CPUs went
  // through all states and called no callback here, an accepted state must be a multi-instance
  // state without instances.
  const bool walked = e_.full_walk[0] && e_.full_walk[1];
  const bool nameless = known == nullptr || (known->startup.empty() && known->teardown.empty());
  if (seen.fail_accepted) return walked || nameless;
  // A driver's state always has a callback. If CPUs went through all states and called none here,
  // this must be a multi-instance state without instances.
  return (known == nullptr ? walked : nameless) && !core_state(s);
}

/// Invents names for the callbacks of a driver's multi-instance state without instances. If no
/// write to `fail` showed which of the two exist, assumes both. For a state whose name ends in
/// ":dead", assumes only the teardown.
void Inference::name_unknown(State& s, const StateEvidence& seen) const {
  if (!s.multi || !s.startup.empty() || !s.teardown.empty()) return;
  const bool dead = s.name.ends_with(":dead");
  s.startup_assumed = seen.fail_hit[side(kUp)].value_or(!dead);
  s.teardown_assumed = seen.fail_hit[side(kDown)].value_or(true);
  if (s.startup_assumed) s.startup = kUnknownStartup;
  if (s.teardown_assumed) s.teardown = kUnknownTeardown;
}

std::string Inference::symbol(const NamedState& s, Direction d, const StateEvidence& seen,
                              const CatalogueEntry* known, bool multi, bool& assumed) {
  assumed = false;
  if (const auto& run = seen.run[side(d)]; !run.symbol.empty()) return run.symbol;
  if (known == nullptr) return {};
  const std::string_view name = d == kUp ? known->startup : known->teardown;
  if (name.empty()) return {};
  if (!list_.is_atomic(s.id) && (seen.fail_refused || never_ran(seen, d, multi))) return {};
  assumed = true;
  return std::string(name);
}

std::string source_of(const State& s, const StateEvidence& seen, const CatalogueEntry* known) {
  std::string source;
  const auto add = [&](const std::string& word) { source += (source.empty() ? "" : ", ") + word; };
  bool traced = false, function = false;
  for (const StateEvidence::Callback& c : seen.run)
    if (!c.symbol.empty()) (c.function_traced ? function : traced) = true;
  if (traced) add("events");
  if (function) add("function trace");
  const bool assumed = s.startup_assumed || s.teardown_assumed;
  const bool named = s.startup != kUnknownStartup && s.teardown != kUnknownTeardown;
  if (assumed && named) add("catalogue " + to_string(known->since));
  if (seen.fail_accepted) add("fail write accepted");
  if (seen.fail_refused && !s.has_callbacks()) add("fail write refused");
  const bool refuted = known != nullptr && !s.has_callbacks() &&
                       (!known->startup.empty() || !known->teardown.empty());
  if (refuted && !seen.fail_refused) add("traced walks did not run it");
  if (source.empty() && known != nullptr) add("catalogue " + to_string(known->since));
  return source.empty() ? "states" : source;
}

State Inference::state(const NamedState& s) {
  static const StateEvidence kNothing;
  const auto found = e_.states.find(s.id);
  const StateEvidence& seen = found == e_.states.end() ? kNothing : found->second;
  const CatalogueEntry* known = find_in_catalogue(s.name, version_);
  State out{.id = s.id, .name = s.name};
  out.multi = is_multi(s, seen, known);
  out.startup = symbol(s, kUp, seen, known, out.multi, out.startup_assumed);
  out.teardown = symbol(s, kDown, seen, known, out.multi, out.teardown_assumed);
  name_unknown(out, seen);
  if (out.multi)
    out.instances =
        static_cast<std::uint16_t>(std::max(seen.run[0].instances, seen.run[1].instances));
  out.cant_stop = known != nullptr && known->cant_stop;
  if (seen.target_accepted || seen.target_refused) out.cant_stop = !seen.target_accepted;
  out.skip_onerr = known != nullptr && known->skip_onerr && version_ < KernelVersion{4, 15};
  out.source = source_of(out, seen, known);
  if (known == nullptr && !out.has_callbacks() && !seen.fail_refused)
    warn("no trace shows a callback of state " + std::to_string(s.id) + " \"" + s.name +
         "\", and the catalogue of known callbacks does not have this state: the table gives it no "
         "callbacks");
  return out;
}

/// True for the architectures other than x86 that select HOTPLUG_CORE_SYNC_DEAD (arch/*/Kconfig).
bool selects_core_sync_dead(std::string_view arch) {
  constexpr std::string_view kArchitectures[] = {"aarch64", "arm",    "csky",
                                                 "mips",    "parisc", "riscv"};
  return std::ranges::any_of(kArchitectures,
                             [arch](std::string_view a) { return arch.starts_with(a); });
}

/// Returns the rules for the kernel version and architecture. What the recordings show has
/// priority, because distributions back-port changes.
Rules Inference::rules() {
  Rules r = Rules::of(version_);
  const auto from = [&](int major, int minor) { return version_ >= KernelVersion{major, minor}; };
  const bool x86 = arch_ == "x86_64" || arch_ == "i386" || arch_ == "i686" || arch_ == "unknown";
  for (const Rule& rule : all_rules())
    if (rule.x86_only && !x86) r.*rule.member = false;
  if (arch_.starts_with("ppc"))
    for (const Rule& rule : all_rules())
      if (rule.powerpc_since) r.*rule.member = rule.powerpc_since->is_in(version_);
  if (!from(4, 14)) r.active_is_a_state = list_.id("sched:active") >= 0;
  r.split_startup = list_.kick_ap >= 0;
  const RuleEvidence& seen = e_.rules;
  const bool reports_dead =
      seen.reports_dead.value_or(from(6, 5) && !x86 && selects_core_sync_dead(arch_));
  if (r.split_startup)
    r.core_sync = CoreSync::Full;
  else
    r.core_sync = reports_dead ? CoreSync::Dead : CoreSync::None;
  // Recordings of 6.1.192 show that a stable kernel before 6.5 which takes CPUs down in a kworker,
  // as 6.6 does (2b8272ff4a70), also has the fixes behind these two rules.
  if (!from(6, 5) && seen.down_via_kworker.value_or(false))
    r.equal_target_noop = r.last_housekeeping_busy = true;
  r.decrement_first = seen.decrement_first.value_or(r.decrement_first);
  if (r.decrement_first)
    r.control_decrements_late = seen.control_decrements_late.value_or(r.control_decrements_late);
  r.empty_states_called = seen.empty_states_called.value_or(r.empty_states_called);
  r.down_via_kworker = seen.down_via_kworker.value_or(r.down_via_kworker);
  // Only the code that chooses a CPU for the kworker refuses to take down the last housekeeping
  // CPU. So a kernel without the kworker does not refuse this.
  if (from(6, 6) && !r.down_via_kworker) r.last_housekeeping_busy = false;
  r.last_housekeeping_busy = seen.last_housekeeping_busy.value_or(r.last_housekeeping_busy);
  r.equal_target_noop = seen.equal_target_noop.value_or(r.equal_target_noop);
  r.boot_cpu_target_online = seen.boot_cpu_target_online.value_or(r.boot_cpu_target_online);
  r.fail_limits = seen.fail_limits.value_or(r.fail_limits);
  r.parallel_bringup = seen.parallel_bringup.value_or(r.parallel_bringup);
  r.primaries_first = seen.primaries_first.value_or(r.primaries_first);
  r.smt_forceoff_first = seen.smt_forceoff_first.value_or(r.smt_forceoff_first);
  r.true_false_words = seen.true_false_words.value_or(r.true_false_words);
  r.absent_cpus_ignored = seen.absent_cpus_ignored.value_or(r.absent_cpus_ignored);
  return r;
}

ordered_json rules_json(KernelVersion version, const Rules& rules) {
  ordered_json out;
  out["base"] = to_string(version);
  const Rules base = Rules::of(version);
  for (const Rule& rule : all_rules())
    if (rules.*rule.member != base.*rule.member) out[std::string(rule.name)] = rules.*rule.member;
  if (rules.core_sync != base.core_sync)
    out["core_sync"] = row_of(kCoreSyncs, rules.core_sync).name;
  return out;
}

ordered_json state_json(const State& s) {
  ordered_json out;
  out["id"] = s.id;
  if (!s.name.empty()) out["name"] = s.name;
  if (!s.startup.empty()) out["startup"] = s.startup;
  if (!s.teardown.empty()) out["teardown"] = s.teardown;
  if (s.multi) out["multi"] = true;
  if (s.multi) out["instances"] = s.instances;
  if (s.since == kAfterBoot)
    out["since"] = "later";
  else if (s.since)
    out["since"] = *s.since;
  if (s.cant_stop) out["cant_stop"] = true;
  if (s.skip_onerr) out["skip_onerr"] = true;
  if (s.startup_assumed) out["startup_assumed"] = true;
  if (s.teardown_assumed) out["teardown_assumed"] = true;
  if (s.priority != 0) out["priority"] = s.priority;
  out["source"] = s.source;
  return out;
}

std::string base_name(const std::string& path) {
  const std::filesystem::path name = std::filesystem::path(path).filename();
  return (name.extension() == ".gz" ? name.stem() : name).string();
}

/// Finds out which states the boot set up after smp_init(), and when. Only boots of one machine say
/// that: where there are several machines, the table is of none of them.
void find_set_up_later(StateTable& table, const Evidence& e) {
  const auto boots = [](const PowerOn& on) { return on.design.has_value(); };
  const auto on = std::ranges::find_if(e.power_ons, boots);
  if (on == e.power_ons.end() || !of_one_machine(e)) return;
  const Ns end = boot_span(on->walks).end;
  const BootInstalls b = boot_installs(*on->boot, table, kBootCpu);
  for (const StateId id : b.absent) table.at(id).since = kAfterBoot;
  for (const RecordedInstall& i : b.after) {
    const bool late = b.absent.contains(i.state) || (i.instance && !b.instances.contains(i.state));
    if (!late || i.error != 0 || !table.valid(i.state)) continue;
    std::optional<std::int64_t>& since = table.at(i.state).since;
    if (since.value_or(kAfterBoot) == kAfterBoot) since = std::max(Ns{}, i.at - end).v;
  }
}

StateTable build(const StateList& list, Inference& inference, const std::string& name) {
  const Rules rules = inference.rules();
  std::vector<State> states;
  for (const NamedState& s : list.states) states.push_back(inference.state(s));
  try {
    return StateTable(name, inference.kernel(), rules, std::move(states));
  } catch (const std::invalid_argument& error) {
    refuse(list.file, 0, error.what());
  }
}

void warn_of_table(const StateTable& table, Inference& inference) {
  bool starting = false;
  std::size_t assumed = 0;
  for (const State& s : table.all()) {
    starting = starting || (s.section == Section::Starting && s.has_callbacks());
    assumed += std::size_t{s.startup_assumed} + std::size_t{s.teardown_assumed};
  }
  if (!starting)
    inference.warn(
        "no STARTING callback is known, so the table has none, and a simulated AP runs no STARTING "
        "callbacks");
  if (assumed != 0)
    inference.warn(
        std::to_string(assumed) +
        " callbacks do not appear in the traces and are taken from the catalogue of known "
        "callbacks");
}

/// Requires UTF-8, because tables are JSON. A recording may contain any bytes.
void require_utf8(const Import& made, const ImportOptions& options) {
  try {
    made.table_text();
    made.costs_text();
  } catch (const ordered_json::type_error&) {
    refuse(options.states, 0,
           "the name of this file or of a trace, or a name in one of these files, is not valid "
           "UTF-8 text: a table cannot hold such a name");
  }
}

}  // namespace

Import import_table(const ImportOptions& options) {
  const StateList list = read_states(options.states);
  if (options.traces.empty())
    throw BadInput{
        "no trace was given: a table needs at least one --trace of a boot or of an offline/online "
        "cycle"};
  Evidence e = collect_evidence(
      list, options.dmesg.empty() ? std::vector<KernelLine>{} : read_dmesg(options.dmesg),
      options.traces);
  if (e.events == 0) refuse(options.traces.front(), 0, "none of the traces has a cpuhp event");
  Inference inference(list, e, options);
  const std::string name =
      options.name.empty() ? inference.arch() + "-" + inference.kernel() : options.name;
  StateTable table = build(list, inference, name);
  find_set_up_later(table, e);
  std::vector<std::string> sources{base_name(options.states)};
  for (const std::string& path : options.traces) sources.push_back(base_name(path));
  warn_of_table(table, inference);
  if (!options.dmesg.empty()) {
    sources.push_back(base_name(options.dmesg));
    const auto boots = [](const PowerOn& on) { return on.design.has_value(); };
    if (e.split == 0 && e.log_starts_cpus && std::ranges::any_of(e.power_ons, boots))
      refuse(options.dmesg, 0,
             "tells of CPUs that start, but none of them within a traced bring-up: the log and the "
             "trace are of different boots, or have different clocks");
    if (e.split == 0)
      inference.warn(
          "no line of " + options.dmesg +
          " has a time within a traced bring-up, so no bring-up could be split into phases");
  }

  Import made;
  made.table = {{"version", 1},
                {"kind", "cpuhp-table"},
                {"name", name},
                {"kernel", inference.kernel()},
                {"arch", inference.arch()}};
  made.table["rules"] = rules_json(inference.version(), table.rules());
  made.table["sources"] = sources;
  made.table["states"] = ordered_json::array();
  for (const State& s : table.all())
    if (!s.name.empty()) made.table["states"].push_back(state_json(s));
  const auto measured = [](const PowerOn& on) { return !on.walks.empty(); };
  if (std::ranges::any_of(e.power_ons, measured)) {
    const std::string costs = !options.costs_name.empty() ? options.costs_name
                              : e.emulated                ? "emulated-" + name
                                                          : name;
    made.costs = make_costs(costs, table, e);
  } else {
    inference.warn("no trace with time stamps contains a bring-up, so costs cannot be measured");
  }
  made.warnings = inference.take_warnings();
  made.evidence = std::move(e);
  made.state_table = std::move(table);
  require_utf8(made, options);
  return made;
}

std::string format_lines(const ordered_json& document) {
  static constexpr std::string_view kLists[] = {"states",     "sources", "phases", "uninstalled",
                                                "operations", "faults",  "notes"};
  std::string out = "{\n";
  std::size_t left = document.size();
  for (const auto& [key, value] : document.items()) {
    out += "  " + ordered_json(key).dump() + ": ";
    if (std::ranges::find(kLists, key) == std::end(kLists) || value.empty()) {
      out += value.dump();
    } else {
      out += value.is_array() ? "[\n" : "{\n";
      std::size_t items = value.size();
      for (const auto& [name, item] : value.items()) {
        out += "    " + (value.is_array() ? "" : ordered_json(name).dump() + ": ") + item.dump();
        out += --items != 0 ? ",\n" : "\n";
      }
      out += value.is_array() ? "  ]" : "  }";
    }
    out += --left != 0 ? ",\n" : "\n";
  }
  return out + "}\n";
}

std::string Import::table_text() const { return format_lines(table); }
std::string Import::costs_text() const { return costs ? format_lines(*costs) : std::string(); }

}  // namespace cpuhp
