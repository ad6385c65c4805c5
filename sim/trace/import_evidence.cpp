#include "sim/trace/import_evidence.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "sim/trace/catalogue.hpp"
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

}  // namespace

struct EvidenceCollector::Context {
  bool boot = false;
  const std::vector<KernelLine>* log = nullptr;
  const RecordedMachine* machine = nullptr;
};

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
  return list;
}

EvidenceCollector::EvidenceCollector(const StateList& states, std::vector<KernelLine> log)
    : states_(states),
      log_(std::move(log)),
      bringup_(states.id("cpu:bringup")),
      teardown_(states.id("cpu:teardown")),
      kick_ap_(states.id("cpu:kick_ap")),
      ap_online_(states.id("ap:online")),
      idle_dead_(states.id("idle:dead")),
      online_(states.id("online")) {
  for (const KernelLine& line : log_)
    if (found_.kernel.empty() && line.text.starts_with("Linux version "))
      found_.kernel = kernel_in_banner(line.text);
}

void EvidenceCollector::add(const Recording& recording) {
  check_states(recording);
  header(recording);
  for (const RecordedSection& section : recording.sections) {
    Context context{.log = &log_, .machine = recording.machine ? &*recording.machine : nullptr};
    if (section.trace) {
      context.boot = true;
      add_trace(*section.trace, context);
      boot_order(*section.trace, context);
    }
    context.boot = false;
    for (const RecordedOperation& op : section.operations) {
      if (!op.trace) continue;
      std::vector<KernelLine> log = log_;
      log.insert(log.end(), op.kernel.begin(), op.kernel.end());
      context.log = &log;
      add_trace(*op.trace, context);
    }
    if (const auto possible = section.values.find("possible");
        possible != section.values.end() && recording.machine &&
        recording.machine->possible.size() > recording.machine->present.size()) {
      const auto list = parse_cpu_list(possible->second);
      found_.rules.absent_cpus_ignored = list && list->size() < recording.machine->possible.size();
    }
    const auto cpu0 = section.cpus.find(0);
    if (cpu0 == section.cpus.end()) continue;
    auto values = cpu0->second.values;
    if (values["state"] == std::to_string(online_))
      found_.rules.boot_cpu_target_online = values["target"] == values["state"];
  }
  operations(recording);
}

void EvidenceCollector::check_states(const Recording& recording) const {
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

void EvidenceCollector::header(const Recording& recording) {
  const std::string kernel = recording.kernel();
  if (found_.kernel.empty()) found_.kernel = kernel;
  if (!kernel.empty() && kernel != found_.kernel)
    refuse(
        recording.file, 0,
        "was recorded on kernel " + kernel + ", but other files are from kernel " + found_.kernel);
  if (recording.machine) {
    const std::string& arch = recording.machine->arch;
    if (found_.arch.empty()) found_.arch = arch;
    if (arch != found_.arch)
      refuse(recording.file, 0,
             "was recorded on " + arch + ", but other files are from " + found_.arch);
  }
  found_.emulated = found_.emulated || recording.emulated();
}

void EvidenceCollector::add_trace(const Ftrace& trace, const Context& context) {
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

/// Counts instances of STARTING states. When a CPU goes up or down, no event shows the callbacks of
/// these states. So this function counts the calls when an instance is added or removed.
void EvidenceCollector::instances_at_boot(const Ftrace& trace,
                                          const std::vector<std::size_t>& pair) {
  std::map<StateId, int> added;
  for (std::size_t i = 0; i < pair.size(); ++i) {
    const Event& e = trace.stream.events[i];
    if (e.kind != EventKind::MultiEnter || e.cpu != 0 || !is_atomic(e.step)) continue;
    const NamedState* state = states_.find(e.step);
    const std::string& symbol = trace.stream.names[e.name];
    const bool removed =
        catalogue_knows(state->name, symbol, false) && !catalogue_knows(state->name, symbol, true);
    added[e.step] += removed ? -1 : 1;
  }
  for (const auto& [id, count] : added) {
    int& instances = found_.states[id].run[0].instances;
    instances = std::max(instances, count);
  }
}

/// Refuses a state that hotplug/states lacks, and a callback of the hotplug core in a wrong state.
void EvidenceCollector::check_step(const Ftrace& trace, std::size_t enter) const {
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
           "step " + std::to_string(e.step) + " (" + symbol + ") has no state in " + states_.file +
               ": the list of states and the trace do not match");
}

void EvidenceCollector::callback(const Ftrace& trace, std::size_t enter, Direction way,
                                 bool installed) {
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
           "step " + std::to_string(e.step) + " runs " + symbol + " here and " + c.symbol + " in " +
               c.file + ":" + std::to_string(c.line) + ": the traces are from different kernels");
  }
  if (e.kind == EventKind::MultiEnter) {
    state.multi = true;
    if (!installed) c.instances = std::max(c.instances, e.instance + 1);
  }
}

