#include "sim/conform/twin.hpp"

#include <algorithm>
#include <cerrno>
#include <deque>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "model/sysfs/files.hpp"
#include "sim/conform/places.hpp"
#include "sim/conform/traced_functions.hpp"
#include "sim/conform/twin_modules.hpp"
#include "sim/conform/twin_writers.hpp"
#include "sim/error.hpp"
#include "sim/scenario/cmdline.hpp"
#include "sim/scenario/cpulist.hpp"
#include "sim/trace/boot_installs.hpp"
#include "sim/trace/brackets.hpp"
#include "sim/trace/bringup_evidence.hpp"
#include "sim/trace/failed_setups.hpp"
#include "sim/trace/import.hpp"
#include "sim/trace/module_states.hpp"
#include "sim/trace/text_file.hpp"
#include "sim/trace/text_search.hpp"

namespace cpuhp {
namespace {

using Json = nlohmann::ordered_json;

std::string list_of(const std::vector<CpuId>& cpus) {
  CpuMask mask(cpus.empty() ? 1 : cpus.back() + 1);
  for (const CpuId cpu : cpus) mask.set(cpu);
  return print_cpulist(mask);
}

/// Returns those words of a kernel command line that the simulator understands.
std::string meaningful_words(const std::string& cmdline) {
  std::string kept;
  std::string_view rest = cmdline;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(' '), rest.size());
    const std::string word(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (word.empty() || !parse_cmdline(word, CmdlineMode::Lenient).ignored.empty()) continue;
    kept += (kept.empty() ? "" : " ") + word;
  }
  return kept;
}

/// How the states of the recorded machine differ from the table, because it had other drivers.
struct Drivers {
  /// States of the table that are not in hotplug/states with the same number.
  std::set<StateId> missing;
  std::vector<State> more;  ///< states that the table lacks, or has at another number
  std::map<StateId, std::uint16_t> instances;  ///< numbers of instances
};

/// What the recording's traces show about one state.
struct SeenState {
  std::string startup, teardown;
  bool multi = false;
  std::uint16_t most = 0;  ///< largest number of successive calls for instances
};

void look_at(const Ftrace& trace, std::map<StateId, SeenState>& seen) {
  std::uint16_t run = 0;
  const Event* before = nullptr;
  for (const Event& e : trace.stream.events) {
    if (!is_enter(e)) continue;
    SeenState& s = seen[e.step];
    const bool up = e.value >= e.step;
    (up ? s.startup : s.teardown) = trace.stream.names[e.name];
    if (e.kind == EventKind::MultiEnter) {
      s.multi = true;
      const bool goes_on = before != nullptr && before->kind == e.kind && before->step == e.step &&
                           before->cpu == e.cpu && before->name == e.name;
      run = goes_on ? static_cast<std::uint16_t>(run + 1) : std::uint16_t{1};
      s.most = std::max(s.most, run);
    }
    before = &e;
  }
}

/// Returns multi-instance states without instances: a CPU went down through them without a call.
std::set<StateId> passed_silently(const std::vector<const Ftrace*>& traces, const StateTable& table,
                                  const std::map<StateId, SeenState>& seen) {
  std::set<StateId> silent;
  for (const Ftrace* trace : traces) {
    StateId low = table.max(), high = 0;
    for (const Event& e : trace->stream.events) {
      if (!is_enter(e) || e.value >= e.step || e.step >= table.anchors().bringup) continue;
      low = std::min(low, e.step);
      high = std::max(high, e.step);
    }
    for (StateId id = low; id < high; ++id)
      if (table.at(id).multi && !table.at(id).teardown.empty() && !seen.contains(id))
        silent.insert(id);
  }
  return silent;
}

/// Counts instances of STARTING states. No event shows their callbacks, but the function tracer
/// shows, on one CPU, a call for each instance.
void count_calls(const Ftrace& trace, const StateTable& table,
                 std::map<StateId, std::uint16_t>& instances) {
  std::map<std::pair<std::string_view, CpuId>, std::uint16_t> calls;
  for (const FunctionCall& call : trace.functions)
    if (call.caller == "cpuhp_invoke_callback") ++calls[{call.function, call.on}];
  for (const State& state : table.all()) {
    if (!state.multi || table.section(state.id) != Section::Starting) continue;
    for (const auto& [function, count] : calls) {
      if (function.first != state.startup && function.first != state.teardown) continue;
      std::uint16_t& most = instances[state.id];
      most = std::max(most, count);
    }
  }
}

Drivers drivers_of(const Recording& recording, const StateTable& table) {
  Drivers d;
  std::map<StateId, SeenState> seen;
  std::vector<const Ftrace*> traces;
  std::deque<Ftrace> kept;  // traces without the callbacks of modules that came later
  for (const RecordedOperation* op : recording.operations()) {
    if (!op->trace) continue;
    const std::set<StateId> of_modules = module_steps(*op, recording.states);
    if (!of_modules.empty()) kept.push_back(without_steps(*op->trace, of_modules));
    traces.push_back(of_modules.empty() ? &*op->trace : &kept.back());
  }
  for (const Ftrace* trace : traces) {
    look_at(*trace, seen);
    count_calls(*trace, table, d.instances);
  }
  for (const auto& [id, s] : seen)
    if (s.multi) d.instances[id] = s.most;
  for (const StateId id : passed_silently(traces, table, seen)) d.instances[id] = 0;
  if (recording.states.empty()) return d;
  std::set<StateId> same;
  for (const NamedState& state : recording.states) {
    if (table.valid(state.id) && table.at(state.id).name == state.name) {
      same.insert(state.id);
      continue;
    }
    State more{.id = state.id, .name = state.name};
    if (const auto s = seen.find(state.id); s != seen.end()) {
      more.startup = s->second.startup;
      more.teardown = s->second.teardown;
      more.multi = s->second.multi;
      if (more.multi) d.instances[state.id] = s->second.most;
    }
    d.more.push_back(std::move(more));
  }
  for (const State& state : table.all())
    if (!state.name.empty() && !same.contains(state.id)) d.missing.insert(state.id);
  return d;
}

/// What the recorded files say about the machine. plain() is true when the machine is as after a
/// boot, except that some CPUs may be offline. Only then can a new twin begin.
class Resting {
 public:
  Resting(const RecordedMachine& machine, const StateTable& table)
      : machine_(machine), table_(table) {
    std::ranges::set_difference(machine.present, machine.online, std::inserter(off_, off_.end()));
    mask_ = list_of(machine.online);
  }

