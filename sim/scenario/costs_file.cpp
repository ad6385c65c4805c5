#include "sim/scenario/costs_file.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <string>
#include <utility>

#include "sim/scenario/costs_shape.hpp"
#include "sim/scenario/reference_page.hpp"
#include "sim/scenario/rules_shape.hpp"
#include "sim/scenario/table_shape.hpp"

namespace cpuhp {

namespace {

constexpr std::string_view kLockPattern = "^[A-Za-z0-9_.:/-]{1,64}$";
constexpr std::int64_t kPartsMax = 16;
constexpr std::int64_t kQuantilesMax = 1'025;
constexpr std::int64_t kInstancesMax = 255;
constexpr std::int64_t kOccurrencesMax = 65'536;
constexpr std::size_t kLocksMax = 1'024;

bool is_design(std::string_view text) { return row_named(kDesigns, text) != nullptr; }

bool is_lock_name(std::string_view text) {
  constexpr std::string_view kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:/-";
  return !text.empty() && text.size() <= 64 &&
         text.find_first_not_of(kLetters) == std::string_view::npos;
}

bool is_cpu(std::string_view text) {
  return !text.empty() && text.size() <= 5 && (text == "0" || text[0] != '0') &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; }) &&
         std::stoul(std::string(text)) < kMaxCpus;
}

ShapePtr dist_shape() {
  const ShapePtr ns = ns_of(kCostMaxNs);
  const ShapePtr quantiles = array_of(ns, 1, kQuantilesMax);
  const ShapePtr occurrence = either_of("seen", "The durations of one bring-up or takedown.",
                                        {ns, array_of(ns, 0, kInstancesMax)});
  const ShapePtr seen = object_of(
      "seen durations", "A distribution, and the durations that it is from.",
      {{"quantiles", quantiles, "The distribution."},
       {"by_cpu",
        map_of("a CPU", "^(0|[1-9][0-9]{0,4})$", is_cpu, array_of(occurrence, 0, kOccurrencesMax)),
        "What a CPU's bring-ups and takedowns took, in their order: the first entry is of the "
        "boot. An entry is one duration, or one for each instance of a multi-instance state, by "
        "the instance's number; `[]`: nothing was seen. A run that `replay` describes takes these "
        "durations. Any other run, and a run at a place that was not seen, draws from "
        "`quantiles`.",
        by_default("{}")}});
  return either_of(
      "duration",
      "A fixed duration, or a distribution: its quantiles in ascending order, at equal distances "
      "from 0 % to 100 %, with linear interpolation. Two entries are a uniform distribution.",
      {ns, quantiles, seen});
}

ShapePtr part_shape() {
  const ShapePtr when = words_of(kWhens);
  const ShapePtr kernel = kernel_shape();
  return object_of(
      "part", "One part of a cost.",
      {{"when",
        either_of("when", "One condition, or several that all have to hold.",
                  {when, array_of(when, 1, static_cast<std::int64_t>(kWhens.size()))}),
        "When the part applies.", by_default("\"always\"")},
       {"kernels",
        object_of(
            "kernels", "A range of kernels.",
            {{"from", kernel, "The first one.", otherwise("from the first on")},
             {"before", kernel, "The first one that is too new.", otherwise("to the newest")}}),
        "The kernels that have this part. The kernel is the table's.", otherwise("all")},
       {"work", dist_shape(), "CPU time of the executing CPU.", by_default("0")},
       {"wait", dist_shape(),
        "Time asleep: the executing CPU is free meanwhile. While interrupts are off (STARTING and "
        "DYING callbacks, an AP before it is online, stop_machine()), a `wait` breaks invariant "
        "I40 and counts as CPU time.",
        by_default("0")},
       {"per_online", ns_of(kPerOnlineMaxNs), "Additional CPU work for each online CPU.",
        by_default("0")},
       {"per_online_squared", ns_of(kPerOnlineSquaredMaxNs),
        "Additional CPU work for each pair of online CPUs (the rebuild of scheduler domains).",
        by_default("0")},
       {"per_interrupt", ns_of(kPerInterruptMaxNs),
        "Additional CPU work for each interrupt that is routed to the CPU (`interrupts` of the "
        "machine).",
        by_default("0")},
       {"grace_periods_permille", integer_of(0, kGracePeriodsMaxPermille, "permille"),
        "Thousandths of an RCU grace period for which the task waits, asleep, after `wait`: the "
        "mean; each wait is for a whole number of them. They are normal ones at run time, "
        "expedited "
        "ones throughout boot, suspend and resume. No effect in phases that only take time, such "
        "as "
        "`alive` and `wake_up`.",
        by_default("0")},
       {"lock", text_matching("a lock's name", kLockPattern, is_lock_name),
        "Machine-wide lock that is held for this part. A task sleeps while it waits for the lock, "
        "unless `raw_locks` names the lock. In atomic context, a part that asks for a sleeping "
        "lock breaks invariant I40 and does not take the lock. The hotplug core has the locks "
        "`device_hotplug_lock`, "
        "`cpu_add_remove_lock`, `cpu_hotplug_lock`, `cpuhp_state_mutex`, `sparse_irq_lock`, "
        "`kthreadd`, `workqueue_pool`, `text_mutex`, `tsc_partner`.",
        otherwise("no lock")}});
}

