#include "sim/trace/import_evidence.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "sim/trace/catalogue.hpp"
#include "sim/trace/import_costs.hpp"
#include "sim/trace/import_writes.hpp"
#include "sim/trace/text_file.hpp"
#include "sim/trace/text_search.hpp"

namespace cpuhp {
namespace {

constexpr std::string_view kKickWork = "cpuhp_kick_ap_work";

/// Callbacks of the hotplug core. Each belongs to the same state in every kernel.
struct Anchor {
  std::string_view symbol;
  std::string_view state;
};
constexpr Anchor kAnchors[] = {
    {"cpuhp_kick_ap_alive", "cpu:kick_ap"},  {"bringup_cpu", "cpu:bringup"},
    {"cpuhp_bringup_ap", "cpu:bringup"},     {"finish_cpu", "cpu:bringup"},
    {"takedown_cpu", "cpu:teardown"},        {"sched_cpu_activate", "sched:active"},
    {"sched_cpu_deactivate", "sched:active"}};

void check_ascending(const StateList& list) {
  std::set<std::string> names;
  for (std::size_t i = 0; i < list.states.size(); ++i) {
    const NamedState& s = list.states[i];
    if (s.id >= kMaxStates)
      refuse(list.file, s.line,
             "state " + std::to_string(s.id) + " is out of range, expected 0 to " +
                 std::to_string(kMaxStates - 1));
    if (i > 0 && s.id == list.states[i - 1].id)
      refuse(list.file, s.line, "state " + std::to_string(s.id) + " is listed twice");
    if (i > 0 && s.id < list.states[i - 1].id)
      refuse(list.file, s.line,
             "state " + std::to_string(s.id) + " comes after state " +
                 std::to_string(list.states[i - 1].id) + ": expected states in ascending order");
    if (!names.insert(s.name).second)
      refuse(list.file, s.line, "the name \"" + s.name + "\" is listed twice");
  }
}

/// Checks the order of the hotplug core's states, which is the same in every kernel.
void check_anchors(const StateList& list) {
  constexpr std::string_view kOrder[] = {"offline",   "cpu:bringup",  "idle:dead", "ap:offline",
                                         "ap:online", "cpu:teardown", "online"};
  const NamedState* last = nullptr;
  for (const std::string_view name : kOrder) {
    const NamedState* s = list.find(name);
    if (s == nullptr) refuse(list.file, 0, "there is no state named \"" + std::string(name) + "\"");
    if (last != nullptr && s->id < last->id)
      refuse(list.file, s->line,
             "\"" + s->name + "\" comes before \"" + last->name + "\", expected after it");
    last = s;
  }
  if (list.states.front().name != "offline" || list.states.front().id != 0)
    refuse(list.file, list.states.front().line, "the first state is not \"0: offline\"");
  if (list.states.back().name != "online")
    refuse(list.file, list.states.back().line, "the last state is not \"online\"");
  const auto follows = [&](std::string_view first, std::string_view second) {
    const NamedState* s = list.find(second);
    if (s->id != list.id(first) + 1)
      refuse(list.file, s->line,
             "expected \"" + s->name + "\" directly after \"" + std::string(first) + "\"");
  };
  follows("cpu:bringup", "idle:dead");
  follows("idle:dead", "ap:offline");
  follows("ap:online", "cpu:teardown");
}

bool boot_task(const Ftrace& trace, std::size_t i) {
  return trace.sources[i].pid == 1 || trace.sources[i].pid == 0;
}

/// Why a callback ran: the CPU goes up or down, or the state is set up or removed.
enum class Way { Up, Down, Installed };

/// Returns why a callback of cpu:bringup ran. The CPU's state at the Exit does not show this,
/// because the callback may have taken the CPU through many states. So the callback's name decides,
/// or, for an unknown name, the target.
Way way_of_bringup(const Event& enter, std::string_view symbol) {
  const bool up = symbol == "bringup_cpu" || symbol == "cpuhp_bringup_ap";
  if (up || symbol == "finish_cpu") return up ? Way::Up : Way::Down;
  return enter.value >= enter.step ? Way::Up : Way::Down;
}

Way way_of(const Event& enter, const Event& exit) {
  if (exit.value == enter.step - 1) return Way::Down;
  if (exit.value > enter.step) return Way::Installed;
  // Before 5.13, the exit may show the same state for both directions. So the target decides.
  return enter.value >= enter.step ? Way::Up : Way::Down;
}

/// What the events of a trace do not show.
struct Context {
  bool boot = false;                   ///< the trace is of a boot
  const std::vector<KernelLine>& log;  ///< lines of the kernel's log with the clock of the trace
};

/// Collects the evidence of one recording after another.
class EvidenceCollector {
 public:
  EvidenceCollector(const StateList& states, std::vector<KernelLine> log)
      : states_(states), log_(std::move(log)) {
    for (const KernelLine& line : log_)
      if (found_.kernel.empty() && line.text.starts_with("Linux version "))
        found_.kernel = kernel_in_banner(line.text);
  }