  void see(const ReadBack& s) {
    const StateId online = table_.anchors().online, offline = table_.anchors().offline;
    const bool up = s.state == std::to_string(online);
    const bool boot_target = s.cpu == kBootCpu && !table_.rules().boot_cpu_target_online && up &&
                             s.target == std::to_string(offline);
    const bool at_rest = up || s.state == std::to_string(offline);
    const bool device = s.online == (up ? "1" : "0") || (up && s.online == "<ENOENT>");
    const bool plain = at_rest && device && (s.target == s.state || boot_target) && s.fail == "-1";
    put(away_, s.cpu, !plain);
    put(off_, s.cpu, !up);
    if (s.cpu == kBootCpu) boot_walked_ = !boot_target;
    mask_ = s.online_mask;
  }
  void see_smt(const std::string& control) { smt_ = control == machine_.smt_control; }
  /// Notes a write to SMT control. It may bring any CPUs up or down, and no read shows which.
  void see(const RecordedWrite& w) {
    const bool refused = w.error == ENODEV || w.error == EINVAL || w.error == EPERM;
    if (w.path == "smt/control" && !refused)
      away_.insert(machine_.present.begin(), machine_.present.end());
  }

  bool plain() const {
    std::vector<CpuId> on;
    std::ranges::set_difference(machine_.present, off_, std::back_inserter(on));
    return away_.empty() && smt_ && mask_ == list_of(on);
  }
  const std::set<CpuId>& off() const { return off_; }
  /// True when the boot CPU went down and up again. Only kernels before 6.2 show this: there, its
  /// target is 0 from the boot until the CPU has gone down and up.
  bool boot_cpu_walked() const {
    return boot_walked_ && !table_.rules().boot_cpu_target_online && !off_.contains(kBootCpu);
  }

 private:
  static void put(std::set<CpuId>& cpus, CpuId cpu, bool in) {
    if (in)
      cpus.insert(cpu);
    else
      cpus.erase(cpu);
  }