void EvidenceCollector::add_pair(const Ftrace& trace, const Context& context, std::size_t enter,
                                 std::size_t exit) {
  const Event& begin = trace.stream.events[enter];
  const Event& end = trace.stream.events[exit];
  // cpuhp_kick_ap_work is no callback. Its events enclose the work of a hotplug thread, and their
  // step is the CPU's state before this work.
  if (trace.stream.names[begin.name] == kKickWork) return kick_bracket(trace, enter, exit);
  check_step(trace, enter);
  const bool timed = !trace.counter && trace.functions.empty();
  Way way = way_of(begin, end);
  if (begin.step == bringup_) way = way_of_bringup(begin, trace.stream.names[begin.name]);
  if (begin.step == teardown_) way = Way::Down;
  const Direction direction = way == Way::Down ? Direction::Down : Direction::Up;
  callback(trace, enter, direction, way == Way::Installed);
  if (way == Way::Up && begin.step == bringup_) return bringup(trace, context, enter, exit);
  if (way == Way::Down && begin.role == Role::CpuhpThread && end.ret == 0)
    found_.rules.decrement_first = end.value == begin.step - 1;
  if (way == Way::Down && begin.role != Role::CpuhpThread && begin.step < bringup_ && end.ret == 0)
    found_.rules.control_decrements_late = end.value == begin.step;
  if (way == Way::Installed) {
    if (context.boot && begin.cpu == 0)
      found_.rules.boot_cpu_target_online = begin.value == online_;
    return;
  }
  if (begin.step == teardown_ && begin.value == 0 && end.ret == 0 &&
      !(context.boot && boot_task(trace, enter)))
    found_.full_walk[1] = true;
  if (timed && end.ret == 0)
    found_.states[begin.step].run[static_cast<std::size_t>(direction)].ns.push_back(
        (end.time - begin.time).v);
}

/// Returns the first and the last event of the CPU's hotplug thread between `enter` and `exit`.
static std::pair<std::size_t, std::size_t> inner_span(const Ftrace& trace, std::size_t enter,
                                                      std::size_t exit) {
  const std::vector<Event>& events = trace.stream.events;
  std::size_t first = kNoPair, last = kNoPair;
  for (std::size_t i = enter + 1; i < exit; ++i) {
    if (events[i].cpu != events[enter].cpu || events[i].role != Role::CpuhpThread) continue;
    if (first == kNoPair) first = i;
    last = i;
  }
  return {first, last};
}

void EvidenceCollector::kick_bracket(const Ftrace& trace, std::size_t enter, std::size_t exit) {
  const Event& begin = trace.stream.events[enter];
  const Event& end = trace.stream.events[exit];
  if (begin.step == online_ && begin.value < begin.step) {
    // Suspend and SMT control never use the kworker. So a takedown without the kworker proves
    // nothing, and one in the kworker proves that this kernel uses it.
    std::optional<bool>& used = found_.rules.down_via_kworker;
    used = used.value_or(false) || begin.role == Role::Worker;
  }
  if (trace.counter || !trace.functions.empty() || end.ret != 0) return;
  const auto [first, last] = inner_span(trace, enter, exit);
  if (first == kNoPair) return;
  Samples& wake = found_.phases["wake_up"];
  wake.push_back((trace.stream.events[first].time - begin.time).v);
  wake.push_back((end.time - trace.stream.events[last].time).v);
}