  /// Throws BadInput when the recording does not fit the states.
  void add(const Recording& recording) {
    check_states(recording);
    header(recording);
    for (const RecordedSection& section : recording.sections) {
      if (section.trace) {
        add_trace(*section.trace, {.boot = true, .log = log_});
        boot_order(*section.trace, recording.machine);
      }
      for (const RecordedOperation& op : section.operations) {
        if (!op.trace) continue;
        std::vector<KernelLine> log = log_;
        log.insert(log.end(), op.kernel.begin(), op.kernel.end());
        add_trace(*op.trace, {.boot = false, .log = log});
      }
      if (const auto possible = section.values.find("possible");
          possible != section.values.end() && recording.machine &&
          recording.machine->possible.size() > recording.machine->present.size()) {
        const auto list = parse_cpu_list(possible->second);
        found_.rules.absent_cpus_ignored =
            list && list->size() < recording.machine->possible.size();
      }
      const auto cpu0 = section.cpus.find(0);
      if (cpu0 == section.cpus.end()) continue;
      auto values = cpu0->second.values;
      if (values["state"] == std::to_string(states_.online))
        found_.rules.boot_cpu_target_online = values["target"] == values["state"];
    }
    add_writes(recording, states_, found_);
  }

  const Evidence& evidence() const { return found_; }

 private:
  void check_states(const Recording& recording) const {
    for (const NamedState& s : recording.states) {
      const NamedState* ours = states_.find(s.id);
      if (ours != nullptr && ours->name == s.name) continue;
      refuse(recording.file, s.line,
             "state " + std::to_string(s.id) + " is \"" + s.name + "\" here and " +
                 (ours == nullptr ? "missing" : "\"" + ours->name + "\"") + " in " + states_.file +
                 ": the files are from different kernels, or other drivers were loaded");
    }
    if (recording.states.empty() || recording.states.size() == states_.states.size()) return;
    for (const NamedState& s : states_.states)
      if (std::ranges::find(recording.states, s.id, &NamedState::id) == recording.states.end())
        refuse(states_.file, s.line,
               "state " + std::to_string(s.id) + " \"" + s.name + "\" is missing in " +
                   recording.file +
                   ": the files are from different kernels, or other drivers were loaded");
  }

  void header(const Recording& recording) {
    const std::string kernel = recording.kernel();
    if (found_.kernel.empty()) found_.kernel = kernel;
    if (!kernel.empty() && kernel != found_.kernel)
      refuse(recording.file, 0,
             "was recorded on kernel " + kernel + ", but other files are from kernel " +
                 found_.kernel);
    if (recording.machine) {
      const std::string& arch = recording.machine->arch;
      if (found_.arch.empty()) found_.arch = arch;
      if (arch != found_.arch)
        refuse(recording.file, 0,
               "was recorded on " + arch + ", but other files are from " + found_.arch);
    }
    found_.emulated = found_.emulated || recording.emulated();
  }