  const RecordedMachine& machine_;
  const StateTable& table_;
  std::set<CpuId> off_, away_;
  std::string mask_;
  bool smt_ = true, boot_walked_ = false;
};

/// Returns a fault of the callback that `enter` calls, in the scenario's operation `during`.
Json fault_of(const Event& enter, std::size_t during, const char* kind) {
  return {{"cpu", enter.cpu},
          {"during", during},
          {"kind", kind},
          {"state", enter.step},
          {"direction", enter.value >= enter.step ? "up" : "down"}};
}

/// Returns a fault for each error that a callback or the architecture returned, but for those of
/// registrations.
std::vector<Json> recorded_errors(const Ftrace& trace, const Anchors& at, std::size_t during) {
  std::vector<Json> faults;
  const std::vector<std::size_t> pairs = match_pairs(trace);
  const std::vector<bool> of_setup = failed_setup_calls(trace, pairs);
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const Event& exit = trace.stream.events[i];
    if (exit.kind != EventKind::Exit || exit.ret == 0 || pairs[i] == kNoPair) continue;
    const Event& enter = trace.stream.events[pairs[i]];
    if (trace.stream.names[enter.name] == kKickWork || of_setup[pairs[i]]) continue;
    if (exit.step == at.teardown) {
      faults.push_back({{"cpu", exit.cpu},
                        {"during", during},
                        {"kind", "refused_takedown"},
                        {"errno", -exit.ret}});
    } else if (exit.step == at.bringup) {
      // An AP that has come to its idle loop has another state. What went wrong then is the AP's
      // or the hotplug core's own work.
      if (exit.value != at.bringup) continue;
      Json& fault = faults.emplace_back(Json{{"cpu", exit.cpu}, {"during", during}});
      if (exit.ret == -EIO)
        fault["kind"] = "never_alive";
      else
        fault.update({{"kind", "error"}, {"state", exit.step}, {"errno", -exit.ret}});
    } else {
      Json& fault = faults.emplace_back(fault_of(enter, during, "error"));
      fault["errno"] = -exit.ret;
      if (enter.kind == EventKind::MultiEnter) fault["nth"] = enter.instance + 1;
    }
  }
  return faults;
}

/// Returns a fault that makes a callback hang: the last one in the trace that did not return. No
/// value when all returned. The hotplug core's own steps do not count.
std::optional<Json> recorded_hang(const Ftrace& trace, const Anchors& at, std::size_t during) {
  const std::vector<std::size_t> pairs = match_pairs(trace);
  for (std::size_t i = pairs.size(); i-- > 0;) {
    const Event& e = trace.stream.events[i];
    const bool core =
        trace.stream.names[e.name] == kKickWork || e.step == at.teardown || e.step == at.bringup;
    if (is_enter(e) && pairs[i] == kNoPair && !core) return fault_of(e, during, "hang");
  }
  return std::nullopt;
}

/// Checks that the recording and the table are of one kernel: each of the hotplug core's own
/// states must have the same number in both, or be missing in both.
void check_kernel(const Recording& r, const StateTable& table) {
  if (r.states.empty()) return;
  for (const char* core : {"cpu:bringup", "ap:online", "cpu:teardown", "online", "cpu:kick_ap"}) {
    const auto here = std::ranges::find(r.states, core, &NamedState::name);
    const bool is_here = here != r.states.end();
    const StateId there = table.find(core);
    if (there == (is_here ? here->id : StateId{-1})) continue;
    const auto number = [](int id) { return id < 0 ? "missing" : std::to_string(id); };
    refuse(r.file, is_here ? here->line : 0,
           std::string("the number of state \"") + core + "\" is " +
               number(is_here ? here->id : -1) + " here, but " + number(there) +
               " in the table \"" + table.name() + "\" of kernel " + table.kernel() +
               ": the table belongs to another kernel");
  }
}

/// Returns the files that only some machines have, as far as somebody wrote to them.
Json files_of(const Recording& r) {
  MachineFiles files;
  for (const RecordedOperation* op : r.operations())
    for (const RecordedWrite& w : op->writes)
      for (const SysfsEntry& entry : kSysfsFiles)
        if (entry.machine && w.path.ends_with(entry.path) && w.at == "write")
          files.set(static_cast<std::size_t>(*entry.machine));
  Json names = Json::array();
  for (const auto& [file, name, doc] : kMachineFileRows)
    if (files.test(static_cast<std::size_t>(file))) names.push_back(name);
  return names;
}

/// True when smt/control takes a number of threads other than one and all, or shows one.
bool takes_any_number_of_threads(const Recording& r) {
  std::uint32_t most = 1;
  for (const auto& [cpu, place] : places_of(r)) most = std::max(most, place.thread + 1);
  const auto partial = [most](const std::string& text) {
    const auto threads = to_number<std::uint32_t>(text);
    return threads && *threads > 1 && *threads < most;
  };
  if (partial(r.machine->smt_control)) return true;
  for (const RecordedSection& section : r.sections) {
    if (const auto v = section.values.find("smt/control");
        v != section.values.end() && partial(v->second))
      return true;
    for (const RecordedOperation& op : section.operations)
      for (const RecordedWrite& w : op.writes)
        if (w.path == "smt/control" && w.name == "OK" && partial(w.value)) return true;
  }
  return false;
}

