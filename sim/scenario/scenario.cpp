#include "sim/scenario/scenario.hpp"

#include <algorithm>
#include <array>
#include <filesystem>

#include "sim/input_file.hpp"
#include "sim/scenario/basis.hpp"
#include "sim/scenario/costs_shape.hpp"
#include "sim/scenario/errno_names.hpp"
#include "sim/scenario/file_beside.hpp"
#include "sim/scenario/machine_section.hpp"
#include "sim/scenario/readers_section.hpp"
#include "sim/scenario/rules_shape.hpp"
#include "sim/scenario/scenario_shape.hpp"
#include "sim/scenario/suggest.hpp"
#include "sim/scenario/table_shape.hpp"

namespace cpuhp {

namespace {

namespace fs = std::filesystem;

StateId read_state(const JsonRef& value, const StateTable& table,
                   const std::vector<DeclaredState>& declared = {}) {
  if (value->is_integer()) {
    const std::int64_t id = value->integer();
    if (id > table.max())
      value.fail("table " + table.name() + " has no state " + std::to_string(id) +
                 ", expected 0 to " + std::to_string(table.max()));
    return static_cast<StateId>(id);
  }
  for (std::size_t i = 0; i < declared.size(); ++i)
    if (declared[i].name == value->string()) return declared_id(i);
  const StateId id = find_state(table, value->string());
  if (id >= 0) return id;
  std::vector<std::string> names;
  for (const DeclaredState& d : declared) names.push_back(d.name);
  for (const State& s : table.all()) names.push_back(s.name);
  value.fail("table " + table.name() + " has no state named " + value->shown(),
             nearest(value->string(), names));
}

void read_costs(const std::string& scenario, const JsonRef& value, const MachineConfig& config,
                const std::vector<FileOverride>& in_files, CostsFile& file) {
  if (value->is_array()) {
    for (const JsonRef& one : value.items()) read_costs(scenario, one, config, in_files, file);
  } else if (value->is_object()) {
    add_costs(file, value, config.table, config.declared);
  } else {
    file = load_costs(file_beside(scenario, value), config.table, config.declared, std::move(file),
                      in_files);
  }
}

StateResource read_resource(const JsonRef& value) {
  if (value->is_string()) return StateResource(value->string());
  return {value.at("name")->string(), value.at("on_error")->string() == "kept"};
}

DeclaredState read_declared(const JsonRef& object, const MachineConfig& config) {
  DeclaredState d{.name = object.at("name")->string(), .multi = object.at("multi")->boolean()};
  const auto same = [&](const DeclaredState& other) { return other.name == d.name; };
  if (std::any_of(config.declared.begin(), config.declared.end(), same))
    object.at("name").fail("\"states\" already has a state of this name: choose another name");
  if (find_state(config.table, d.name) >= 0)
    object.at("name").fail("table " + config.table.name() +
                           " already has a state of this name: choose another name, or list the "
                           "table's state in \"uninstalled\" and set that state up");
  if (const JsonRef range = object.find("dynamic"))
    d.range = range->string() == "prepare" ? DynamicRange::Prepare : DynamicRange::Online;
  else if (const JsonRef number = object.find("number"))
    d.number = static_cast<StateId>(number->integer());
  else
    object.fail("a state needs one of the keys \"dynamic\" and \"number\"");
  if (d.number == config.table.anchors().ap_online_idle)
    object.at("number").fail(
        "this is the number of the state after cpu:teardown; that state stands for the AP's entry "
        "into its idle loop and has no callbacks: choose another number");
  object.read("startup", d.startup);
  object.read("teardown", d.teardown);
  const std::string& reads = object.at("cpus_read_lock")->string();
  d.cpus_read_lock = static_cast<ReadLock>(
      std::find(kReadLockNames.begin(), kReadLockNames.end(), reads) - kReadLockNames.begin());
  for (const JsonRef& resource : object.at("resources").items())
    d.resources.push_back(read_resource(resource));
  return d;
}

/// Reads a state that operations may set up and remove. The hotplug core's states are refused.
StateId read_loose_state(const JsonRef& value, const MachineConfig& config,
                         const std::vector<DeclaredState>& declared) {
  const StateId id = read_state(value, config.table, declared);
  if (is_declared(id)) return id;
  if (config.table.is_core(id))
    value.fail(
        "state " + value->shown() +
        " belongs to the hotplug core and is always installed: expected a state of a driver");
  if (config.table.at(id).name.empty())
    value.fail("table " + config.table.name() + " has no state " + value->shown());
  return id;
}

void read_states(const JsonRef& root, MachineConfig& config, CostProfile& costs) {
  for (const JsonRef& state : root.at("uninstalled").items()) {
    const StateId id = read_loose_state(state, config, {});
    if (std::find(config.uninstalled.begin(), config.uninstalled.end(), id) !=
        config.uninstalled.end())
      state.fail("state " + state->shown() + " is listed twice");
    config.uninstalled.push_back(id);
  }
  for (const JsonRef& state : root.at("states").items()) {
    config.declared.push_back(read_declared(state, config));
    if (const JsonRef callbacks = state.find("costs"))
      add_callback_costs(costs, callbacks, declared_id(config.declared.size() - 1),
                         kernel_version(config.table.kernel()));
  }
}

/// Finds the states that the boot sets up after it has brought its CPUs up. The scenario may have
/// named some as uninstalled itself.
void find_late_states(MachineConfig& config) {
  const auto boots = [](const Operation& op) { return op.kind == OpKind::Boot; };
  if (config.design == Design::Notifier || std::ranges::none_of(config.operations, boots)) return;
  for (const State& s : config.table.all())
    if (s.since && std::ranges::find(config.uninstalled, s.id) == config.uninstalled.end())
      config.late.push_back(s.id);
  std::ranges::stable_sort(config.late, {}, [&](StateId id) { return config.table.at(id).since; });
  config.uninstalled.insert(config.uninstalled.end(), config.late.begin(), config.late.end());
}

/// Reads the fields of setup, remove, add_instance and remove_instance.
void read_registration(const JsonRef& object, const MachineConfig& config, Operation& op) {
  if (config.design == Design::Notifier)
    object.at("op").fail(
        "the notifier design cannot set up or remove states at run time; the other designs can");
  op.state = read_loose_state(object.at("state"), config, config.declared);
  object.read("calls", op.calls);
  object.read("instance", op.instance);
}

int read_errno(const JsonRef& value) {
  if (value->is_integer()) return -static_cast<int>(value->integer());
  return -errno_by_name(value->string()).value();
}

Operation read_operation(const JsonRef& object, const MachineConfig& config) {
  Operation op{.kind = value_of(object.at("op"), kOperations)};
  object.read("at_ns", op.at);
  object.read("with", op.with);
  object.read("delay_ns", op.delay);
  object.read("work_ns", op.work);
  if (const JsonRef timer = object.find("timer_on")) op.timer_on = read_cpu(timer, config.topology);
  if (const JsonRef cpu = object.find("cpu")) op.cpu = read_cpu(cpu, config.topology);
  if (const JsonRef target = object.find("target"))
    op.target = read_state(target, config.table, config.declared);
  object.read("path", op.path);
  object.read("value", op.text);
  if (const JsonRef answer = object.find("firmware")) op.firmware = read_errno(answer);
  if (const JsonRef on = object.find("on")) op.on = read_cpu(on, config.topology);
  object.read("wakeup_after", op.wakeup_after);
  object.read("kexec", op.kexec);
  if (object.find("state")) read_registration(object, config, op);
  return op;
}

/// Reads the operations. Returns the object of each: one with `cpus` is an operation for each CPU.
std::vector<JsonRef> read_operations(const JsonRef& operations, MachineConfig& config) {
  std::vector<JsonRef> objects;
  const auto add = [&](const JsonRef& object, const Operation& op) {
    if (objects.size() == kOperationsMax)
      object.fail("with this one there are more than " + std::to_string(kOperationsMax) +
                  " operations");
    objects.push_back(object);
    config.operations.push_back(op);
  };
  for (const JsonRef& object : operations.items()) {
    Operation op = read_operation(object, config);
    const JsonRef cpus = object.find("cpus");
    const bool plugs = op.kind == OpKind::Up || op.kind == OpKind::Down;
    if (plugs && static_cast<bool>(cpus) == (op.cpu != kNoCpu))
      object.fail("expected one of the keys \"cpu\" and \"cpus\"");
    if (!cpus) {
      add(object, op);
      continue;
    }
    const CpuMask mask = read_cpulist(cpus, config.topology.nr_cpus());
    for (op.cpu = mask.first(); op.cpu != kNoCpu; op.cpu = mask.next(op.cpu + 1)) add(object, op);
  }
  return objects;
}

/// Checks `with` of the operation at `index`: the number of the operation with which it begins.
void check_with(const JsonRef& object, std::size_t index, const MachineConfig& config) {
  const JsonRef with = object.find("with");
  if (!with) return;
  const auto other = static_cast<std::size_t>(with->integer());
  if (other >= config.operations.size() || other == index)
    with.fail("expected the number of another operation, 0 to " +
              std::to_string(config.operations.size() - 1));
  if (config.operations[other].with)
    with.fail("operation " + std::to_string(other) +
              " has the key \"with\", too: expected an operation without this key");
}

Defects read_defects(const JsonRef& names) {
  Defects defects;
  for (const JsonNode& name : names->array())
    defects.set(static_cast<std::size_t>(defect_by_name(name.string()).value()));
  return defects;
}

/// Refuses a fault that can never happen. Otherwise a run without this fault would seem to show
/// that the machine survives it.
void check_step(const JsonRef& object, const Fault& fault, const MachineConfig& config) {
  const bool up = fault.direction == Direction::Up;
  const bool split = config.design == Design::Parallel || config.design == Design::Async;
  const bool inserted = split && find_state(config.table, "cpu:kick_ap") == fault.state;
  const auto symbol = [&](const auto& state) { return up ? state.startup : state.teardown; };
  const bool declared = is_declared(fault.state);
  const std::size_t index = declared ? declared_index(fault.state) : 0;
  const bool silent = declared ? symbol(config.declared[index]).empty()
                               : symbol(config.table.at(fault.state)).empty() &&
                                     !config.table.at(fault.state).multi && !inserted;
  if (silent && !fault.rollback)
    object.at("state").fail("state " + object.at("state")->shown() + " has no " +
                            (up ? "startup" : "teardown") +
                            " callback, so the fault can never happen");
  const bool multi = declared ? config.declared[index].multi : config.table.at(fault.state).multi;
  if (const JsonRef instance = object.find("instance"); instance && !multi)
    instance.fail("state " + object.at("state")->shown() +
                  " is not a multi-instance state, so \"instance\" is not allowed");
}

NamedTurn read_turn(const JsonRef& object, const MachineConfig& config) {
  NamedTurn turn;
  object.read("operation", turn.operation);
  if (turn.operation >= config.operations.size())
    object.at("operation")
        .fail("the scenario has no operation of this number: expected at most " +
              std::to_string(std::max<std::size_t>(config.operations.size(), 1) - 1));
  turn.cpu = read_cpu(object.at("cpu"), config.topology);
  turn.role = value_of(object.at("task"), kRoleInfos);
  object.read("point", turn.point);
  object.read("nth", turn.nth);
  return turn;
}

Fault read_fault(const JsonRef& object, const MachineConfig& config) {
  Fault fault{.kind = value_of(object.at("kind"), kFaultKindInfos)};
  if (const JsonRef cpu = object.find("cpu")) fault.cpu = read_cpu(cpu, config.topology);
  object.read("nth", fault.nth);
  if (const JsonRef error = object.find("errno")) fault.error = read_errno(error);
  object.read("delay_ns", fault.delay);
  if (const JsonRef direction = object.find("direction"))
    fault.direction = direction->string() == "up" ? Direction::Up : Direction::Down;
  object.read("instance", fault.instance);
  if (const JsonRef during = object.find("during")) {
    if (during->integer() >= static_cast<std::int64_t>(config.operations.size()))
      during.fail("the scenario has only " + std::to_string(config.operations.size()) +
                  " operations, counted from 0");
    fault.during = static_cast<std::uint32_t>(during->integer());
  }
  if (const JsonRef phase = object.find("phase")) fault.phase = value_of(phase, kPhaseInfos);
  if (const JsonRef sleeper = object.find("wakeup")) fault.sleeper = value_of(sleeper, kSleepers);
  if (const JsonRef status = object.find("status")) fault.status = value_of(status, kBootStatuses);
  object.read("rollback", fault.rollback);
  object.read("chance_ppm", fault.chance_ppm);
  if (const JsonRef state = object.find("state")) {
    fault.state = read_state(state, config.table, config.declared);
    check_step(object, fault, config);
  }
  return fault;
}

std::optional<ExpectedRange> read_range(const JsonRef& value) {
  if (!value) return std::nullopt;
  ExpectedRange range;
  value.read("min", range.min);
  value.read("max", range.max);
  if (range.min && range.max && *range.max < *range.min) value.fail("\"max\" is less than \"min\"");
  return range;
}

std::vector<int> read_returns(const JsonRef& array, const MachineConfig& config) {
  std::vector<int> returns;
  for (const JsonNode& item : array->array())
    returns.push_back(item.is_integer()
                          ? static_cast<int>(item.integer())
                          : -errno_by_name(std::string_view(item.string()).substr(1)).value());
  if (returns.size() != config.operations.size())
    array.fail("expected one entry for each of the " + std::to_string(config.operations.size()) +
               " operations, found " + std::to_string(returns.size()));
  return returns;
}

std::map<CpuId, StateId> read_states_at_end(const JsonRef& object, const MachineConfig& config) {
  std::map<CpuId, StateId> states;
  for (const JsonMember& member : object->object()) {
    const JsonNode number{std::int64_t{std::stoll(member.key)}, member.at};
    const CpuId cpu =
        read_cpu({&number, json_pointer(object.pointer, member.key)}, config.topology);
    states[cpu] = read_state(object.at(member.key), config.table);
  }
  return states;
}

/// Reads the expected findings: their number, or a list.
void read_findings(const JsonRef& value, const MachineConfig& config, Expect& expect) {
  if (value->is_integer()) {
    expect.findings = static_cast<std::uint32_t>(value->integer());
    return;
  }
  auto& broken = expect.broken.emplace();
  for (const JsonRef& object : value.items()) {
    ExpectedFinding& finding = broken.emplace_back();
    object.read("invariant", finding.invariant);
    object.read("place", finding.place);
    if (const JsonRef cpu = object.find("cpu")) finding.cpu = read_cpu(cpu, config.topology);
  }
}

Expect read_expect(const JsonRef& object, const MachineConfig& config) {
  Expect expect;
  if (const JsonRef online = object.find("online"))
    expect.online = read_cpulist(online, config.topology.nr_cpus());
  if (const JsonRef ret = object.find("ret")) expect.ret = read_returns(ret, config);
  expect.bringup = read_range(object.find("bringup_ns"));
  expect.boot = read_range(object.find("boot_ns"));
  if (const JsonRef state = object.find("state")) expect.state = read_states_at_end(state, config);
  object.read("hang", expect.hang);
  object.read("panic", expect.panic);
  if (const JsonRef findings = object.find("findings")) read_findings(findings, config, expect);
  object.read("digest", expect.digest);
  return expect;
}

void append(std::vector<std::string>& notes, const std::vector<std::string>& more) {
  notes.insert(notes.end(), more.begin(), more.end());
}

/// Reads table, rules and costs. They may be in other files.
void read_data(const JsonRef& root, const std::vector<FileOverride>& in_files, Scenario& scenario) {
  MachineConfig& config = scenario.config;
  const JsonRef chosen = root.at("table");
  const TableFile table =
      chosen->is_object() ? read_table(chosen) : load_table(file_beside(scenario.file, chosen));
  const JsonRef rules = root.at("rules");
  const JsonRef base = rules.find("base");
  config.table =
      with_rules(table.table, read_rules(rules, table.table.rules()), base ? base->string() : "");
  append(scenario.notes, table.notes);
  scenario.assumed = table.assumed;
  CostsFile file;
  read_states(root, config, file.profile);
  if (const JsonRef costs = root.find("costs"))
    read_costs(scenario.file, costs, config, in_files, file);
  config.costs = std::move(file.profile);
  scenario.untold = std::move(file.untold);
  append(scenario.notes, file.notes);
}

/// Refuses a table in which another state has the number that cpu:kick_ap needs. The parallel and
/// the asynchronous design kick a CPU in this state, and wait for it in the next one.
void check_design(const JsonRef& design, const MachineConfig& config) {
  if (config.design != Design::Parallel && config.design != Design::Async) return;
  StateTable split = config.table;
  if (split.split_startup()) return;
  design.fail("the " + std::string(to_string(config.design)) +
              " design needs a state cpu:kick_ap right before cpu:bringup, but in table " +
              config.table.name() + " another state has that number");
}

void read_boot_work(const JsonRef& root, MachineConfig& config) {
  root.read("boot_work_ns", config.boot_work);
  root.read("background_ns", config.background);
  if (config.boot_work > Ns{} && root.at("version")->integer() < 2)
    root.at("boot_work_ns")
        .fail(
            "in version 1 of the format this work filled the sleep of the boot CPU during the "
            "bring-up, but no kernel begins it before all CPUs are up; with \"version\": 2 it "
            "follows "
            "the bring-up, and \"background_ns\" is work that fills the sleep");
}

void read_rcu(const JsonRef& rcu, MachineConfig& config) {
  if (const JsonRef policy = rcu.find("policy")) config.rcu.policy = value_of(policy, kRcuPolicies);
  rcu.read("busy", config.rcu.busy);
}

/// Notes that the table's kernel does not walk states in a reboot. On x86, powerpc and s390 the
/// other CPUs are stopped by an interrupt (docs/kernel.md 6.2).
void note_reboots(Scenario& scenario) {
  const MachineConfig& config = scenario.config;
  const std::string& arch = config.table.arch();
  const bool stops = arch.starts_with("x86") || arch.starts_with("ppc") || arch.starts_with("s390");
  const auto reboots = [](const Operation& op) { return op.kind == OpKind::Shutdown; };
  if (stops && std::ranges::any_of(config.operations, reboots))
    scenario.notes.push_back("shutdown: on " + arch +
                             " a reboot stops the other CPUs by an interrupt and walks no states; "
                             "here it takes them down, as on arm64");
}

Scenario read_scenario(const std::string& path, const JsonRef& root,
                       const std::vector<FileOverride>& in_files = {}) {
  Scenario scenario{
      .file = path,
      .name = is_standard_input(path) ? "standard-input" : fs::path(path).stem().string()};
  root.read("name", scenario.name);
  root.read("description", scenario.description);
  MachineConfig& config = scenario.config;
  const JsonRef machine = root.at("machine");
  read_machine(machine, config);
  read_data(root, in_files, scenario);
  read_cmdline(machine, config);
  ignore_absent_cpus(config);
  config.design = value_of(root.at("design"), kDesigns);
  check_design(root.at("design"), config);
  if (const std::string_view words = caveat(config.design); !words.empty())
    scenario.notes.emplace_back(words);
  root.read("seed", config.seed);
  read_boot_work(root, config);
  root.read("jitter", config.jitter);
  read_rcu(root.at("rcu"), config);
  config.defects = read_defects(root.at("defects"));
  root.read("trace_functions", config.trace_functions);
  if (const JsonRef limits = root.find("limits"))
    for (const LimitInfo& limit : kLimits) limits.read(limit.name, config.limits.*limit.member);
  const JsonRef operations = root.at("operations");
  const std::vector<JsonRef> objects = read_operations(operations, config);
  for (std::size_t i = 0; i < objects.size(); ++i) check_with(objects[i], i, config);
  note_reboots(scenario);
  find_late_states(config);
  for (const JsonRef& hold : root.at("order").items())
    config.order.push_back(
        {read_turn(hold.at("hold"), config), read_turn(hold.at("until"), config)});
  read_readers(root.at("readers"), config, [&config](const JsonRef& state) {
    return read_loose_state(state, config, config.declared);
  });
  for (const JsonRef& fault : root.at("faults").items())
    config.faults.push_back(read_fault(fault, config));
  root.read("canary", scenario.canary);
  for (const JsonRef& design : root.at("designs").items())
    scenario.designs.push_back(value_of(design, kDesigns));
  if (const JsonRef expect = root.find("expect")) scenario.expect = read_expect(expect, config);
  return scenario;
}

/// Returns the shape. It is made only once, because campaigns load thousands of scenarios.
const Shape& shape_of_scenarios() {
  static const ShapePtr shape = scenario_shape();
  return *shape;
}

}  // namespace

UnderDesigns load_under_designs(const std::string& path, const std::vector<Design>& named,
                                const std::vector<SetOverride>& overrides) {
  // throws errors that do not depend on the design; the loop turns errors into notes
  if (named.empty()) load_scenario(path, overrides);
  UnderDesigns all;
  const std::size_t designs = named.empty() ? kDesigns.size() : named.size();
  for (std::size_t i = 0; i < designs; ++i) {
    const Design design = named.empty() ? static_cast<Design>(i) : named[i];
    std::vector<SetOverride> sets = overrides;
    sets.push_back(design_override(design));
    try {
      all.scenarios.push_back(load_scenario(path, sets));
    } catch (const BadInput& error) {
      if (!named.empty()) throw;
      all.notes.push_back("the " + std::string(to_string(design)) +
                          " design was skipped: " + error.message);
    }
  }
  return all;
}

Scenario parse_scenario(std::string_view text, const std::string& path,
                        const std::vector<SetOverride>& overrides) {
  JsonDocument document = parse_json(text, path, {.bytes_max = kScenarioBytesMax});
  const Shape& shape = shape_of_scenarios();
  for (const SetOverride& set : overrides) apply_override(document, shape, set);
  check_shape(document.root, shape);
  return read_scenario(path, JsonRef{&document.root, {}});
}

Scenario load_scenario(const std::string& path, const std::vector<SetOverride>& overrides,
                       const std::vector<FileOverride>& in_files) {
  JsonDocument document = parse_json_file(path, {.bytes_max = kScenarioBytesMax}, "a scenario");
  const Shape& shape = shape_of_scenarios();
  apply_overrides(document, shape, path, in_files);
  for (const SetOverride& set : overrides) apply_override(document, shape, set);
  check_shape(document.root, shape);
  Scenario scenario = read_scenario(path, JsonRef{&document.root, {}}, in_files);
  log_basis(scenario);
  return scenario;
}

}  // namespace cpuhp