/// Returns the phase of the AP's start-up that ends when the kernel logs this line; empty: none.
static std::string_view phase_ended_by(std::string_view text, CpuId cpu) {
  const std::string n = std::to_string(cpu);
  if (has(text, "CPU" + n + ": Booted secondary processor")) return "alive";
  if (has(text, "microcode:") && has(text, "CPU" + n + ":")) return "alive";
  if (has(text, "TSC synchronization [CPU#") && has(text, "-> CPU#" + n + "]")) return "cpu_init";
  if (has(text, "TSC warp between CPUs")) return "tsc_sync";
  return {};
}

void EvidenceCollector::bringup(const Ftrace& trace, const Context& context, std::size_t enter,
                                std::size_t exit) {
  const std::vector<Event>& events = trace.stream.events;
  const Event& begin = events[enter];
  if (events[exit].ret != 0 || events[exit].value != online_) return;
  if (!(context.boot && boot_task(trace, enter))) {
    for (std::size_t i = 0; i < enter; ++i)
      if (events[i].cpu == begin.cpu &&
          trace.stream.names[events[i].name] == "smpboot_create_threads")
        found_.full_walk[0] = true;
  }
  if (trace.counter || !trace.functions.empty()) return;
  const auto [first, last] = inner_span(trace, enter, exit);
  if (first == kNoPair) return;
  found_.measured = true;
  found_.phases["wake_up"].push_back((events[exit].time - events[last].time).v);

  // If the kernel has the state cpu:kick_ap, the time begins with the exit of that step, provided
  // that it is the task's previous event. Otherwise it begins when cpu:bringup begins and releases
  // the AP.
  Ns from = begin.time;
  bool released_only = false;
  if (kick_ap_ >= 0) {
    std::size_t before = enter;
    while (before > 0 && trace.sources[before - 1].pid != trace.sources[enter].pid) --before;
    released_only =
        before == 0 || events[before - 1].step != kick_ap_ || events[before - 1].cpu != begin.cpu;
    if (!released_only) from = events[before - 1].time;
  }
  const Ns until = events[first].time;
  if (released_only) return found_.released.push_back((until - from).v);

  std::vector<const KernelLine*> lines;
  for (const KernelLine& l : *context.log)
    if (l.time >= from && l.time <= until) lines.push_back(&l);
  std::stable_sort(lines.begin(), lines.end(),
                   [](const KernelLine* a, const KernelLine* b) { return a->time < b->time; });
  bool split = false;
  for (const KernelLine* l : lines) {
    const bool kick = has(l->text, "Booting Node") &&
                      has(l->text, " Processor " + std::to_string(begin.cpu) + " ");
    const std::string_view phase = phase_ended_by(l->text, begin.cpu);
    if (!kick && phase.empty()) continue;
    (kick ? found_.bringup_own : found_.phases[std::string(phase)]).push_back((l->time - from).v);
    from = l->time;
    split = true;
  }
  found_.split += split ? 1 : 0;
  found_.phases["unattributed"].push_back((until - from).v);
}