/// True when an absent CPU has files. DLPAR leaves the files of the CPUs that it takes away.
bool absent_cpus_have_files(const Recording& r, const Json& files) {
  const auto absent = [&r](CpuId cpu) {
    return !std::ranges::binary_search(r.machine->present, cpu) &&
           std::ranges::binary_search(r.machine->possible, cpu);
  };
  const auto shown = [](const std::string& text) { return text != "<ENOENT>" && text != "none"; };
  for (const RecordedSection& section : r.sections) {
    for (const auto& [cpu, of_cpu] : section.cpus)
      if (const auto v = of_cpu.values.find("state");
          absent(cpu) && v != of_cpu.values.end() && shown(v->second))
        return true;
    for (const RecordedOperation& op : section.operations)
      for (const ReadBack& s : op.reads)
        if (absent(s.cpu) && shown(s.state)) return true;
  }
  return std::ranges::find(files, "dlpar") != files.end();
}

/// Returns the scenario's "machine".
Json machine_of(const Recording& r) {
  const RecordedMachine& m = *r.machine;
  Json j;
  Json places = Json::array();
  for (const auto& [cpu, p] : places_of(r))
    places.push_back({{"socket", p.socket}, {"core", p.core}, {"thread", p.thread}});
  j["topology"] = std::move(places);
  j["present"] = list_of(m.present);
  j["state_control"] = m.state_control;
  j["cpu0_online_file"] = m.cpu0_online_file;
  j["smt_control"] = m.smt_control != "notimplemented";
  if (takes_any_number_of_threads(r)) j["smt_any_number"] = true;
  const Json files = files_of(r);
  if (absent_cpus_have_files(r, files)) j["possible_have_files"] = true;
  if (!files.empty()) j["files"] = files;
  if (const std::string words = meaningful_words(m.cmdline); !words.empty()) j["cmdline"] = words;
  return j;
}

/// Makes the twins of a recording (scenarios that repeat it), operation by operation.
class TwinMaker {
 public:
  TwinMaker(const Recording& recording, const StateTable& table, std::string table_path)
      : r_(recording), table_(table), table_path_(std::move(table_path)) {
    if (!r_.machine)
      throw BadInput{r_.file +
                     ": the recording has no #MACHINE line, which `cpuhp-sim conform` needs: "
                     "record again with scripts/record-cpuhp"};
    check_kernel(r_, table_);
    for (const RecordedOperation* op : r_.operations()) {
      const bool together = std::ranges::any_of(op->writes, &RecordedWrite::with);
      if (together) piece_ = kSmallPiece;
    }
  }

  std::vector<Twin> make() {
    begin_twin();
    for (const RecordedSection& section : r_.sections) add_section(section);
    end_twin();
    if (twins_.empty())
      throw BadInput{r_.file +
                     ": the recording has no operations, no trace and no file contents, so there "
                     "is nothing to compare"};
    return std::move(twins_);
  }

  /// Makes the scenario of make_scenario().
  std::string scenario(const OwnCosts& costs) {
    begin_twin();
    bool crashed = false;
    for (const RecordedSection& section : r_.sections) {
      if (section.trace && operations_.empty()) environment(*section.trace, add({{"op", "boot"}}));
      for (const RecordedOperation& op : section.operations) {
        crashed = crashed || !op.crash.empty();
        if (operations_.empty() || crashed) continue;
        const std::size_t first = operations_.size();
        for (const RecordedWrite& w : op.writes) write(op, w);
        if (op.trace && !op.writes.empty()) environment(*op.trace, first);
      }
    }
    Json s = head(costs.name);
    s["costs"] = costs.costs_path;
    s["design"] = to_string(costs.design);
    s["seed"] = 1;
    s["operations"] = operations_;
    if (!faults_.empty()) s["faults"] = faults_;
    return text_of(s);
  }

 private:
  // --- the twin's scenario

  void begin_twin() {
    twin_ = {};
    operations_ = Json::array();
    faults_ = Json::array();
    uninstalled_ = Json::array();
    states_ = Json::array();
    booted_ = false;
    declared_.clear();
    instances_.clear();
    resting_.emplace(*r_.machine, table_);
  }

  /// Returns a scenario's text. Throws BadInput when the recording has bytes that are not UTF-8.
  std::string text_of(const Json& scenario) const {
    try {
      return format_lines(scenario);
    } catch (const Json::exception&) {
      throw BadInput{r_.file +
                     ": the name of the recording, or its contents, is not valid UTF-8 text"};
    }
  }

  /// Ends a twin in the middle of the recording. The next twin begins with the present machine.
  void end_piece() {
    const Resting rests = *resting_;
    end_twin();
    resting_.emplace(rests);
  }

  void end_twin() {
    if (twin_.units.empty()) return;
    if (operations_.size() > kMost)
      throw BadInput{r_.file + ": " + std::to_string(operations_.size()) +
                     " writes and reads follow one another while some CPU is in a state between "
                     "offline and online, but a scenario holds at most " +
                     std::to_string(kMost) + ": split the recording"};
    Json s = head("twin");
    s["design"] =
        table_.rules().split_startup && table_.rules().parallel_bringup ? "parallel" : "symmetric";
    if (!states_.empty()) s["states"] = states_;
    if (!uninstalled_.empty()) s["uninstalled"] = uninstalled_;
    s["operations"] = operations_;
    if (!faults_.empty()) s["faults"] = faults_;
    if (!twin_.traced.empty()) s["trace_functions"] = true;
    twin_.scenario = text_of(s);
    twins_.push_back(std::move(twin_));
    begin_twin();
  }