  void add_trace(const Ftrace& trace, const Context& context) {
    require_complete(trace);
    const std::vector<std::size_t> pair = match_pairs(trace);
    found_.events += pair.size();
    for (std::size_t i = 0; i < pair.size(); ++i)
      if (trace.stream.events[i].kind != EventKind::Exit) add_pair(trace, context, i, pair[i]);
    std::map<std::pair<std::string_view, CpuId>, int> walked;
    for (const FunctionCall& call : trace.functions)
      function(trace, call, ++walked[{call.function, call.on}]);
    if (context.boot) instances_at_boot(trace, pair);
  }

  /// Counts instances of STARTING states. When a CPU goes up or down, no event shows the callbacks
  /// of these states. So this function counts the calls when an instance is added or removed.
  void instances_at_boot(const Ftrace& trace, const std::vector<std::size_t>& pair) {
    std::map<StateId, int> added;
    for (std::size_t i = 0; i < pair.size(); ++i) {
      const Event& e = trace.stream.events[i];
      if (e.kind != EventKind::MultiEnter || e.cpu != 0 || !states_.is_atomic(e.step)) continue;
      const NamedState* state = states_.find(e.step);
      const std::string& symbol = trace.stream.names[e.name];
      const bool removed = catalogue_knows(state->name, symbol, false) &&
                           !catalogue_knows(state->name, symbol, true);
      added[e.step] += removed ? -1 : 1;
    }
    for (const auto& [id, count] : added) {
      int& instances = found_.states[id].run[0].instances;
      instances = std::max(instances, count);
    }
  }

  /// Refuses a state that hotplug/states lacks, and a callback of the hotplug core in a wrong
  /// state.
  void check_step(const Ftrace& trace, std::size_t enter) const {
    const Event& e = trace.stream.events[enter];
    const std::string& symbol = trace.stream.names[e.name];
    const std::uint32_t line = trace.sources[enter].line;
    for (const Anchor& a : kAnchors)
      if (a.symbol == symbol && states_.id(a.state) != e.step)
        refuse(trace.file, line,
               symbol + " runs as step " + std::to_string(e.step) + " here, but " +
                   (states_.id(a.state) < 0
                        ? states_.file + " has no state \"" + std::string(a.state) + "\""
                        : "\"" + std::string(a.state) + "\" is state " +
                              std::to_string(states_.id(a.state)) + " in " + states_.file) +
                   ": the list of states and the trace are from different kernels");
    if (states_.find(e.step) == nullptr)
      refuse(trace.file, line,
             "step " + std::to_string(e.step) + " (" + symbol + ") has no state in " +
                 states_.file + ": the list of states and the trace do not match");
  }

  void callback(const Ftrace& trace, std::size_t enter, Direction way, bool installed) {
    const Event& e = trace.stream.events[enter];
    const std::string& symbol = trace.stream.names[e.name];
    const std::uint32_t line = trace.sources[enter].line;
    StateEvidence& state = found_.states[e.step];
    StateEvidence::Callback& c = state.run[static_cast<std::size_t>(way)];
    if (c.symbol.empty() || (c.installed && !installed)) {
      c = {.symbol = symbol,
           .file = trace.file,
           .line = line,
           .installed = installed,
           .instances = c.instances,
           .ns = std::move(c.ns)};
    } else if (c.symbol != symbol && !installed) {
      refuse(trace.file, line,
             "step " + std::to_string(e.step) + " runs " + symbol + " here and " + c.symbol +
                 " in " + c.file + ":" + std::to_string(c.line) +
                 ": the traces are from different kernels");
    }
    if (e.kind == EventKind::MultiEnter) {
      state.multi = true;
      if (!installed) c.instances = std::max(c.instances, e.instance + 1);
    }
  }

