#include "sim/scenario/scenario_shape.hpp"

#include <iterator>
#include <utility>

#include "model/config.hpp"
#include "sim/scenario/costs_shape.hpp"
#include "sim/scenario/cpulist.hpp"
#include "sim/scenario/errno_names.hpp"
#include "sim/scenario/rules_shape.hpp"
#include "sim/scenario/table_shape.hpp"

namespace cpuhp {

namespace {

constexpr std::int64_t kCpuMax = kMaxCpus - 1;
constexpr std::int64_t kReadersMax = 1'024;
constexpr std::string_view kSysfsPathPattern = "^/?[A-Za-z0-9_]+(/[A-Za-z0-9_]+)*$";
constexpr std::string_view kDigestPattern = "^[0-9a-f]{1,64}$";
constexpr std::string_view kCpuNumberPattern = "^(0|[1-9][0-9]{0,4})$";

bool is_cpulist(std::string_view text) { return parse_cpulist(text, kMaxCpus).mask.has_value(); }

bool is_sysfs_path(std::string_view text) {
  bool need_letter = true;
  if (text.starts_with('/')) text.remove_prefix(1);
  for (const char c : text) {
    const bool letter =
        (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
    if (!letter && (c != '/' || need_letter)) return false;
    need_letter = c == '/';
  }
  return !need_letter;
}

bool is_digest(std::string_view text) {
  return !text.empty() && text.size() <= 64 &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_cpu_number(std::string_view text) {
  return !text.empty() && text.size() <= 5 && (text.size() == 1 || text[0] != '0') &&
         text.find_first_not_of("0123456789") == std::string_view::npos;
}

ShapePtr cpulist() {
  return text_matching("a CPU list such as \"0-3,8\"", kCpuListPattern, is_cpulist);
}

/// Returns the shape of a state, which is given by name or by its number in the table.
ShapePtr state_ref() {
  return either_of({}, {},
                   {integer_of(0, kMaxStates - 1),
                    text_matching("a state's name", kStateNamePattern, is_state_name)});
}

ShapePtr errno_shape() {
  std::vector<Word> names;
  for (const std::string& name : errno_names()) names.emplace_back(name, "");
  return either_of(
      "errno", "An error by its name or its positive number.",
      {words_of(std::move(names), "an error's name such as \"EBUSY\""), integer_of(1, kMaxErrno)});
}

ShapePtr place_shape() {
  return object_of("place", "The place of one CPU in the topology.",
                   {{"socket", integer_of(0, kCpuMax), "Socket.", by_default("0")},
                    {"core", integer_of(0, kCpuMax), "Core within the socket.", by_default("0")},
                    {"thread", integer_of(0, kCpuMax),
                     "Thread within the core; 0 is the primary thread.", by_default("0")},
                    {"node", integer_of(0, kCpuMax), "NUMA node.", by_default("0")}});
}

ShapePtr machine_shape() {
  const ShapePtr count = integer_of(1, kMaxCpus);
  const ShapePtr numbering = words_of(
      {{"threads_last", "all primary threads have the lowest numbers, as on most x86 servers"},
       {"threads_adjacent",
        "the threads of a core have adjacent numbers, as in QEMU and on POWER"}});
  std::vector<Word> files;
  for (const auto& [file, name, doc] : kMachineFileRows)
    files.emplace_back(std::string(name), std::string(doc));
  std::vector<std::pair<std::string, std::string>> exclusive;
  for (const char* key : {"sockets", "cores", "threads", "nodes", "numbering"})
    exclusive.emplace_back("topology", key);
  return object_of(
      "machine",
      "The machine. `sockets`, `cores`, `threads`, `nodes` and `numbering` describe a regular "
      "machine, `topology` describes any other machine. At most 65,536 CPUs.",
      {{"sockets", count, "Number of sockets.", otherwise("1")},
       {"cores", count, "Number of cores in each socket.", otherwise("1")},
       {"threads", count, "Number of threads in each core.", otherwise("1")},
       {"nodes", count,
        "Number of NUMA nodes of the machine; a multiple or a divisor of `sockets`.",
        otherwise("`sockets`")},
       {"numbering", numbering, "How firmware numbers threads.", otherwise("`\"threads_last\"`")},
       {"topology", array_of(place_shape(), 1, kMaxCpus), "The place of every CPU, from CPU 0 on.",
        otherwise("a regular machine")},
       {"possible", cpulist(), "Possible CPUs (cpu_possible_mask): a range that begins with 0.",
        otherwise("all")},
       {"present", cpulist(), "Present CPUs (cpu_present_mask).", otherwise("all possible")},
       {"isolated", cpulist(), "CPUs that do no housekeeping, as with isolcpus=.",
        by_default("\"\"")},
       {"boot_cpu", integer_of(0, kCpuMax), "The CPU that boots the machine.", by_default("0")},
       {"state_control", boolean_of(),
        "CONFIG_CPU_HOTPLUG_STATE_CONTROL: the file `target` accepts every state in which a CPU "
        "may rest.",
        by_default("true")},
       {"smt_control", boolean_of(), "The architecture has SMT control.", by_default("true")},
       {"smt_any_number", boolean_of(),
        "CONFIG_SMT_NUM_THREADS_DYNAMIC, as on powerpc: `smt/control` takes every number of "
        "threads.",
        by_default("false")},
       {"possible_have_files", boolean_of(),
        "Every possible CPU has a directory `cpuN`, as on powerpc, and not only every present one.",
        by_default("false")},
       {"files", array_of(words_of(std::move(files)), 0, kMachineFiles),
        "Files that only some machines have. Somebody takes CPUs away and gives them back there.",
        by_default("[]")},
       {"cpu0_online_file", boolean_of(),
        "The boot CPU has an `online` file, as on arm64, but not on x86.",
        otherwise("only with `cpu0_hotplug` in `cmdline`")},
       {"hz", integer_of(24, 1'024),
        "CONFIG_HZ, ticks of the timer in a second: the length of a grace period follows from it.",
        by_default("250")},
       {"crash_kernel", boolean_of(), "A crash kernel is loaded.", by_default("false")},
       {"interrupts", integer_of(0, 65'536),
        "Interrupts that are routed to each CPU, and leave it one by one when it goes down.",
        by_default("0")},
       {"cmdline", text_of("a kernel command line"),
        "Kernel parameters: `nosmt[=force]`, `nosmp`, `maxcpus=N`, `nr_cpus=N`, "
        "`possible_cpus=N`, `isolcpus=LIST`, `cpuhp.parallel=0|1`, `cpu0_hotplug`, "
        "`tsc=reliable`, `cpu_init_udelay=N`, `smt-enabled=N|on|off`.",
        by_default("\"\"")}},
      std::move(exclusive));
}

/// Adds the fields for the time of an operation, which every operation has.
std::vector<Field> with_when(std::vector<Field> fields) {
  fields.push_back({"at_ns", ns_of(kDateMaxNs),
                    "The operation does not begin before this simulated time.",
                    otherwise("right after the preceding operation")});
  fields.push_back(
      {"with", integer_of(0, kOperationsMax - 1),
       "A separate task does this operation and begins when the operation with this number "
       "(counted from 0) begins; later operations do not wait for this one.",
       otherwise("operations run one after the other")});
  fields.push_back({"delay_ns", ns_of(kDateMaxNs),
                    "With `with`: delay before this operation begins.", by_default("0")});
  return fields;
}

/// Returns the fields of setup, remove, add_instance and remove_instance.
std::vector<Field> registration_fields(bool instance, const std::string& which) {
  std::vector<Field> fields{
      {"state", state_ref(), "A state of `states` or of the table, by name or number."}};
  if (instance) fields.push_back({"instance", integer_of(0, 65'534), "Number of the instance."});
  fields.push_back({"calls", boolean_of(),
                    "Run the " + which + " on every CPU that is past the state.",
                    by_default("true")});
  fields.push_back({"on", integer_of(0, kCpuMax), "The CPU on which the requesting task runs.",
                    otherwise("where the task is")});
  return with_when(std::move(fields));
}

ShapePtr resource_shape() {
  const ShapePtr name = text_of("a resource's name", 1, 64);
  return either_of(
      "resource", "A per-CPU resource of a state: the name of the resource, or an object.",
      {name,
       object_of({}, "A resource, and what a failing startup callback does with this resource.",
                 {{"name", name, "Its name."},
                  {"on_error",
                   words_of({{"returned", "a failing startup callback gives the resource back"},
                             {"kept",
                              "a defect: a failing startup callback takes the resource and does "
                              "not give it back"}}),
                   "What a failing startup callback does with the resource.",
                   by_default("\"returned\"")}})});
}

ShapePtr declared_state_shape() {
  const ShapePtr symbol = text_matching("a C symbol", kSymbolPattern, is_symbol);
  return object_of(
      "declared state",
      "A state that a driver sets up at run time; either `dynamic` or `number` gives its place "
      "among the states. Operations, `faults` and `costs` refer to the state by its name.",
      {{"name", text_matching("a state's name", kStateNamePattern, is_state_name),
        "Name of the state in `hotplug/states`; no other state of the scenario may have this "
        "name."},
       {"dynamic",
        words_of({{"prepare", "CPUHP_BP_PREPARE_DYN"}, {"online", "CPUHP_AP_ONLINE_DYN"}}),
        "The kernel chooses a free number of this range, and the setup returns this number.",
        otherwise("`number` is given")},
       {"number", integer_of(0, kMaxStates - 1),
        "A fixed number, like that of a state in the kernel's enum.",
        otherwise("`dynamic` is given")},
       {"startup", symbol, "Symbol of the startup callback.", otherwise("no callback")},
       {"teardown", symbol, "Symbol of the teardown callback.", otherwise("no callback")},
       {"multi", boolean_of(), "A multi-instance state: each callback is called for each instance.",
        by_default("false")},
       {"costs", callback_costs_shape(), "Costs of the state's callbacks.",
        otherwise("the costs in `default` of the cost profile")},
       {"resources", array_of(resource_shape(), 0, 64),
        "Per-CPU resources that the startup callback takes and the teardown callback gives back.",
        by_default("[]")},
       {"cpus_read_lock",
        words_of({{"neither", ""}, {"startup", ""}, {"teardown", ""}, {"both", ""}}),
        "A defect: the callbacks that call cpus_read_lock(). The operation that brings the CPU up "
        "or takes it down already holds this lock as writer, so the callbacks wait for ever "
        "(except PREPARE callbacks up to kernel 4.12).",
        by_default("\"neither\"")}},
      {{"dynamic", "number"}});
}

Field path_field() {
  return {"path", text_matching("a path such as \"cpu3/online\"", kSysfsPathPattern, is_sysfs_path),
          "Path of the file, such as `cpu3/hotplug/target`, or `/sys/kernel/dlpar`."};
}

/// Returns the fields of a write. `asker`: those that say who asks for it.
std::vector<Field> write_fields(std::vector<Field> asker) {
  std::vector<Field> fields{
      path_field(),
      {"value", text_of("a text", 0, 4'096), "The text to write; a newline is added."},
      {"firmware", errno_shape(), "The error with which the firmware answers, if the file asks it.",
       otherwise("it does what is asked")}};
  std::move(asker.begin(), asker.end(), std::back_inserter(fields));
  return fields;
}

Field kexec_field() {
  return {"kexec", boolean_of(),
          "A new kernel is started at once. On powerpc the kernel then brings up all present CPUs "
          "before.",
          by_default("false")};
}

ShapePtr operation_shape() {
  const Field cpu{"cpu", integer_of(0, kCpuMax), "The CPU."};
  const Field plugged{"cpu", integer_of(0, kCpuMax), "The CPU.", otherwise("`cpus` is given")};
  const Field cpus{"cpus", cpulist(),
                   "In place of `cpu`: the same as one operation for each of these CPUs, one after "
                   "the other in ascending order. Each counts as an operation of its own.",
                   otherwise("`cpu` is given")};
  const Field on{"on", integer_of(0, kCpuMax),
                 "The CPU on which the requesting task runs. If the task takes this CPU down, the "
                 "kernel moves the task to the first active CPU.",
                 otherwise("where the task is; if that CPU goes down, another CPU")};
  const Field timer_on{"timer_on", integer_of(0, kCpuMax),
                       "The requesting task uses up its CFS quota during the operation, and the "
                       "timer that would refill the quota is queued on this CPU.",
                       otherwise("the task has no quota")};
  const auto target = [](const char* unless) {
    return Field{"target", state_ref(), "Target state, by name or number.", {"", unless}};
  };
  const auto wakeup = [](const char* effect) {
    return Field{
        "wakeup_after", integer_of(0, kCpuMax),
        std::string(
            "A wake-up event of the machine is pending once this number of CPUs is down; ") +
            effect,
        otherwise("never")};
  };
  const auto fields = [&](OpKind kind) -> std::vector<Field> {
    switch (kind) {
      case OpKind::Boot:
      case OpKind::Resume:
        return {};
      case OpKind::Shutdown:
        return {wakeup("a reboot ignores the wake-up."), kexec_field()};
      case OpKind::Up:
        return {plugged, cpus, target("online")};
      case OpKind::Down:
        return {plugged, cpus, target("offline"), timer_on};
      case OpKind::Write:
        return write_fields({on, timer_on});
      case OpKind::Read:
        return {path_field()};
      case OpKind::Suspend:
        return {{"cpu", integer_of(0, kCpuMax), "The CPU that stays online.",
                 otherwise("the boot CPU, or the first online one")},
                wakeup("the suspend then gives up with -EBUSY.")};
      case OpKind::Plug:
      case OpKind::Unplug:
        return {cpu};
      case OpKind::Run:
        return {cpu, {"work_ns", ns_of(kCostMaxNs), "CPU time of the task.", by_default("0")}};
      case OpKind::Setup:
        return registration_fields(false, "startup callback");
      case OpKind::Remove:
        return registration_fields(false, "teardown callback");
      case OpKind::AddInstance:
        return registration_fields(true, "startup callback for this instance");
      case OpKind::RemoveInstance:
        return registration_fields(true, "teardown callback for this instance");
    }
    return {};
  };
  std::vector<Choice> choices;
  for (const auto& [kind, name, doc] : kOperations)
    choices.push_back({std::string(name), std::string(doc),
                       is_registration(kind) ? fields(kind) : with_when(fields(kind))});
  return tagged_by("operation", "One operation on the machine; operations run one after the other.",
                   "op", std::move(choices));
}

std::vector<Field> step_fields() {
  return {
      {"state", state_ref(), "State whose callback is affected.", otherwise("any")},
      {"direction", words_of({{"up", "the startup callback"}, {"down", "the teardown callback"}}),
       "The callback that is affected.", by_default("\"up\"")},
      {"instance", integer_of(0, 65'534), "Instance of a multi-instance state, counted from 0.",
       otherwise("any")}};
}

Field phase_field() {
  std::vector<Word> phases;
  for (const std::string_view name : kPhaseNames) phases.emplace_back(name, "");
  return {"phase", words_of(std::move(phases), "a phase such as \"cpu_init\""),
          "In place of `state`: the phase that is affected, by its name in cost profiles. A phase "
          "that uses no CPU time is never affected.",
          otherwise("the fault affects a callback")};
}

/// Returns the fields that say at which occasion a fault happens, if several meet its conditions.
std::vector<Field> occasion_fields() {
  return {
      {"nth", integer_of(0, 1'000'000),
       "The fault happens only at the n-th occasion that meets all other conditions; 0: at every "
       "such occasion.",
       by_default("1")},
      {"during", integer_of(0, kOperationsMax - 1),
       "The fault happens only during the operation with this number, counted from 0.",
       otherwise("any")},
      {"rollback", boolean_of(), "The fault happens only during a rollback.", by_default("false")},
      {"chance_ppm", integer_of(1, 1'000'000),
       "Probability of the fault at each matching occasion, in parts per million; the seed "
       "determines the result.",
       by_default("1000000")}};
}

/// Returns the fields of one kind of fault, from its FaultKindInfo.
std::vector<Field> fields_of(const FaultKindInfo& kind) {
  std::vector<Field> fields{
      {"cpu", integer_of(0, kCpuMax),
       "The CPU that comes up or goes down, or for which a setup or removal calls the callback.",
       otherwise("any")}};
  const auto add = [&fields](const std::vector<Field>& some) {
    fields.insert(fields.end(), some.begin(), some.end());
  };
  if (kind.takes(kStep)) add(step_fields());
  if (kind.takes(kStep) && kind.takes(kPhase)) add({phase_field()});
  if (kind.takes(kWakeup))
    add({{"wakeup", words_of(kSleepers), "The wake-up that is affected.", by_default("\"any\"")}});
  add(occasion_fields());
  if (kind.takes(kStatus))
    add({{"status", words_of(kBootStatuses),
          "What the AP writes into the boot-status word before it stops.",
          by_default("\"none\"")}});
  if (kind.error != 0)
    add({{"errno", errno_shape(), "The error.",
          by_default('"' + std::string(errno_name(-kind.error)) + '"')}});
  if (kind.takes(kDelay)) add({{"delay_ns", ns_of(kCostMaxNs), "Additional time."}});
  return fields;
}

ShapePtr fault_shape() {
  std::vector<Choice> kinds;
  for (const FaultKindInfo& kind : kFaultKindInfos)
    kinds.push_back({std::string(kind.name), std::string(kind.doc), fields_of(kind)});
  return tagged_by("fault", "A failure of the simulated machine.", "kind", std::move(kinds));
}

ShapePtr reader_shape() {
  std::vector<ShapePtr> hold = duration_shapes();
  hold.push_back(words_of({{"forever", "the reader never lets go"}}));
  const ShapePtr callback = object_of(
      "callback", "One callback of a state.",
      {{"state", state_ref(), "A state of `states` or of the table, by name or number."},
       {"direction", words_of({{"up", "the startup callback"}, {"down", "the teardown callback"}}),
        "The callback of that state.", by_default("\"up\"")}});
  return object_of(
      "reader",
      "A task that takes a lock as a reader, again and again, while the operations run. Between "
      "two "
      "rounds it sleeps. It ends with the last operation, and when the machine shuts down.",
      {{"name", text_of("a name", 1, 64), "Name of the reader in results.",
        otherwise("`reader 0`, `reader 1`, and so on")},
       {"lock", words_of(kReaderLocks), "The lock.", by_default("\"cpu_hotplug_lock\"")},
       {"cpu", integer_of(0, kCpuMax),
        "The CPU on which it begins. When that CPU goes down, it goes on elsewhere.",
        otherwise("the boot CPU")},
       {"every", either_of({}, {}, duration_shapes()),
        "Time in ns from the end of a round to the next one: fixed, or quantiles as in cost "
        "profiles. At least 1,000 ns."},
       {"hold", either_of({}, {}, std::move(hold)),
        "Time in ns for which it holds the lock in a round, in the same form.", by_default("0")},
       {"work", boolean_of(), "It holds the lock working, which takes CPU time, and not asleep.",
        by_default("false")},
       {"from", ns_of(kDateMaxNs), "Date in ns at which the first pause of `every` begins.",
        otherwise("the end of the boot; without a boot, the begin")},
       {"rounds", integer_of(1, 1'000'000'000), "Number of rounds.", otherwise("no limit")},
       {"flushed_by", callback,
        "The callback that queues a round at once and waits for its end, as flush_work() does.",
        otherwise("no callback waits for it")}});
}

ShapePtr order_shape() {
  std::vector<Word> roles;
  for (const auto& role : kRoleInfos) roles.emplace_back(role.name, std::string(role.doc));
  const ShapePtr turn = object_of(
      "turn",
      "A turn of a task, a message or a CPU: what it does from one visible point to the next.",
      {{"operation", integer_of(0, kOperationsMax),
        "Number of the operation under way: of those that run beside one another, the first.",
        by_default("0")},
       {"cpu", integer_of(0, kCpuMax), "The CPU on which it is."},
       {"task", words_of(std::move(roles)), "Whose turn it is."},
       {"point", text_of("a point", 1, 128),
        "What it comes to, such as `lock cpu_hotplug_lock` or `runqueue of CPU 1`."},
       {"nth", integer_of(1, 1'000'000), "Which of the turns of which the rest is true.",
        by_default("1")}});
  return array_of(
      object_of("hold",
                "A turn that stands still although it is due, and all that follows from it.",
                {{"hold", turn, "The turn that stands still."},
                 {"until", turn, "It goes on when this turn has run."}}),
      0, kOperationsMax);
}

Field order_field() {
  return {
      "order", order_shape(),
      "The order of the events, where it is not that of the dates: a few turns that stand still. "
      "`explore` writes it. Durations say nothing in such a run.",
      by_default("[]")};
}

ShapePtr limits_shape() {
  std::vector<Field> fields;
  for (const LimitInfo& limit : kLimits)
    fields.push_back(
        {std::string(limit.name), ns_of(kCostMaxNs), std::string(limit.doc), {"0", "no limit"}});
  return object_of("limits", "Limits of a scenario.", std::move(fields));
}

ShapePtr defects_shape() {
  std::vector<Word> words;
  for (const DefectInfo& d : kDefectInfos)
    words.emplace_back(d.name, std::string(d.what) + " (" + std::string(d.fix) + ")");
  return array_of(words_of(std::move(words), "a defect such as \"death-report-race\""), 0,
                  static_cast<std::int64_t>(kDefects));
}

ShapePtr findings_shape() {
  const Optional any = otherwise("any");
  const ShapePtr finding =
      object_of("finding", "A broken invariant. A key that is left out matches any value.",
                {{"invariant", text_of("a name", 1, 128),
                  "Name of the invariant, such as `state-resource-leak`.", any},
                 {"place", text_of("a text"), "The state, lock or resource in the finding.", any},
                 {"cpu", integer_of(0, kCpuMax), "The CPU in the finding.", any}});
  return either_of("findings",
                   "The number of causes (findings that follow from no other finding), or a list "
                   "in any order: each entry matches one finding, and each cause needs an entry. "
                   "Findings that follow from a cause may have an entry (docs/reference/check.md).",
                   {integer_of(0, 1'000'000), array_of(finding, 0, kOperationsMax)});
}

ShapePtr expect_shape() {
  const Optional unsaid = otherwise("not compared");
  const ShapePtr range =
      object_of("range", "A duration between two bounds, which both belong to the range.",
                {{"min", ns_of(kDateMaxNs), "Lowest allowed value.", otherwise("no bound")},
                 {"max", ns_of(kDateMaxNs), "Highest allowed value.", otherwise("no bound")}});
  std::vector<Word> errors;
  for (const std::string& name : errno_names()) errors.emplace_back('-' + name, "");
  const ShapePtr ret =
      either_of("return",
                "Return value of an operation: 0, a negative number, a name such as `\"-EBUSY\"`, "
                "or the number of a dynamic state that was set up.",
                {integer_of(-kMaxErrno, kMaxStates - 1),
                 words_of(std::move(errors), "an error's name such as \"-EBUSY\"")});
  return object_of(
      "expect",
      "The expected result of the run; `cpuhp-sim test` compares it with the actual result.",
      {{"online", cpulist(), "CPUs online at the end.", unsaid},
       {"ret", array_of(ret, 0, kOperationsMax), "Return values, one entry for each operation.",
        unsaid},
       {"bringup_ns", range, "Time from the first PREPARE step until the last CPU is online.",
        unsaid},
       {"boot_ns", range,
        "Date at which the boot is done: the last CPU is online, and `boot_work_ns` is done.",
        unsaid},
       {"state", map_of("a CPU's number", kCpuNumberPattern, is_cpu_number, state_ref()),
        "States of CPUs at the end, by the state's name or number.", unsaid},
       {"hang", boolean_of(), "The run ends in a simulated hang.", unsaid},
       {"panic", boolean_of(), "The run ends in a simulated panic.", unsaid},
       {"findings", findings_shape(), "Broken invariants: their number, or a list of them.",
        unsaid},
       {"digest", text_matching("a digest in lower-case hexadecimal", kDigestPattern, is_digest),
        "Digest of the event stream.", unsaid}});
}

ShapePtr costs_choice() {
  const ShapePtr path = text_of("a path", 1);
  const ShapePtr one = inline_costs_shape();
  return either_of("cost profiles",
                   "The path of a cost profile, a cost profile itself, or several of both: later "
                   "profiles override single entries of earlier profiles.",
                   {path, one, array_of(either_of({}, {}, {path, one}), 0, 64)});
}

constexpr std::string_view kExample = R"({
  "$schema": "schema.json",
  "version": 2,
  "name": "offline-one-cpu",
  "machine": {"sockets": 1, "cores": 4},
  "table": "tables/x86_64-6.1.json",
  "operations": [{"op": "boot"}, {"op": "down", "cpu": 3}],
  "expect": {"online": "0-2", "ret": [0, 0]}
})";

ShapePtr rcu_shape() {
  return object_of(
      "rcu", "RCU's grace periods, as far as hotplug waits for them.",
      {{"policy", words_of(kRcuPolicies),
        "What the kernel does about them in operations at run time.", by_default("\"as_is\"")},
       {"busy", boolean_of(),
        "Something else always has callbacks queued, so grace periods follow one "
        "another without a pause. A task that waits then waits for the end of one and "
        "for the whole next one.",
        by_default("false")}});
}

}  // namespace

ShapePtr scenario_shape() {
  const ShapePtr built = object_of(
      "scenario",
      "One machine, one design, the operations on the machine, and the expected result.",
      {{"$schema", text_of("a URL or path"),
        "The JSON Schema, for editors; cpuhp-sim ignores this key.", Optional{}},
       {"version", integer_of(1, 2),
        "Version of the format: 2. Version 1 is the same without `boot_work_ns`, which had another "
        "meaning there: that of `background_ns`, but as a part of the boot."},
       {"name", text_of("a name", 1, 128), "Name of the scenario.", otherwise("the file's name")},
       {"description", text_of("a text"), "The question that the scenario answers.",
        by_default("\"\"")},
       {"notes", array_of(text_of("a text"), 0, 256),
        "Free text, for whoever reads the file; cpuhp-sim ignores this key.", by_default("[]")},
       {"machine", machine_shape(), "The machine."},
       {"table", either_of({}, {}, {text_of("a path", 1), inline_table_shape()}),
        "Path of the state table, relative to the scenario's file, or the table itself."},
       {"uninstalled", array_of(state_ref(), 0, kMaxStates),
        "States of the table that are not installed until a `setup` operation installs them.",
        by_default("[]")},
       {"states", array_of(declared_state_shape(), 0, kMaxDeclared),
        "Additional states, which are not in the table, for `setup`.", by_default("[]")},
       {"costs", costs_choice(), "Costs of all steps and phases.", otherwise("bare-metal x86")},
       {"rules", rules_shape(false), "Kernel rules that differ from the rules of the table.",
        by_default("{}")},
       {"design", words_of(kDesigns),
        "The design of the hotplug core: which CPU runs which part of a bring-up.",
        by_default("\"symmetric\"")},
       {"designs",
        array_of(words_of(kDesigns), 0, static_cast<std::int64_t>(kDesigns.size())),
        "The designs for which `expect` holds: `cpuhp-sim test` runs each of them.",
        {"[]", "`design` alone"}},
       {"canary", boolean_of(),
        "The scenario has to fail: `cpuhp-sim test` reports a failure if the run matches `expect`.",
        by_default("false")},
       {"seed", integer_of(0, INT64_MAX), "Seed of all random numbers.", by_default("1")},
       {"boot_work_ns", ns_of(kDateMaxNs),
        "CPU time of what follows the bring-up in the boot's own task, such as the initcalls. It "
        "begins when smp_init() returns; with the design `async` after the kicks.",
        by_default("0")},
       {"background_ns", ns_of(kDateMaxNs),
        "CPU time of other tasks on the boot CPU. They run from power-on whenever nothing else "
        "runs there, so they fill the sleep of the boot's task and don't delay the boot.",
        by_default("0")},
       {"jitter", integer_of(1, 64),
        "Every duration is multiplied or divided by a random factor of up to this value; the "
        "average stays the same. Different seeds then give different orders of the events on "
        "different CPUs.",
        by_default("1")},
       {"rcu", rcu_shape(), "RCU's grace periods.", by_default("{}")},
       {"defects", defects_shape(),
        "Historical bugs that the simulated kernel has; docs/history.md lists what each bug "
        "breaks.",
        by_default("[]")},
       {"trace_functions", boolean_of(),
        "The function tracer is on: calls of hotplug core functions are events, too.",
        by_default("false")},
       {"limits", limits_shape(), "Limits of the run: exceeding a limit is a finding.", Optional{}},
       {"operations", array_of(operation_shape(), 0, kOperationsMax),
        "The operations, one after the other.", by_default(R"([{"op": "boot"}])")},
       order_field(),
       {"readers", array_of(reader_shape(), 0, kReadersMax),
        "Tasks that take cpu_hotplug_lock as readers beside the operations.", by_default("[]")},
       {"faults", array_of(fault_shape(), 0, kOperationsMax), "The faults to inject.",
        by_default("[]")},
       {"expect", expect_shape(), "The expected result.", Optional{}}});
  auto shape = std::make_shared<Shape>(*built);
  shape->examples.emplace_back(kExample);
  return shape;
}

}  // namespace cpuhp