  /// Returns the beginning of a scenario, which says what machine it is.
  Json head(const std::string& name) const {
    Json s;
    s["version"] = 2;
    s["name"] = name;
    s["description"] = "The twin of the machine in " + r_.file + ".";
    s["machine"] = machine_of(r_);
    s["table"] = table_path_;
    return s;
  }

  std::size_t add(Json op) {
    operations_.push_back(std::move(op));
    return operations_.size() - 1;
  }

  /// Replaces the table's drivers by those of the recorded machine.
  void load_drivers(const Drivers& d) {
    for (const StateId id : d.missing) uninstalled_.push_back(table_.at(id).name);
    for (const State& state : d.more) {
      add({{"op", "setup"}, {"state", state.name}, {"calls", false}});
      // A dynamic state that the table has at another number needs no declaration: the setup gives
      // it the first free number.
      if (table_.find(state.name) >= 0) continue;
      Json j{{"name", state.name}, {"number", state.id}};
      if (!state.startup.empty()) j["startup"] = state.startup;
      if (!state.teardown.empty()) j["teardown"] = state.teardown;
      if (state.multi) j["multi"] = true;
      states_.push_back(std::move(j));
    }
    for (const auto& [id, wanted] : d.instances) {
      // The recorded machine may lack a state of the table, and use its number for another state.
      State state = known(id) && !d.missing.contains(id) ? table_.at(id) : State{};
      for (const State& more : d.more)
        if (more.id == id) state.name = more.name;
      if (!state.name.empty()) set_instances(state.name, state.instances, wanted);
    }
  }

  void set_instances(const std::string& name, std::uint16_t have, std::uint16_t wanted) {
    for (; have < wanted; ++have)
      add({{"op", "add_instance"}, {"state", name}, {"instance", have}, {"calls", false}});
    for (; have > wanted; --have)
      add({{"op", "remove_instance"}, {"state", name}, {"instance", have - 1}, {"calls", false}});
  }

  /// Boots, and brings the machine into its state at the beginning of the recording.
  void boot() {
    if (booted_) return;
    booted_ = true;
    add({{"op", "boot"}});
    if (!drivers_) drivers_ = drivers_of(r_, table_);
    load_drivers(*drivers_);
    // The boot CPU goes down and up if the recorded one did. Then the CPUs that are offline in the
    // recording go down. For a CPU that the boot has not brought up, this does nothing.
    if (resting_->boot_cpu_walked())
      for (const StateId target : {table_.anchors().offline, table_.anchors().online})
        add({{"op", "write"},
             {"path", "cpu" + std::to_string(kBootCpu) + "/hotplug/target"},
             {"value", std::to_string(target)}});
    for (const CpuId cpu : resting_->off())
      add({{"op", "write"}, {"path", "cpu" + std::to_string(cpu) + "/online"}, {"value", "0"}});
  }

  // --- sections of the recording

  void add_section(const RecordedSection& section) {
    if (section.trace && !section.trace->stream.events.empty()) add_boot(section);
    for (const RecordedOperation& op : section.operations) add_operation(op);
    if (!section.cpus.empty() || section.values.contains("online")) add_files(section);
    std::vector<NamedState> states;
    for (std::size_t i = 0; i < section.lines.size(); ++i)
      if (const auto state = parse_state_line(section.lines[i], i)) states.push_back(*state);
    if (!states.empty()) add_states(section, states);
  }

