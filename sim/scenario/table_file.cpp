#include "sim/scenario/table_file.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>

#include "sim/scenario/rules_shape.hpp"
#include "sim/scenario/table_shape.hpp"

namespace cpuhp {

namespace {

constexpr std::int64_t kSinceMaxNs = 1'000'000'000'000'000;  // 11.5 days

ShapePtr state_shape() {
  const ShapePtr symbol = text_matching("a C symbol", kSymbolPattern, is_symbol);
  const ShapePtr name = text_matching("a state's name", kStateNamePattern, is_state_name);
  return object_of(
      "state",
      "One state of the kernel's table. The position of the state in the table determines its "
      "section (PREPARE, STARTING or ONLINE).",
      {{"id", integer_of(0, kMaxStates - 1),
        "Number of the state in this kernel's `hotplug/states`."},
       {"name", name, "Name of the state in `hotplug/states`.", otherwise("the state has no name")},
       {"startup", symbol, "Symbol of the startup callback.", otherwise("no callback")},
       {"teardown", symbol, "Symbol of the teardown callback.", otherwise("no callback")},
       {"multi", boolean_of(), "A multi-instance state.", by_default("false")},
       {"instances", integer_of(0, 65'534), "Instances when the machine has booted.",
        by_default("0")},
       {"since",
        either_of("since", "When the state is set up.",
                  {ns_of(kSinceMaxNs), words_of({{"later", "after the boot"}})}),
        "When the state is set up, counted from the end of smp_init(): a boot brings its CPUs up "
        "without it, and then sets such states up in this order. Scenarios without an operation "
        "`boot` begin after this.",
        otherwise("it is there when CPUs come up")},
       {"cant_stop", boolean_of(), "No CPU may rest in this state.", by_default("false")},
       {"skip_onerr", boolean_of(),
        "The rollback after an error skips this state, as in kernel 4.6.", by_default("false")},
       {"startup_assumed", boolean_of(),
        "No trace showed the startup callback; it comes from the catalogue of known callbacks.",
        by_default("false")},
       {"teardown_assumed", boolean_of(),
        "No trace showed the teardown callback; it comes from the catalogue of known callbacks.",
        by_default("false")},
       {"priority", integer_of(-2'147'483'648, 2'147'483'647),
        "Notifier design: priority in the notifier chain; a higher priority is called first.",
        by_default("0")},
       {"source", text_of("a text"), "Where the data of this state comes from.",
        by_default("\"\"")}});
}

State read_table_state(const JsonRef& object) {
  State s;
  object.read("id", s.id);
  object.read("name", s.name);
  object.read("startup", s.startup);
  object.read("teardown", s.teardown);
  object.read("multi", s.multi);
  object.read("instances", s.instances);
  if (const JsonRef since = object.find("since"))
    s.since = since->is_integer() ? since->integer() : kAfterBoot;
  object.read("cant_stop", s.cant_stop);
  object.read("skip_onerr", s.skip_onerr);
  object.read("startup_assumed", s.startup_assumed);
  object.read("teardown_assumed", s.teardown_assumed);
  object.read("priority", s.priority);
  object.read("source", s.source);
  return s;
}

std::vector<State> read_table_states(const JsonRef& array) {
  std::vector<State> states;
  int last = -1;
  for (const JsonRef& object : array.items()) {
    State state = read_table_state(object);
    if (state.id <= last)
      object.at("id").fail("states must be in ascending order: expected an id above " +
                           std::to_string(last) + ", found " + std::to_string(state.id));
    if (state.instances > 0 && !state.multi)
      object.at("instances").fail("only a multi-instance state (\"multi\": true) has instances");
    last = state.id;
    states.push_back(std::move(state));
  }
  return states;
}

ShapePtr dynamic_shape() {
  const ShapePtr ids = array_of(integer_of(1, kMaxStates - 1), 2, 2);
  const Optional derived = otherwise("derived from the layout of the kernel's enum");
  return object_of(
      "dynamic ranges",
      "Ranges of numbers that the kernel gives to drivers: first and last number. `hotplug/states` "
      "does not show these ranges. By default, the PREPARE range is the 21 numbers below "
      "cpu:kick_ap, or below cpu:bringup in a table without cpu:kick_ap. The ONLINE range follows "
      "base/cacheinfo:online: 41 numbers if they fit below sched:active, otherwise 31. In a table "
      "without base/cacheinfo:online, the ONLINE range is the free numbers between the idle entry "
      "(the state after cpu:teardown) and sched:active.",
      {{"prepare", ids, "CPUHP_BP_PREPARE_DYN to CPUHP_BP_PREPARE_DYN_END.", derived},
       {"online", ids, "CPUHP_AP_ONLINE_DYN to CPUHP_AP_ONLINE_DYN_END.", derived}});
}

std::vector<Field> table_fields() {
  return {{"name", text_of("a name", 1, 128), "Name of the table, such as `x86_64-6.1`."},
          {"kernel", text_of("a kernel version", 0, 128), "Kernel of the table, such as `6.1.192`.",
           by_default("\"\"")},
          {"arch", text_of("an architecture", 0, 64),
           "Architecture of the table, such as `x86_64`.", by_default("\"\"")},
          {"rules", rules_shape(true), "The rules of this kernel's hotplug core."},
          {"sources", array_of(text_of("a text"), 0, 4'096), "Where the table comes from.",
           by_default("[]")},
          {"notes", array_of(text_of("a text"), 0, 4'096), "Free text.", by_default("[]")},
          {"states", array_of(state_shape(), 2, kMaxStates),
           "The states in ascending order of their ids, from `offline` to `online`."},
          {"dynamic", dynamic_shape(), "Ranges from which the kernel chooses numbers itself.",
           by_default("{}")}};
}

/// Reads a range of state numbers, which must lie within the section [low, high].
IdRange read_dynamic_range(const JsonRef& value, StateId low, StateId high) {
  const IdRange range{static_cast<StateId>(value->array()[0].integer()),
                      static_cast<StateId>(value->array()[1].integer())};
  if (range.first < low || range.last > high || range.last < range.first)
    value.fail("expected two numbers in ascending order from " + std::to_string(low) + " to " +
               std::to_string(high) + ", found " + std::to_string(range.first) + " and " +
               std::to_string(range.last));
  return range;
}

DynamicRanges read_dynamic(const JsonRef& object, const StateTable& table) {
  DynamicRanges dynamic = table.dynamic();
  const Anchors& at = table.anchors();
  const auto before = [](StateId id) { return static_cast<StateId>(id - 1); };
  if (const JsonRef prepare = object.find("prepare"))
    dynamic.prepare = read_dynamic_range(prepare, 1, before(at.bringup));
  if (const JsonRef online = object.find("online"))
    dynamic.online =
        read_dynamic_range(online, static_cast<StateId>(at.ap_online_idle + 1), before(at.online));
  return dynamic;
}

/// Returns notes about names that several states have. Such a name refers to the first of them.
std::vector<std::string> duplicate_names(const StateTable& table) {
  std::vector<std::string> notes;
  std::set<std::string> seen;
  for (const State& s : table.all())
    if (!s.name.empty() && !seen.insert(s.name).second)
      notes.push_back("table " + table.name() + ": the name " + s.name +
                      " is used more than once; it refers to state " +
                      std::to_string(table.find(s.name)));
  return notes;
}

}  // namespace

bool is_symbol(std::string_view text) {
  if (const std::size_t open = text.find(" ["); open != std::string_view::npos) {
    const std::string_view module = text.substr(open + 2);
    if (module.size() < 2 || module.size() > 64 || module.back() != ']' ||
        !std::all_of(module.begin(), module.end() - 1, [](char c) {
          return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                 c == '_' || c == '-';
        }))
      return false;
    text = text.substr(0, open);
  }
  const auto letter = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == '.' || c == '$';
  };
  return !text.empty() && text.size() <= 128 && letter(text[0]) &&
         std::all_of(text.begin(), text.end(),
                     [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

bool is_state_name(std::string_view text) {
  return !text.empty() && text.size() <= 64 && text.front() != ' ' && text.back() != ' ' &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

ShapePtr file_of(const std::string& def, std::string doc, const std::vector<Field>& own) {
  std::vector<Field> fields{
      {"$schema", text_of("a URL or path"),
       "The JSON Schema, for editors; cpuhp-sim ignores this key.", Optional{}},
      {"version", integer_of(1, 1), "Version of the format."},
      {"kind", words_of({{"cpuhp-" + def, ""}}), "Type of the file."}};
  fields.insert(fields.end(), own.begin(), own.end());
  return object_of(def, std::move(doc), std::move(fields));
}

StateId find_state(const StateTable& table, std::string_view name) {
  const StateId id = table.find(name);
  if (id >= 0 || name != "cpu:kick_ap") return id;
  StateTable split = table;
  return split.split_startup() ? split.anchors().kick_ap : static_cast<StateId>(-1);
}

ShapePtr table_shape() {
  return file_of("table", "The states of one kernel with its loaded drivers.", table_fields());
}

ShapePtr inline_table_shape() {
  return object_of("table",
                   "A state table in the format of a table file, but without the keys `$schema`, "
                   "`version` and `kind`.",
                   table_fields());
}

TableFile read_table(const JsonRef& root) {
  TableFile file;
  const JsonRef states = root.at("states");
  std::vector<State> read = read_table_states(states);
  try {
    file.table = StateTable(root.at("name")->string(), root.at("kernel")->string(),
                            read_rules(root.at("rules"), Rules{}), std::move(read));
  } catch (const std::invalid_argument& error) {
    states.fail(error.what());
  }
  file.table = StateTable(file.table.name(), file.table.kernel(), file.table.rules(),
                          file.table.all(), read_dynamic(root.at("dynamic"), file.table));
  file.table.set_arch(root.at("arch")->string());
  file.notes = duplicate_names(file.table);
  for (const JsonRef& state : states.items())
    for (const char* callback : {"startup", "teardown"})
      if (const JsonRef assumed = state.find(std::string(callback) + "_assumed");
          assumed && assumed->boolean() && state.find(callback))
        file.assumed.push_back(state.at(callback)->string());
  return file;
}

TableFile load_table(const std::string& path) {
  JsonDocument document = parse_json_file(path, {.bytes_max = kTableBytesMax}, "a state table");
  static const ShapePtr shape = table_shape();
  check_shape(document.root, *shape);
  return read_table(JsonRef{&document.root, {}});
}

StateTable with_rules(const StateTable& table, const Rules& rules, std::string kernel) {
  if (kernel.empty()) kernel = table.kernel();
  StateTable other(table.name(), std::move(kernel), rules, table.all(), table.dynamic());
  other.set_arch(table.arch());
  return other;
}

}  // namespace cpuhp