ShapePtr cost_shape() {
  const ShapePtr part = part_shape();
  return either_of("cost", "Fixed CPU work in ns, one part, or several parts one after the other.",
                   {ns_of(kCostMaxNs), part, array_of(part, 0, kPartsMax)});
}

/// Returns the default cost of a phase as text: its fields, and those that grow with the machine,
/// which are guesses.
std::string default_words(const PhaseInfo& phase) {
  if (phase.value == Phase::RcuSync) return "by `hz` and the number of possible CPUs";
  const CostProfile profile;
  const Cost& cost = profile.phase(phase.value);
  if (cost.parts.empty()) return "0";
  const CostPart& part = cost.parts.front();
  std::string words;
  const auto add = [&words](Ns ns, std::string_view of) {
    if (ns == Ns{}) return;
    words += (words.empty() ? "" : ", ") + grouped(ns.v);
    if (!of.empty()) words += " of `" + std::string(of) + "`";
  };
  add(part.work.mean(), "");
  add(part.wait.mean(), "wait");
  add(part.per_online, "per_online");
  add(part.per_online_squared, "per_online_squared");
  add(part.per_interrupt, "per_interrupt");
  const auto grows = std::ranges::find(kSizeLaws, phase.value, &SizeLaw::phase);
  if (grows != kSizeLaws.end()) words += " (a guess: " + std::string(grows->why) + ")";
  return words;
}

/// What a profile says that was measured from traces. `phase_costs`: the shape of its phases.
std::vector<Field> traced_fields(const ShapePtr& phase_costs) {
  return {
      {"replay",
       object_of("replay", "The run whose durations `by_cpu` has.",
                 {{"design", words_of(kDesigns), "Design of the traced kernel."},
                  {"cpus", integer_of(1, kMaxCpus), "Number of possible CPUs of the machine."},
                  {"seed", integer_of(0, std::numeric_limits<std::int64_t>::max()),
                   "Seed of the runs that take these durations.", by_default("1")}}),
       "The run whose durations `by_cpu` has. The same machine with the same seed takes them, "
       "under any design.",
       otherwise("`by_cpu` has no effect")},
      {"other_reading",
       object_of("other reading", "What the traced durations may mean as well.",
                 {{"why", text_of("a text", 1), "What the traces cannot tell apart."},
                  {"phases", phase_costs, "Costs that replace those in `phase_costs`."}}),
       "A second reading of the traces that this profile is from. Both give the same times under "
       "the traced design. Under another design, the two readings give the two ends of a range.",
       otherwise("the traces can be read in one way only")},
      {"traced",
       map_of("a design", "^(notifier|symmetric|parallel|async)$", is_design,
              integer_of(0, kDateMaxNs, "ns")),
       "Designs of further traced boots of the machine, and how long the bring-up took there. A "
       "comparison gives these times.",
       by_default("{}")},
      {"no_figure",
       map_of("a design", "^(notifier|symmetric|parallel|async)$", is_design, text_of("a text", 1)),
       "Designs of which the traces say nothing, and why. A comparison gives no figure for them.",
       by_default("{}")}};
}