  void add_boot(const RecordedSection& section) {
    end_twin();
    const BootInstalls b = boot_installs(*section.trace, table_, kBootCpu);
    // A boot without a bring-up does not show which of the table's states smp_init() found. So the
    // states and instances added after smp_init() also count as absent before.
    std::vector<RecordedInstall> added = b.before;
    if (!b.brings_up) added.insert(added.end(), b.after.begin(), b.after.end());
    std::set<StateId> later = b.absent;
    for (const RecordedInstall& i : added)
      if (!i.instance) later.insert(i.state);
    for (const StateId id : later)
      if (known(id)) uninstalled_.push_back(table_.at(id).name);

    // Instances that existed before the trace began.
    std::map<StateId, std::uint16_t> have;
    for (const State& state : table_.all()) {
      if (!state.multi || later.contains(state.id)) continue;
      const auto before = std::ranges::count_if(
          added, [&](const RecordedInstall& i) { return i.instance && i.state == state.id; });
      const auto counted = b.instances.find(state.id);
      const int during = counted != b.instances.end() ? counted->second
                         : b.brings_up                ? 0
                                                      : state.instances;
      have[state.id] = static_cast<std::uint16_t>(std::max<std::ptrdiff_t>(during - before, 0));
      set_instances(state.name, state.instances, have[state.id]);
    }
    TwinUnit unit{.id = section.name.empty() ? "boot" : section.name, .line = section.line};
    unit.first = operations_.size();
    for (const RecordedInstall& i : b.before) install(*section.trace, i, have);
    const std::size_t boot = add({{"op", "boot"}});
    for (const RecordedInstall& i : b.after) install(*section.trace, i, have);
    unit.last = operations_.size();
    environment(*section.trace, boot);
    unit.trace = &*section.trace;
    unit.boot = true;
    for (const StateId id : b.absent) {
      const bool installed = std::ranges::any_of(
          b.after, [&](const RecordedInstall& i) { return i.state == id && !i.instance; });
      if (!installed) add({{"op", "setup"}, {"state", table_.at(id).name}, {"calls", false}});
    }
    read(unit, section.line, "online", list_of(r_.machine->online));
    twin_.units.push_back(std::move(unit));
    end_twin();  // the next section begins long after the boot
  }

  bool known(StateId id) const { return table_.valid(id) && !table_.at(id).name.empty(); }

  void install(const Ftrace& trace, const RecordedInstall& i,
               std::map<StateId, std::uint16_t>& have) {
    std::string name = known(i.state) ? table_.at(i.state).name : std::string();
    if (name.empty()) {
      if (i.error == 0)
        throw BadInput{r_.file + ": a callback of state " + std::to_string(i.state) +
                       " ran in this boot, but the table lacks this state: use `cpuhp-sim import` "
                       "with this machine's own files to make the table"};
      // The registration failed, so the state is in no list, and nobody knows its name.
      name = trace.stream.names[i.call];
      if (std::ranges::none_of(states_, [&](const Json& s) { return s["name"] == name; }))
        states_.push_back({{"name", name}, {"number", i.state}, {"startup", name}});
    }
    Json op{{"op", i.instance ? "add_instance" : "setup"}, {"state", name}};
    if (i.instance) op["instance"] = have[i.state]++;
    if (i.on != kNoCpu) op["on"] = i.on;
    const std::size_t at = add(std::move(op));
    if (i.error != 0)
      faults_.push_back({{"cpu", i.failed_on},
                         {"during", at},
                         {"kind", "error"},
                         {"state", name},
                         {"direction", "up"},
                         {"errno", -i.error}});
  }

  void add_operation(const RecordedOperation& op) {
    // A new twin knows nothing of modules that are there.
    if (operations_.size() >= piece_ && !op.restore && op.loaded.empty() && resting_->plain())
      end_piece();
    boot();
    look_at_rest(op);
    if (op.restore && !twin_.units.empty() && twin_.units.back().end == TwinEnd::Returned) {
      replay(op, twin_.units.back());
      return;
    }
    TwinUnit unit{.id = op.id.empty() ? "restore" : op.id, .line = op.line};
    unit.first = operations_.size();
    replay(op, unit);
    unit.last = operations_.size();
    if (op.trace) {
      unit.trace = &*op.trace;
      // The recorded kernel can trace every function that at least one trace shows.
      for (const FunctionCall& call : op.trace->functions)
        twin_.traced.emplace(canonical_function(call.function));
      std::size_t first = unit.first;
      while (first < unit.last && operations_[first]["op"] == "read") ++first;
      if (first < unit.last && op.modules.empty()) environment(op, unit, first);
    }
    unit.trace_lines = op.omitted_lines;
    for (const auto& [key, value] : op.values)
      if (key == "control" || key == "active") read(unit, op.line, "smt/" + key, value);
    if (op.crash == "GUEST-DIED") unit.end = TwinEnd::Panic;
    if (op.crash == "STALLED") {
      unit.end = TwinEnd::Hang;
      if (op.trace)
        if (auto hang = recorded_hang(*op.trace, table_.anchors(), unit.last - 1))
          faults_.push_back(std::move(*hang));
    }
    const bool ends = unit.end != TwinEnd::Returned;
    twin_.units.push_back(std::move(unit));
    if (ends) end_twin();
  }

  void look_at_rest(const RecordedOperation& op) {
    for (const RecordedWrite& w : op.writes) resting_->see(w);
    for (const ReadBack& s : op.reads) resting_->see(s);
    if (const auto control = op.values.find("control"); control != op.values.end())
      resting_->see_smt(control->second);
  }

