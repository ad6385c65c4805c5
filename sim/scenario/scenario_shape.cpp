#include "sim/scenario/scenario_shape.hpp"

#include <algorithm>

#include "model/config.hpp"
#include "sim/scenario/costs_shape.hpp"
#include "sim/scenario/cpulist.hpp"
#include "sim/scenario/errno_names.hpp"
#include "sim/scenario/rules_shape.hpp"
#include "sim/scenario/table_shape.hpp"

namespace cpuhp {

namespace {

constexpr std::int64_t kCpuMax = kMaxCpus - 1;
constexpr std::int64_t kOperationsMax = 65'536;
constexpr std::string_view kSysfsPathPattern = "^[A-Za-z0-9_]+(/[A-Za-z0-9_]+)*$";
constexpr std::string_view kDigestPattern = "^[0-9a-f]{1,64}$";
constexpr std::string_view kCpuNumberPattern = "^(0|[1-9][0-9]{0,4})$";

bool is_cpulist(std::string_view text) { return parse_cpulist(text, kMaxCpus).mask.has_value(); }

bool is_sysfs_path(std::string_view text) {
  bool need_letter = true;
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
  return text_matching("a CPU list such as \"0-3,8\"", std::string(kCpuListPattern), is_cpulist);
}

/// Returns the shape of a state, which is given by name or by its number in the table.
ShapePtr state_ref() {
  return either_of(
      {}, {},
      {integer_of(0, kMaxStates - 1),
       text_matching("a state's name", std::string(kStateNamePattern), is_state_name)});
}

ShapePtr place_shape() {
  return object_of(
      "place", "Where one CPU sits.",
      {{"socket", integer_of(0, kCpuMax), "Socket.", {"0", ""}},
       {"core", integer_of(0, kCpuMax), "Core within the socket.", {"0", ""}},
       {"thread", integer_of(0, kCpuMax), "Thread within the core, 0 is primary.", {"0", ""}},
       {"node", integer_of(0, kCpuMax), "NUMA node.", {"0", ""}}});
}

ShapePtr machine_shape() {
  const ShapePtr count = integer_of(1, kMaxCpus);
  const ShapePtr numbering =
      words_of({{"threads_last", "all primary threads first, as most x86 servers"},
                {"threads_adjacent", "the threads of a core side by side, as QEMU and POWER"}});
  std::vector<std::pair<std::string, std::string>> exclusive;
  for (const char* key : {"sockets", "cores", "threads", "nodes", "numbering"})
    exclusive.emplace_back("topology", key);
  return object_of(
      "machine",
      "The machine: a regular one by `sockets`, `cores`, `threads`, `nodes`, `numbering`, or any "
      "other by `topology`. At most 65,536 CPUs.",
      {{"sockets", count, "Sockets.", {"", "1"}},
       {"cores", count, "Cores of a socket.", {"", "1"}},
       {"threads", count, "Threads of a core.", {"", "1"}},
       {"nodes",
        count,
        "NUMA nodes of the machine; a multiple or a divisor of `sockets`.",
        {"", "`sockets`"}},
       {"numbering", numbering, "How firmware numbers threads.", {"", "`\"threads_last\"`"}},
       {"topology",
        array_of(place_shape(), 1, kMaxCpus),
        "The place of every CPU, from CPU 0 on.",
        {"", "regular"}},
       {"possible", cpulist(), "CPUs that may ever be there: a range from 0.", {"", "all"}},
       {"present", cpulist(), "CPUs that are there.", {"", "all possible"}},
       {"isolated", cpulist(), "CPUs without housekeeping, as isolcpus= says.", {"\"\"", ""}},
       {"boot_cpu", integer_of(0, kCpuMax), "The CPU that boots the machine.", {"0", ""}},
       {"state_control",
        boolean_of(),
        "CONFIG_CPU_HOTPLUG_STATE_CONTROL: `target` takes every state that a CPU may rest in.",
        {"true", ""}},
       {"smt_control", boolean_of(), "The architecture has SMT control.", {"true", ""}},
       {"cpu0_online_file",
        boolean_of(),
        "The boot CPU has an `online` file: not on x86, but on arm64.",
        {"", "only with `cpu0_hotplug` in `cmdline`"}},
       {"cmdline",
        text_of("a kernel command line"),
        "Kernel parameters: `nosmt[=force]`, `nosmp`, `maxcpus=N`, `nr_cpus=N`, "
        "`possible_cpus=N`, `isolcpus=LIST`, `cpuhp.parallel=0|1`, `cpu0_hotplug`, "
        "`tsc=reliable`, `cpu_init_udelay=N`.",
        {"\"\"", ""}}},
      std::move(exclusive));
}

/// Returns the fields for the time of an operation, which every operation has.
std::vector<Field> when_fields() {
  return {{"at_ns", ns_of(kDateMaxNs), "Not before this date.",
           Optional{"", "right after the operation before"}},
          {"with", integer_of(0, kOperationsMax - 1),
           "A task of its own does it, which begins when that operation (from 0) begins; the "
           "operations after it do not wait for it.",
           Optional{"", "one after the other"}},
          {"delay_ns", ns_of(kDateMaxNs), "With `with`: so much later.", Optional{"0", ""}}};
}

std::vector<Field> with_when(std::vector<Field> fields) {
  for (Field& field : when_fields()) fields.push_back(std::move(field));
  return fields;
}

/// Returns the fields of setup, remove, add_instance and remove_instance.
std::vector<Field> registration_fields(bool instance, const std::string& which) {
  std::vector<Field> fields{
      {"state", state_ref(), "A state of `states`, or one of the table, by name or number."}};
  if (instance) fields.push_back({"instance", integer_of(0, 65'534), "Which instance."});
  fields.push_back({"calls",
                    boolean_of(),
                    "Run the " + which + " on every CPU that is past the state.",
                    {"true", ""}});
  fields.push_back(
      {"on", integer_of(0, kCpuMax), "The CPU that the asking task runs on.", {"", "where it is"}});
  return with_when(std::move(fields));
}

ShapePtr resource_shape() {
  const ShapePtr name = text_of("a resource's name", 1, 64);
  return either_of(
      "resource", "A per-CPU resource of a state: its name, or an object.",
      {name, object_of({}, "A resource, and what a startup that fails does with it.",
                       {{"name", name, "Its name."},
                        {"on_error",
                         words_of({{"returned", "a startup that fails leaves nothing behind"},
                                   {"kept", "a defect: it is taken first, and never given back"}}),
                         "What a startup that fails does with it.",
                         {"\"returned\"", ""}}})});
}

ShapePtr declared_state_shape() {
  const ShapePtr symbol = text_matching("a C symbol", std::string(kSymbolPattern), is_symbol);
  return object_of(
      "declared state",
      "A state that a driver sets up at run time; one of `dynamic` and `number` says where. "
      "Operations, `faults` and `costs` know it by its name.",
      {{"name", text_matching("a state's name", std::string(kStateNamePattern), is_state_name),
        "As `hotplug/states` will print it; no other state of the scenario has it."},
       {"dynamic",
        words_of({{"prepare", "CPUHP_BP_PREPARE_DYN"}, {"online", "CPUHP_AP_ONLINE_DYN"}}),
        "The kernel picks a number of this range, and the setup returns it.",
        {"", "by `number`"}},
       {"number",
        integer_of(0, kMaxStates - 1),
        "A number of its own, as a state of the kernel's enum.",
        {"", "by `dynamic`"}},
       {"startup", symbol, "Symbol of the startup callback.", {"", "no callback"}},
       {"teardown", symbol, "Symbol of the teardown callback.", {"", "no callback"}},
       {"multi",
        boolean_of(),
        "A multi-instance state: its callbacks belong to instances.",
        {"false", ""}},
       {"costs", callback_costs_shape(), "What its callbacks cost.", {"", "as any callback"}},
       {"resources",
        array_of(resource_shape(), 0, 64),
        "Per-CPU resources that a startup takes and a teardown gives back.",
        {"[]", ""}},
       {"cpus_read_lock",
        words_of({{"neither", ""}, {"startup", ""}, {"teardown", ""}, {"both", ""}}),
        "A defect: which of its callbacks call cpus_read_lock(), around all that they do. The walk "
        "that runs them holds the lock as its writer, so that they wait for ever.",
        {"\"neither\"", ""}}},
      {{"dynamic", "number"}});
}

ShapePtr operation_shape() {
  const Field cpu{"cpu", integer_of(0, kCpuMax), "The CPU."};
  const Field on{"on",
                 integer_of(0, kCpuMax),
                 "The CPU that the asking task runs on. From a CPU that it takes down itself it is "
                 "pushed off, to the first that is active.",
                 {"", "where it is; another when that one goes away"}};
  const Field timer_on{"timer_on",
                       integer_of(0, kCpuMax),
                       "The asking task's quota of CPU time is used up meanwhile, and the timer "
                       "that would let it go on is queued on that CPU.",
                       {"", "nothing of the kind"}};
  const Field path{"path",
                   text_matching("a path such as \"cpu3/online\"", std::string(kSysfsPathPattern),
                                 is_sysfs_path),
                   "The file, such as `cpu3/hotplug/target`."};
  const auto target = [](const char* unless) {
    return Field{"target", state_ref(), "How far: a state's name or number.", {"", unless}};
  };
  const auto wakeup = [](const char* effect) {
    return Field{"wakeup_after",
                 integer_of(0, kCpuMax),
                 std::string("A wake-up is pending once that many CPUs are down: ") + effect,
                 {"", "never"}};
  };
  const auto fields = [&](OpKind kind) -> std::vector<Field> {
    switch (kind) {
      case OpKind::Boot:
      case OpKind::Resume:
        return {};
      case OpKind::Shutdown:
        return {wakeup("a reboot does not care.")};
      case OpKind::Up:
        return {cpu, target("online")};
      case OpKind::Down:
        return {cpu, target("offline"), timer_on};
      case OpKind::Write:
        return {path,
                {"value", text_of("a text", 0, 4'096), "What is written; a newline follows."},
                on,
                timer_on};
      case OpKind::Read:
        return {path};
      case OpKind::Suspend:
        return {{"cpu",
                 integer_of(0, kCpuMax),
                 "The CPU that stays.",
                 {"", "the boot CPU, or the first online one"}},
                wakeup("it gives up with -EBUSY.")};
      case OpKind::Run:
        return {cpu, {"work_ns", ns_of(kCostMaxNs), "Its CPU time.", {"0", ""}}};
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
  return tagged_by("operation", "What is done to the machine, one after the other.", "op",
                   std::move(choices));
}

ShapePtr errno_shape() {
  std::vector<Word> names;
  for (const std::string& name : errno_names()) names.emplace_back(name, "");
  return either_of(
      "errno", "An error by its name or its positive number.",
      {words_of(std::move(names), "an error's name such as \"EBUSY\""), integer_of(1, kMaxErrno)});
}

Field during_field() {
  return {"during",
          integer_of(0, kOperationsMax - 1),
          "During that operation only, counted from 0.",
          {"", "any"}};
}

/// Returns the fields that all faults have, and those of one kind.
std::vector<Field> fault_fields(std::vector<Field> where, std::vector<Field> more) {
  std::vector<Field> fields{
      {"cpu", integer_of(0, kCpuMax), "The CPU that is plugged.", {"", "any"}}};
  const auto add = [&fields](std::vector<Field> some) {
    fields.insert(fields.end(), some.begin(), some.end());
  };
  add(std::move(where));
  add({{"nth", integer_of(0, 1'000'000), "The n-th time only; 0: every time.", {"1", ""}},
       during_field(),
       {"rollback", boolean_of(), "Only in a walk that has turned round.", {"false", ""}},
       {"chance_ppm",
        integer_of(1, 1'000'000),
        "So often in a million occasions that fit, drawn from the seed.",
        {"1000000", ""}}});
  add(std::move(more));
  return fields;
}

std::vector<Field> step_fields() {
  return {{"state", state_ref(), "The step's state.", {"", "any"}},
          {"direction",
           words_of({{"up", "the startup callback"}, {"down", "the teardown callback"}}),
           "Which callback.",
           {"\"up\"", ""}},
          {"instance", integer_of(0, 65'534), "Of a multi-instance state, from 0.", {"", "any"}}};
}

/// Returns the fields that say where a fault hits: in a callback, or in a phase outside of
/// callbacks.
std::vector<Field> place_fields() {
  std::vector<Field> fields = step_fields();
  std::vector<Word> phases;
  for (const std::string_view name : kPhaseNames) phases.emplace_back(name, "");
  fields.push_back({"phase",
                    words_of(std::move(phases), "a phase such as \"cpu_init\""),
                    "In place of `state`: a phase of a handshake, as cost profiles name it. Only "
                    "where CPU time is spent.",
                    {"", "a callback"}});
  return fields;
}

Field wakeup_field() { return {"wakeup", words_of(kSleepers), "Whose.", {"\"any\"", ""}}; }

Field status_field() {
  return {"status",
          words_of(kBootStatuses),
          "What it writes into the boot-status word before it stops.",
          {"\"none\"", ""}};
}

/// Returns the fields of one kind of fault, from its FaultKindInfo.
std::vector<Field> fields_of(const FaultKindInfo& kind) {
  std::vector<Field> where, more;
  if (kind.takes(kStep)) where = kind.takes(kPhase) ? place_fields() : step_fields();
  if (kind.takes(kWakeup)) where.push_back(wakeup_field());
  if (kind.takes(kStatus)) more.push_back(status_field());
  if (kind.error != 0)
    more.push_back({"errno", errno_shape(), "The error.",
                    Optional{'"' + std::string(errno_name(-kind.error)) + '"', ""}});
  if (kind.takes(kDelay)) more.push_back({"delay_ns", ns_of(kCostMaxNs), "How much longer."});
  return fault_fields(std::move(where), std::move(more));
}

ShapePtr fault_shape() {
  std::vector<Choice> kinds;
  for (const FaultKindInfo& kind : kFaultKindInfos)
    kinds.push_back({std::string(kind.name), std::string(kind.doc), fields_of(kind)});
  return tagged_by("fault", "A failure of the simulated machine.", "kind", std::move(kinds));
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
  const Optional any{"", "any"};
  const ShapePtr finding = object_of(
      "finding", "A broken invariant. What is left out fits any.",
      {{"invariant", text_of("a name", 1, 128), "Its name, such as `state-resource-leak`.", any},
       {"place", text_of("a text"), "What it is about: a state, a lock, a resource.", any},
       {"cpu", integer_of(0, kCpuMax), "The CPU that it is about.", any}});
  return either_of("findings",
                   "A number of causes, or a list in any order: each entry fits one finding, and "
                   "there is no cause without one. What follows from a cause may have one "
                   "(docs/reference/check.md).",
                   {integer_of(0, 1'000'000), array_of(finding, 0, kOperationsMax)});
}

ShapePtr expect_shape() {
  const Optional unsaid{"", "not compared"};
  const ShapePtr range = object_of("range", "A duration between two bounds, both included.",
                                   {{"min", ns_of(kDateMaxNs), "At least.", {"", "no bound"}},
                                    {"max", ns_of(kDateMaxNs), "At most.", {"", "no bound"}}});
  std::vector<Word> errors;
  for (const std::string& name : errno_names()) errors.emplace_back('-' + name, "");
  const ShapePtr ret = either_of(
      "return",
      "What an operation gives back: 0, a negative number, a name such as `\"-EBUSY\"`, or the "
      "number of a dynamic state that was set up.",
      {integer_of(-kMaxErrno, kMaxStates - 1),
       words_of(std::move(errors), "an error's name such as \"-EBUSY\"")});
  return object_of(
      "expect", "What the run has to come out as; `cpuhp-sim test` compares it.",
      {{"online", cpulist(), "CPUs online at the end.", unsaid},
       {"ret", array_of(ret, 0, kOperationsMax), "One entry for each operation.", unsaid},
       {"bringup_ns", range, "First prepare step to last CPU online.", unsaid},
       {"boot_ns", range, "That and the control CPU's own boot work both done.", unsaid},
       {"state",
        map_of("a CPU's number", std::string(kCpuNumberPattern), is_cpu_number, state_ref()),
        "State of CPUs at the end, by name or number.", unsaid},
       {"hang", boolean_of(), "The run ends in a simulated hang.", unsaid},
       {"panic", boolean_of(), "The run ends in a simulated panic.", unsaid},
       {"findings", findings_shape(), "Broken invariants: how many, or which.", unsaid},
       {"digest",
        text_matching("a digest in lower-case hexadecimal", std::string(kDigestPattern), is_digest),
        "Digest of the event stream.", unsaid}});
}

ShapePtr costs_choice() {
  const ShapePtr path = text_of("a path", 1);
  const ShapePtr one = inline_costs_shape();
  return either_of("cost profiles",
                   "The path of a cost profile, or one written here, or several of both: later "
                   "ones override single entries of earlier ones.",
                   {path, one, array_of(either_of({}, {}, {path, one}), 0, 64)});
}

constexpr std::string_view kExample = R"({
  "$schema": "schema.json",
  "version": 1,
  "name": "offline-one-cpu",
  "machine": {"sockets": 1, "cores": 4},
  "table": "tables/x86_64-6.1.json",
  "operations": [{"op": "boot"}, {"op": "down", "cpu": 3}],
  "expect": {"online": "0-2", "ret": [0, 0]}
})";

}  // namespace

ShapePtr scenario_shape() {
  const ShapePtr built = object_of(
      "scenario", "One machine, one design, what is done to it and what is expected.",
      {{"$schema", text_of("a URL or path"), "The JSON Schema, for editors; not read.", Optional{}},
       {"version", integer_of(1, 1), "Version of the format."},
       {"name", text_of("a name", 1, 128), "Name of the scenario.", {"", "the file's name"}},
       {"description", text_of("a text"), "The question that it answers.", {"\"\"", ""}},
       {"machine", machine_shape(), "The machine."},
       {"table", either_of({}, {}, {text_of("a path", 1), inline_table_shape()}),
        "Path of the state table, relative to the scenario's file; or the table itself."},
       {"uninstalled",
        array_of(state_ref(), 0, kMaxStates),
        "States of the table that are not there before a `setup` installs them.",
        {"[]", ""}},
       {"states",
        array_of(declared_state_shape(), 0, kMaxDeclared),
        "States beside the table's, for `setup`.",
        {"[]", ""}},
       {"costs", costs_choice(), "What everything costs.", {"", "bare-metal x86"}},
       {"rules", rules_shape(false), "Rules that differ from the table's.", {"{}", ""}},
       {"design", words_of(kDesigns), "Who drives a bring-up.", {"\"symmetric\"", ""}},
       {"designs",
        array_of(words_of(kDesigns), 0, static_cast<std::int64_t>(kDesigns.size())),
        "The designs that `expect` is about: `cpuhp-sim test` runs each of them.",
        {"[]", "`design` alone"}},
       {"canary",
        boolean_of(),
        "It has to fail: `cpuhp-sim test` fails when it does not.",
        {"false", ""}},
       {"seed", integer_of(0, INT64_MAX), "Seed of every draw.", {"1", ""}},
       {"boot_work_ns",
        ns_of(kDateMaxNs),
        "CPU work of the control CPU's own, done whenever nothing else runs there.",
        {"0", ""}},
       {"jitter",
        integer_of(1, 64),
        "Every duration is up to that many times as long or as short, drawn from the seed, and on "
        "average what it is without: so that every order of what different CPUs do comes up with "
        "some seed.",
        {"1", ""}},
       {"defects",
        defects_shape(),
        "Historical bugs that this kernel has; the list of what each breaks is in docs/history.md.",
        {"[]", ""}},
       {"trace_functions",
        boolean_of(),
        "The function tracer is on: functions of the core are events, too.",
        {"false", ""}},
       {"limits", limits_shape(), "What a run is held to: beyond it is a finding.", Optional{}},
       {"operations",
        array_of(operation_shape(), 0, kOperationsMax),
        "What is done, one after the other.",
        {R"([{"op": "boot"}])", ""}},
       {"faults", array_of(fault_shape(), 0, kOperationsMax), "What fails.", {"[]", ""}},
       {"expect", expect_shape(), "What has to come out.", Optional{}}});
  auto shape = std::make_shared<Shape>(*built);
  shape->examples.emplace_back(kExample);
  return shape;
}

}  // namespace cpuhp