  void add_pair(const Ftrace& trace, const Context& context, std::size_t enter, std::size_t exit) {
    const Event& begin = trace.stream.events[enter];
    const Event& end = trace.stream.events[exit];
    // cpuhp_kick_ap_work is no callback. Its events enclose the work of a hotplug thread, and their
    // step is the CPU's state before this work.
    if (trace.stream.names[begin.name] == kKickWork) return kick_bracket(trace, enter, exit);
    check_step(trace, enter);
    Way way = way_of(begin, end);
    if (begin.step == states_.bringup) way = way_of_bringup(begin, trace.stream.names[begin.name]);
    if (begin.step == states_.teardown()) way = Way::Down;
    const Direction direction = way == Way::Down ? Direction::Down : Direction::Up;
    callback(trace, enter, direction, way == Way::Installed);
    if (way == Way::Up && begin.step == states_.bringup)
      return bringup(trace, context, enter, exit);
    if (way == Way::Down && begin.role == Role::CpuhpThread && end.ret == 0)
      found_.rules.decrement_first = end.value == begin.step - 1;
    if (way == Way::Down && begin.role != Role::CpuhpThread && begin.step < states_.bringup &&
        end.ret == 0)
      found_.rules.control_decrements_late = end.value == begin.step;
    if (way == Way::Installed) {
      if (context.boot && begin.cpu == 0)
        found_.rules.boot_cpu_target_online = begin.value == states_.online;
      return;
    }
    if (begin.step == states_.teardown() && begin.value == 0 && end.ret == 0 &&
        !(context.boot && boot_task(trace, enter)))
      found_.full_walk[1] = true;
    add_callback_time(trace, enter, exit,
                      found_.states[begin.step].run[static_cast<std::size_t>(direction)].ns);
  }

  void kick_bracket(const Ftrace& trace, std::size_t enter, std::size_t exit) {
    const Event& begin = trace.stream.events[enter];
    if (begin.step == states_.online && begin.value < begin.step) {
      // Suspend and SMT control never use the kworker. So a takedown without the kworker proves
      // nothing, and one in the kworker proves that this kernel uses it.
      std::optional<bool>& used = found_.rules.down_via_kworker;
      used = used.value_or(false) || begin.role == Role::Worker;
    }
    add_thread_times(trace, enter, exit, found_);
  }

  void bringup(const Ftrace& trace, const Context& context, std::size_t enter, std::size_t exit) {
    const std::vector<Event>& events = trace.stream.events;
    if (events[exit].ret != 0 || events[exit].value != states_.online) return;
    if (!(context.boot && boot_task(trace, enter)))
      for (std::size_t i = 0; i < enter; ++i)
        if (events[i].cpu == events[enter].cpu &&
            trace.stream.names[events[i].name] == "smpboot_create_threads")
          found_.full_walk[0] = true;
    add_bringup_times(trace, enter, exit, context.log, states_, found_);
  }

  /// Notes a call of a STARTING callback, which only the function tracer shows. The AP's idle task
  /// calls it on the way up, the stopper on the way down. The catalogue tells which state has it.
  /// `nth` counts the calls on that CPU, because a multi-instance state has one for each instance.
  void function(const Ftrace& trace, const FunctionCall& call, int nth) {
    if (call.caller != "cpuhp_invoke_callback") return;
    const bool up = call.role == Role::ApBoot || call.role == Role::Idle;
    if (!up && call.role != Role::Stopper) return;
    for (const NamedState& s : states_.states) {
      if (!states_.is_atomic(s.id) || !catalogue_knows(s.name, call.function, up)) continue;
      StateEvidence::Callback& c = found_.states[s.id].run[up ? 0 : 1];
      if (c.symbol.empty())
        c = {.symbol = call.function,
             .file = trace.file,
             .line = call.line,
             .function_traced = true,
             .instances = c.instances};
      c.instances = std::max(c.instances, nth);
    }
  }