  /// Replays writes and reads in the order of their lines, and before them what modules register.
  void replay(const RecordedOperation& op, TwinUnit& unit) {
    if (!op.modules.empty()) replay_module(op, unit);
    std::size_t w = 0, s = 0;
    while (w < op.writes.size() || s < op.reads.size()) {
      const bool write_first =
          s == op.reads.size() || (w < op.writes.size() && op.writes[w].line < op.reads[s].line);
      if (write_first)
        w += write_group(unit, op, w);
      else
        read_back(unit, op.reads[s++]);
    }
  }

  std::size_t write(const RecordedOperation& op, const RecordedWrite& w) {
    Json j{{"op", "write"}, {"path", w.path}, {"value", w.value}};
    // Only the firmware gives these errors.
    if (w.error == EIO || w.error == EOPNOTSUPP) j["firmware"] = w.error;
    const bool together = std::ranges::any_of(op.writes, &RecordedWrite::with);
    if (const auto on = writer_cpu(op, w, together)) j["on"] = *on;
    return add(std::move(j));
  }

  /// Replays a write, or those that began together, in the order that the trace shows. Returns how
  /// many they are.
  std::size_t write_group(TwinUnit& unit, const RecordedOperation& op, std::size_t first) {
    const std::size_t count = writers_from(op, first);
    if (count > 1) {
      unit.group = operations_.size();
      unit.writers = count;
    }
    for (const std::size_t i : traced_order(op, first, count)) write(unit, op, op.writes[i]);
    return count;
  }

  /// Registers and removes states as the module did, and compares the list of states afterwards.
  void replay_module(const RecordedOperation& op, TwinUnit& unit) {
    const std::uint32_t line = op.modules.front().line;
    if (!modules_) modules_.emplace(r_, table_);
    for (const Registration& r : modules_->registrations(op, instances_)) {
      const std::size_t at = add(registration(r));
      const char* what = r.kind == Registration::Kind::Setup ? "setup of " : "instance of ";
      if (r.kind == Registration::Kind::Setup || r.kind == Registration::Kind::AddInstance)
        unit.checks.push_back({at, line, what + r.state, -r.error, std::nullopt});
      if (r.error != 0)
        faults_.push_back({{"cpu", r.failed_on},
                           {"during", at},
                           {"kind", "error"},
                           {"state", r.state},
                           {"direction", "up"},
                           {"errno", -r.error}});
    }
    if (!r_.states.empty()) read(unit, line, "hotplug/states", states_after(op, r_.states));
  }

  Json registration(const Registration& r) {
    static constexpr const char* kOps[] = {"setup", "add_instance", "remove_instance", "remove"};
    declare(r.state);
    Json j{{"op", kOps[static_cast<std::size_t>(r.kind)]}, {"state", r.state}};
    std::uint16_t& have = instances_[r.state];
    if (r.kind == Registration::Kind::AddInstance)
      j["instance"] = r.error == 0 ? have++ : have;
    else if (r.kind == Registration::Kind::RemoveInstance)
      j["instance"] = have == 0 ? have : --have;
    if (!r.calls) j["calls"] = false;
    if (r.on != kNoCpu) j["on"] = r.on;
    return j;
  }

  /// Declares a module's state, unless the table has it: then the module was there when the table
  /// was made.
  void declare(const std::string& name) {
    if (!declared_.insert(name).second || table_.find(name) >= 0 || !modules_->contains(name))
      return;
    const ModuleState& s = modules_->at(name);
    Json j{{"name", name}};
    if (const DynamicRange range = table_.dynamic_range(s.id); range == DynamicRange::None)
      j["number"] = s.id;
    else
      j["dynamic"] = range == DynamicRange::Prepare ? "prepare" : "online";
    if (!s.startup.empty()) j["startup"] = s.startup;
    if (!s.teardown.empty()) j["teardown"] = s.teardown;
    if (s.multi) j["multi"] = true;
    states_.push_back(std::move(j));
  }

  void write(TwinUnit& unit, const RecordedOperation& op, const RecordedWrite& w) {
    const std::size_t at = write(op, w);
    if (!w.returned()) return;
    unit.checks.push_back(
        {at, w.line, "write \"" + w.value + "\" to " + w.path, w.error, std::nullopt});
  }

  /// Adds a read. In the recording "<ENOENT>" stands for a file that could not be read.
  void read(TwinUnit& unit, std::uint32_t line, const std::string& path, const std::string& text) {
    const bool absent = text == "<ENOENT>";
    unit.checks.push_back({add({{"op", "read"}, {"path", path}}), line, path, absent ? ENOENT : 0,
                           absent ? std::nullopt : std::optional(text)});
  }