std::vector<Field> cost_fields(bool file) {
  const ShapePtr cost = cost_shape();
  const ShapePtr callbacks = callback_costs_shape();
  std::vector<Field> phases;
  for (const PhaseInfo& phase : kPhaseInfos)
    phases.emplace_back(std::string(phase.name), cost, std::string(phase.doc),
                        otherwise(default_words(phase)));
  const ShapePtr phase_costs =
      object_of("phases",
                "Costs of the hardware and of the hotplug core outside of callbacks. The defaults "
                "are those of a modern bare-metal x86 machine, in ns.",
                std::move(phases));
  const ShapePtr name = text_of("a name", 1, 128);
  const ShapePtr under =
      words_of({{"hardware", "a real machine"},
                {"emulation",
                 "an emulator: the ranking of the durations is realistic, the durations are not"},
                {"published", "figures that somebody published"},
                {"invented", ""}});
  const std::string named = "Name of the profile.";
  const std::string where = "Where the durations come from.";
  const Optional unsaid = otherwise("unsaid");
  std::vector<Field> fields{
      file ? Field("name", name, named) : Field("name", name, named, unsaid),
      {"source", text_of("a text"), "Source of the durations, in words.", unsaid},
      file ? Field("measured_under", under, where) : Field("measured_under", under, where, unsaid),
      {"default", callbacks,
       "Costs of callbacks that `states` does not name; for STARTING and DYING callbacks, `wait` "
       "counts as CPU time and `lock` is ignored.",
       otherwise("1,000 ns each")},
      {"phases", phase_costs, "Costs outside of callbacks.", by_default("{}")},
      {"states", map_of("a state's name", kStateNamePattern, is_state_name, callbacks),
       "Costs of callbacks by the name of their state. A name that the table lacks gives a note, "
       "not an error.",
       by_default("{}")},
      {"raw_locks",
       array_of(text_matching("a lock's name", kLockPattern, is_lock_name), 0,
                static_cast<std::int64_t>(kLocksMax)),
       "Locks that spin instead of sleeping (raw_spinlock_t): a CPU that waits for such a lock is "
       "busy, and every context may take such a lock. The locks of the hotplug core are sleeping "
       "locks and cannot be named here.",
       by_default("[]")},
      {"notes", array_of(text_of("a text"), 0, 4'096), "Free text.", Optional{}},
      {"fitted", map_of("a parameter", "", nullptr, anything()),
       "Free form: the parameters that were fitted, and the published rows that they were fitted "
       "to.",
       Optional{}}};
  for (Field& field : traced_fields(phase_costs)) fields.push_back(std::move(field));
  return fields;
}

std::vector<Ns> read_measured(const JsonRef& value) {
  if (value->is_integer()) return {Ns{value->integer()}};
  std::vector<Ns> instances;
  for (const JsonNode& ns : value->array()) instances.push_back(Ns{ns.integer()});
  return instances;
}

Dist read_dist(const JsonRef& value) {
  if (value->is_integer()) return Dist::fixed(Ns{value->integer()});
  if (value->is_object()) {
    Dist dist = read_dist(value.at("quantiles"));
    TracedDurations measured;
    for (const JsonMember& member : value.at("by_cpu")->object())
      for (const JsonRef& occurrence : value.at("by_cpu").at(member.key).items())
        measured.by_cpu[static_cast<CpuId>(std::stoul(member.key))].push_back(
            read_measured(occurrence));
    dist.measured = std::make_shared<const TracedDurations>(std::move(measured));
    return dist;
  }
  Dist dist;
  for (std::size_t i = 0; i < value->array().size(); ++i) {
    const Ns quantile{value->array()[i].integer()};
    if (i > 0 && quantile < dist.quantiles.back())
      value.at(i).fail("quantiles must be in ascending order: expected at least " +
                       std::to_string(dist.quantiles.back().v) + ", found " +
                       std::to_string(quantile.v));
    dist.quantiles.push_back(quantile);
  }
  return dist;
}

void check_locks(const JsonRef& latest, const CostProfile& profile) {
  if (profile.lock_names.size() > kLocksMax)
    latest.fail("too many lock names: expected at most " + std::to_string(kLocksMax));
}

Whens read_when(const JsonRef& value) {
  if (!value->is_array()) return value_of(value, kWhens);
  Whens all;
  for (const JsonRef& one : value.items()) all.add(value_of(one, kWhens));
  return all;
}

/// True when `kernel` is in the range. A kernel of unknown version is taken for the newest one.
bool in_range(const JsonRef& range, KernelVersion kernel) {
  const auto bound = [&](const char* key) { return kernel_version(range.find(key)->string()); };
  const bool newest = kernel == KernelVersion{};
  if (range.find("from") && !newest && kernel < bound("from")) return false;
  return !range.find("before") || (!newest && kernel < bound("before"));
}

CostPart read_part(const JsonRef& object, CostProfile& profile) {
  CostPart part;
  part.when = read_when(object.at("when"));
  part.work = read_dist(object.at("work"));
  part.wait = read_dist(object.at("wait"));
  part.per_online = Ns{object.at("per_online")->integer()};
  part.per_online_squared = Ns{object.at("per_online_squared")->integer()};
  part.per_interrupt = Ns{object.at("per_interrupt")->integer()};
  object.read("grace_periods_permille", part.grace_periods_permille);
  if (const JsonRef lock = object.find("lock")) {
    part.lock = profile.lock(lock->string());
    check_locks(lock, profile);
  }
  return part;
}

/// Reads a cost, without the parts that only other kernels have.
Cost read_cost(const JsonRef& value, CostProfile& profile, KernelVersion kernel) {
  if (value->is_integer()) return Cost::fixed(Ns{value->integer()});
  Cost cost;
  for (const JsonRef& part : value->is_object() ? std::vector<JsonRef>{value} : value.items()) {
    const JsonRef kernels = part.find("kernels");
    if (!kernels || in_range(kernels, kernel)) cost.parts.push_back(read_part(part, profile));
  }
  return cost;
}

void read_phases(const JsonRef& given, CostProfile& profile, KernelVersion kernel,
                 PhaseCosts& phases) {
  for (std::size_t i = 0; i < kPhases; ++i)
    if (const JsonRef cost = given.find(kPhaseNames[i]))
      phases[i] = read_cost(cost, profile, kernel);
}

void read_raw_locks(const JsonRef& names, CostProfile& profile) {
  for (const JsonRef& name : names.items()) {
    const LockId lock = profile.lock(name->string());
    if (static_cast<std::size_t>(lock) < kCoreLocks.size())
      name.fail(
          "this lock of the hotplug core is a sleeping lock and cannot be a raw lock: remove this "
          "name from \"raw_locks\"");
    check_locks(name, profile);
    if (!profile.is_raw(lock)) profile.raw_locks.push_back(lock);
  }
}

constexpr std::array<std::pair<std::string_view, Direction>, 2> kCallbacks{
    {{"startup", Direction::Up}, {"teardown", Direction::Down}}};

StateId find_state(const StateTable& table, const std::vector<DeclaredState>& declared,
                   const std::string& name) {
  for (std::size_t i = 0; i < declared.size(); ++i)
    if (declared[i].name == name) return declared_id(i);
  return find_state(table, name);
}

void add_states(CostsFile& file, const JsonRef& states, const StateTable& table,
                const std::vector<DeclaredState>& declared, const std::string& name) {
  std::string lacking;
  for (const JsonMember& member : states->object()) {
    const StateId id = find_state(table, declared, member.key);
    if (id < 0)
      lacking += (lacking.empty() ? "" : ", ") + member.key;
    else
      add_callback_costs(file.profile, states.at(member.key), id, kernel_version(table.kernel()));
  }
  if (!lacking.empty())
    file.notes.push_back("costs " + name + ": table " + table.name() + " has no state " + lacking);
}

}  // namespace

ShapePtr costs_file_shape() {
  return file_of("costs",
                 "The costs of all steps and phases on one machine. All durations are in ns.",
                 cost_fields(true));
}

ShapePtr inline_costs_shape() {
  return object_of("costs",
                   "A cost profile in the format of a cost profile file, but without the keys "
                   "`$schema`, `version` and `kind`.",
                   cost_fields(false));
}

std::vector<ShapePtr> duration_shapes() {
  return {ns_of(kCostMaxNs), array_of(ns_of(kCostMaxNs), 1, kQuantilesMax)};
}

Dist read_duration(const JsonRef& value) { return read_dist(value); }

ShapePtr callback_costs_shape() {
  const ShapePtr cost = cost_shape();
  const Optional inherited = otherwise("the cost in `default`");
  return object_of("callbacks", "The costs of one state's callbacks.",
                   {{"startup", cost, "Cost of the startup callback.", inherited},
                    {"teardown", cost, "Cost of the teardown callback.", inherited}});
}

void add_callback_costs(CostProfile& profile, const JsonRef& callbacks, StateId id,
                        KernelVersion kernel) {
  for (const auto& [key, direction] : kCallbacks)
    if (const JsonRef cost = callbacks.find(key))
      profile.set_step(id, direction, read_cost(cost, profile, kernel));
}

void add_costs(CostsFile& file, const JsonRef& root, const StateTable& table,
               const std::vector<DeclaredState>& declared) {
  CostProfile& profile = file.profile;
  const KernelVersion kernel = kernel_version(table.kernel());
  const JsonRef given = root.find("name");
  const std::string name = given ? given->string() : "of the scenario";
  if (given) profile.name = profile.name == "default" ? name : profile.name + " + " + name;
  root.read("source", profile.source);
  if (const JsonRef under = root.find("measured_under")) {
    file.measured_under = under->string();
    if (file.measured_under == "emulation")
      file.notes.push_back("costs " + name +
                           ": measured under emulation; the ranking of the durations is realistic, "
                           "the durations are not");
  }
  if (const JsonRef fallback = root.find("default"))
    for (const auto& [key, direction] : kCallbacks)
      if (const JsonRef cost = fallback.find(key))
        profile.step_default[static_cast<std::size_t>(direction)] =
            read_cost(cost, profile, kernel);
  Untold& untold = file.untold;
  read_phases(root.at("phases"), profile, kernel, profile.phases);
  if (root.at("phases").find(to_string(Phase::RcuSync))) profile.grace_periods_by_law = false;
  if (untold.other) read_phases(root.at("phases"), profile, kernel, *untold.other);
  if (const JsonRef other = root.find("other_reading")) {
    untold.why = other.at("why")->string();
    untold.other = profile.phases;
    read_phases(other.at("phases"), profile, kernel, *untold.other);
  }
  if (const JsonRef replay = root.find("replay")) {
    untold.design = value_of(replay.at("design"), kDesigns);
    profile.replay = TracedRun{static_cast<CpuId>(replay.at("cpus")->integer()),
                               static_cast<std::uint64_t>(replay.at("seed")->integer())};
  }
  for (const JsonMember& member : root.at("traced")->object())
    untold.traced[row_named(kDesigns, member.key)->value] = Ns{member.value.integer()};
  for (const JsonMember& member : root.at("no_figure")->object())
    untold.no_figure[row_named(kDesigns, member.key)->value] = member.value.string();
  read_raw_locks(root.at("raw_locks"), profile);
  add_states(file, root.at("states"), table, declared, name);
}

CostsFile load_costs(const std::string& path, const StateTable& table,
                     const std::vector<DeclaredState>& declared, CostsFile onto,
                     const std::vector<FileOverride>& overrides) {
  JsonDocument document = parse_json_file(path, {.bytes_max = kTableBytesMax}, "a cost profile");
  static const ShapePtr shape = costs_file_shape();
  apply_overrides(document, *shape, path, overrides);
  check_shape(document.root, *shape);
  add_costs(onto, JsonRef{&document.root, {}}, table, declared);
  return onto;
}

}  // namespace cpuhp