  void boot_order(const Ftrace& trace, const std::optional<RecordedMachine>& machine) {
    if (machine && has(machine->cmdline, "cpuhp.parallel=")) return;
    std::set<CpuId> kicked;
    std::vector<CpuId> order;
    std::size_t kicks = 0;
    bool overlap = false;
    for (std::size_t i = 0; i < trace.stream.events.size(); ++i) {
      const Event& e = trace.stream.events[i];
      if (e.kind == EventKind::Exit || !boot_task(trace, i)) continue;
      const std::string& symbol = trace.stream.names[e.name];
      if (symbol == "cpuhp_kick_ap_alive") {
        ++kicks;
        overlap = overlap || !kicked.empty();
        kicked.insert(e.cpu);
      } else if (symbol == "bringup_cpu" || symbol == "cpuhp_bringup_ap") {
        kicked.erase(e.cpu);
        order.push_back(e.cpu);
      }
    }
    if (kicks >= 2) found_.rules.parallel_bringup = overlap;
    if (!machine || !overlap) return;
    bool primaries = false, secondaries = false, mixed = false;
    for (const CpuId cpu : order) {
      const auto place = machine->topology.find(cpu);
      if (place == machine->topology.end()) return;
      const bool primary = place->second.thread == 0;
      mixed = mixed || (primary && secondaries);
      (primary ? primaries : secondaries) = true;
    }
    if (primaries && secondaries) found_.rules.primaries_first = !mixed;
  }

  const StateList& states_;
  std::vector<KernelLine> log_;
  Evidence found_;
};

}  // namespace

const NamedState* StateList::find(std::string_view name) const {
  const auto found = std::ranges::find(states, name, &NamedState::name);
  return found == states.end() ? nullptr : &*found;
}

const NamedState* StateList::find(int id) const {
  const auto found = std::ranges::find(states, id, &NamedState::id);
  return found == states.end() ? nullptr : &*found;
}

std::int16_t StateList::id(std::string_view name) const {
  const NamedState* s = find(name);
  return s == nullptr ? std::int16_t{-1} : s->id;
}

StateList read_states(const std::string& path) {
  const std::string text = read_text(path);
  StateList list{.file = path};
  if (text.starts_with('#')) {
    list.states = parse_recording(text, path).states;
  } else {
    for_each_line(text, [&](std::string_view line, std::size_t number, bool newline) {
      if (line.empty()) return;
      const auto s = parse_state_line(line, number);
      if (!s) refuse(path, number, "expected a line of hotplug/states, \"NUMBER: NAME\"");
      if (!newline && s->name != "online")
        refuse(path, number, "the file ends in the middle of a line");
      list.states.push_back(*s);
    });
  }
  if (list.states.empty()) refuse(path, 0, "has no states, expected lines \"NUMBER: NAME\"");
  check_ascending(list);
  check_anchors(list);
  list.kick_ap = list.id("cpu:kick_ap");
  list.bringup = list.id("cpu:bringup");
  list.ap_online = list.id("ap:online");
  list.online = list.id("online");
  return list;
}

Evidence collect_evidence(const StateList& states, std::vector<KernelLine> log,
                          const std::vector<std::string>& traces) {
  EvidenceCollector collector(states, std::move(log));
  for (const std::string& path : traces) collector.add(read_recording(path));
  return collector.evidence();
}

std::vector<KernelLine> read_dmesg(const std::string& path) {
  std::vector<KernelLine> lines;
  for_each_line(read_text(path), [&](std::string_view text, std::size_t number, bool) {
    const std::size_t open = text.find('[');
    const std::size_t close = text.find(']');
    if (open == std::string_view::npos || close == std::string_view::npos || close < open) return;
    const auto time = parse_log_stamp(text.substr(open + 1, close - open - 1));
    if (!time) return;
    lines.push_back({.line = static_cast<std::uint32_t>(number),
                     .time = *time,
                     .text = std::string(text.substr(std::min(text.size(), close + 2)))});
  });
  if (lines.empty())
    refuse(path, 0, "has no line with a time stamp, expected \"[    0.406111] TEXT\"");
  return lines;
}

}  // namespace cpuhp