/// Notes a call of a STARTING callback, which only the function tracer shows. The AP's idle task
/// calls it on the way up, the stopper on the way down. The catalogue tells which state has it.
/// `nth` counts the calls on that CPU, because a multi-instance state has one for each instance.
void EvidenceCollector::function(const Ftrace& trace, const FunctionCall& call, int nth) {
  if (call.caller != "cpuhp_invoke_callback") return;
  const bool up = call.role == Role::ApBoot || call.role == Role::Idle;
  if (!up && call.role != Role::Stopper) return;
  for (const NamedState& s : states_.states) {
    if (!is_atomic(s.id) || !catalogue_knows(s.name, call.function, up)) continue;
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

void EvidenceCollector::boot_order(const Ftrace& trace, const Context& context) {
  if (context.machine != nullptr && has(context.machine->cmdline, "cpuhp.parallel=")) return;
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
  if (context.machine == nullptr || !overlap) return;
  bool primaries = false, secondaries = false, mixed = false;
  for (const CpuId cpu : order) {
    const auto place = context.machine->topology.find(cpu);
    if (place == context.machine->topology.end()) return;
    const bool primary = place->second.thread == 0;
    mixed = mixed || (primary && secondaries);
    (primary ? primaries : secondaries) = true;
  }
  if (primaries && secondaries) found_.rules.primaries_first = !mixed;
}

/// Resets what is known about the CPUs to the state after a boot, which #MACHINE describes.
void EvidenceCollector::as_booted(const RecordedMachine& machine) {
  armed_.clear();
  passed_.reset();
  for (const CpuId cpu : machine.possible) state_of_[cpu] = 0, device_online_[cpu] = false;
  for (const CpuId cpu : machine.online) state_of_[cpu] = online_, device_online_[cpu] = true;
}

/// Notes the contents of files. They override what was concluded before.
void EvidenceCollector::files_read(const ReadBack& files) {
  if (const auto state = to_number<std::int64_t>(files.state)) state_of_[files.cpu] = state;
  if (const auto online = to_number<std::int64_t>(files.online))
    device_online_[files.cpu] = *online == 1;
  const auto fail = to_number<std::int64_t>(files.fail);
  if (!fail) return;
  // Before 453e41085183, a CPU that passed an armed state without a callback cleared its `fail`.
  if (passed_ == files.cpu) found_.rules.empty_states_called = *fail == -1;
  passed_.reset();
  if (*fail < 0)
    armed_.erase(files.cpu);
  else
    armed_[files.cpu] = static_cast<int>(*fail);
}

void EvidenceCollector::operations(const Recording& recording) {
  state_of_.clear();
  device_online_.clear();
  smt_.clear();
  if (!recording.machine) return;
  as_booted(*recording.machine);
  for (const RecordedOperation* op : recording.operations()) {
    std::size_t read = 0;
    const auto read_until = [&](std::uint32_t line) {
      for (; read < op->reads.size() && op->reads[read].line < line; ++read)
        files_read(op->reads[read]);
    };
    for (const RecordedWrite& w : op->writes) {
      read_until(w.line);
      write(recording, *op, w);
    }
    read_until(0xffffffffu);
    // After a crash the guest was started again.
    if (!op->crash.empty()) as_booted(*recording.machine);
  }
}

void EvidenceCollector::write(const Recording& recording, const RecordedOperation& op,
                              const RecordedWrite& w) {
  passed_.reset();
  if (!w.returned() || w.at != "write") return;
  if (w.path == "smt/control") {
    const bool known = w.value == "on" || w.value == "off" || w.value == "forceoff" ||
                       to_number<std::int64_t>(w.value).has_value();
    if (w.name == "OK") smt_ = w.value;
    state_of_.clear();  // this file does not tell which CPUs were moved
    device_online_.clear();
    if (smt_ == "forceoff" && !known) found_.rules.smt_forceoff_first = w.name == "EPERM";
    return;
  }
  const std::size_t slash = w.path.find('/');
  if (!w.path.starts_with("cpu") || slash == std::string::npos) return;
  const auto cpu = to_number<std::int64_t>(std::string_view(w.path).substr(3, slash - 3));
  const auto value = to_number<std::int64_t>(w.value);
  const bool word = !w.value.empty() && has("tTfF", w.value.substr(0, 1));
  if (word && w.path.ends_with("/online") && (w.name == "OK" || w.name == "EINVAL"))
    found_.rules.true_false_words = w.name == "OK";
  if (cpu && !value && w.path.ends_with("/online") && w.name == "OK") {
    // A word such as "on", which kstrtobool() accepts, is not evaluated. So the state is unknown.
    state_of_[static_cast<CpuId>(*cpu)].reset();
    device_online_[static_cast<CpuId>(*cpu)].reset();
  }
  if (!cpu || !value) return;
  const std::string_view file = std::string_view(w.path).substr(slash + 1);
  const auto id = static_cast<CpuId>(*cpu);
  const bool down = *value == 0 && (file == "online" || file == "hotplug/target");
  if (down && w.name == "EBUSY" && has(recording.machine->cmdline, "isolcpus=") &&
      !op.reads.empty() && op.trace && op.trace->stream.events.empty()) {
    const auto online = parse_cpu_list(op.reads.back().online_mask);
    if (online && online->size() > 1) found_.rules.last_housekeeping_busy = true;
  }
  if (file == "hotplug/fail") fail_write(id, *value, w);
  if (file == "online" && (*value == 0 || *value == 1)) walk_with_fail(id, *value == 1, w);
  if (file == "hotplug/target") target_write(recording, op, id, *value, w);
  if (file == "online" || file == "hotplug/target") cpu_moved(id, file, *value, w);
}

/// Notes the CPU's state after a write. If the write failed while the CPU was on its way, its state
/// is unknown.
void EvidenceCollector::cpu_moved(CpuId cpu, std::string_view file, std::int64_t value,
                                  const RecordedWrite& w) {
  if (w.name == "EINVAL" || w.name == "EPERM" || w.name == "EBUSY") return;
  std::optional<std::int64_t>& state = state_of_[cpu];
  if (w.name != "OK") return state.reset();
  if (file == "hotplug/target") {
    state = value;
    // A CPU does not stop at a target in the STARTING section: it passes it, or the kernel crashes.
    if (value < 0 || value > online_ || is_atomic(static_cast<int>(value))) state.reset();
    return;
  }
  if (value != 0 && value != 1) return;
  const bool on = value == 1;
  std::optional<bool>& device = device_online_[cpu];
  if (!device)
    state.reset();  // unknown, because the device may have been in that state before
  else if (*device != on)
    state = on ? online_ : 0;
  device = on;
}

/// Evaluates a write that sends the CPU through all states while its `fail` is armed. When the CPU
/// does not stop at the armed state, this state has no callback in that direction.
void EvidenceCollector::walk_with_fail(CpuId cpu, bool up, const RecordedWrite& w) {
  const auto armed = armed_.find(cpu);
  const bool walks = device_online_[cpu] == !up;
  if (armed == armed_.end() || !walks || state_of_[cpu] != (up ? 0 : online_)) return;
  const bool hit = w.name == "EAGAIN";
  if (!hit && w.name != "OK") return;
  found_.states[armed->second].fail_hit[up ? 0 : 1] = hit;
  // On the way up, a CPU jumps over cpu:teardown and the state after it, without any call.
  const bool comes_by = !up || armed->second < teardown_ || armed->second > teardown_ + 1;
  if (hit)
    armed_.erase(armed);
  else if (comes_by)
    passed_ = cpu;
}

void EvidenceCollector::fail_write(CpuId cpu, std::int64_t value, const RecordedWrite& w) {
  if (value == -1 && w.name == "OK") armed_.erase(cpu);
  const std::optional<std::int64_t> state = state_of_[cpu];
  if (value <= 0 || value >= online_ || !state) return;
  if (value >= idle_dead_ && value < ap_online_) return;
  const bool below = value <= bringup_ && *state > bringup_;
  if (w.name == "OK") {
    armed_[cpu] = static_cast<int>(value);
    found_.states[static_cast<int>(value)].fail_accepted = true;
    if (below) found_.rules.fail_limits = false;
  } else if (w.name == "EINVAL") {
    // Both states (cpu:bringup and 1) have callbacks in every kernel. So EINVAL shows that `fail`
    // refuses states from which no rollback is possible.
    if (below && (value == bringup_ || value == 1)) found_.rules.fail_limits = true;
    if (!below) found_.states[static_cast<int>(value)].fail_refused = true;
  }
}

void EvidenceCollector::target_write(const Recording& recording, const RecordedOperation& op,
                                     CpuId cpu, std::int64_t value, const RecordedWrite& w) {
  const bool same = state_of_[cpu] == value;
  // Before 64ea6e44f85b, writing a CPU's present state to `target` called callbacks.
  if (same && w.name == "OK" && op.writes.size() == 1 && (value == 0 || value == online_)) {
    const bool silent =
        op.trace ? op.trace->stream.events.empty() : op.omitted_lines == std::size_t{0};
    if (op.trace || op.omitted_lines) found_.rules.equal_target_noop = silent;
  }
  if (!recording.machine->state_control || value < 0 || value > online_) return;
  if (states_.find(static_cast<int>(value)) == nullptr) return;
  StateEvidence& s = found_.states[static_cast<int>(value)];
  (w.name == "EINVAL" ? s.target_refused : s.target_accepted) = true;
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