  void read_back(TwinUnit& unit, const ReadBack& s) {
    const std::string cpu = "cpu" + std::to_string(s.cpu) + "/";
    read(unit, s.line, cpu + "online", s.online);
    read(unit, s.line, cpu + "hotplug/state", s.state);
    read(unit, s.line, cpu + "hotplug/target", s.target);
    read(unit, s.line, cpu + "hotplug/fail", s.fail);
    read(unit, s.line, "online", s.online_mask);
    read(unit, s.line, "offline", s.offline_mask);
  }

  /// Adds faults, so that callbacks and the architecture return the recorded errors during this
  /// operation.
  void environment(const Ftrace& trace, std::size_t during) {
    for (Json& error : recorded_errors(trace, table_.anchors(), during))
      faults_.push_back(std::move(error));
  }

  /// Does so for an operation, whose faults may belong to states of modules and to one of several
  /// writers.
  void environment(const RecordedOperation& op, const TwinUnit& unit, std::size_t during) {
    const std::size_t before = faults_.size();
    environment(*op.trace, during);
    std::vector<const RecordedWrite*> writers;
    if (unit.writers > 0)
      for (const std::size_t i : traced_order(op, 0, unit.writers))
        writers.push_back(&op.writes[i]);
    for (std::size_t i = before; i < faults_.size(); ++i) {
      Json& fault = faults_[i];
      if (fault.contains("state"))
        if (const auto name = module_state(op, fault["state"].get<StateId>()))
          fault["state"] = *name;
      const bool up = fault.value("direction", "down") == "up" || fault["kind"] == "never_alive";
      if (unit.writers > 0)
        fault["during"] = unit.group + mover_of(writers, fault["cpu"].get<CpuId>(), up);
    }
  }

  void add_files(const RecordedSection& section) {
    boot();
    TwinUnit unit{.id = section.name, .line = section.line};
    for (const char* list : {"possible", "present", "online", "offline", "isolated"})
      if (const auto v = section.values.find(list); v != section.values.end())
        read(unit, section.line, list, v->second);
    for (const auto& [key, value] : section.values)
      if (key.starts_with("smt/")) read(unit, section.line, key, value);
    for (const auto& [cpu, files] : section.cpus) {
      const std::string dir = "cpu" + std::to_string(cpu) + "/";
      for (const auto& [key, value] : files.values) {
        static const std::map<std::string, std::string> paths{
            {"online", "online"},
            {"state", "hotplug/state"},
            {"target", "hotplug/target"},
            {"fail", "hotplug/fail"},
            {"core_id", "topology/core_id"},
            {"pkg", "topology/physical_package_id"},
            {"siblings", "topology/thread_siblings_list"},
            {"cores", "topology/core_siblings_list"}};
        const auto path = paths.find(key);
        if (path == paths.end()) continue;
        const bool topology = path->second.starts_with("topology/");
        const bool absent = value == "none" || (topology && value.empty());
        read(unit, files.line, dir + path->second, absent ? "<ENOENT>" : value);
      }
    }
    twin_.units.push_back(std::move(unit));
  }

  void add_states(const RecordedSection& section, const std::vector<NamedState>& states) {
    boot();
    TwinUnit unit{.id = section.name, .line = section.line};
    std::string text;
    for (const NamedState& state : states) {
      std::string number = std::to_string(state.id);
      number.insert(0, number.size() < 3 ? 3 - number.size() : 0, ' ');
      text += (text.empty() ? "" : "\n") + number + ": " + state.name;
    }
    read(unit, section.line, "hotplug/states", text);
    twin_.units.push_back(std::move(unit));
  }

  /// kMost: upper limit of operations in a scenario. kPiece: after so many operations, the twin
  /// ends as soon as the machine is plain, and a new twin begins.
  /// kSmallPiece: the same for a recording with writes that began together, as the order of these
  /// may have to be found by trying.
  static constexpr std::size_t kMost = 65'536, kPiece = 8'192, kSmallPiece = 1'024;

  const Recording& r_;
  const StateTable& table_;
  std::string table_path_;
  std::optional<Resting> resting_;
  std::optional<Drivers> drivers_;
  std::optional<ModuleStates> modules_;
  std::size_t piece_ = kPiece;
  std::vector<Twin> twins_;
  Twin twin_;
  Json operations_, faults_, uninstalled_, states_;
  std::set<std::string> declared_;                  ///< states of modules, in this twin
  std::map<std::string, std::uint16_t> instances_;  ///< of states of modules
  bool booted_ = false;
};

}  // namespace

std::string make_scenario(const Recording& recording, const StateTable& table,
                          const OwnCosts& costs) {
  return TwinMaker(recording, table, costs.table_path).scenario(costs);
}

std::vector<Twin> make_twins(const Recording& recording, const StateTable& table,
                             const std::string& table_path) {
  return TwinMaker(recording, table, table_path).make();
}

}  // namespace cpuhp
