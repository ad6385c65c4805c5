#include "sim/trace/import_evidence.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <set>
#include <utility>

#include "sim/trace/brackets.hpp"
#include "sim/trace/catalogue.hpp"
#include "sim/trace/failed_setups.hpp"
#include "sim/trace/import_writes.hpp"
#include "sim/trace/module_states.hpp"
#include "sim/trace/text_file.hpp"
#include "sim/trace/text_search.hpp"

namespace cpuhp {
namespace {

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

bool boot_task(const Ftrace& trace, std::size_t i) {
  return trace.sources[i].pid == 1 || trace.sources[i].pid == 0;
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
    for (const KernelLine& line : log_) {
      found_.log_starts_cpus = found_.log_starts_cpus || is_about_a_start(line.text);
      if (found_.kernel.empty() && line.text.starts_with("Linux version "))
        found_.kernel = kernel_in_banner(line.text);
    }
  }

  /// Throws BadInput when the recording does not fit the states.
  void add(const Recording& recording) {
    check_states(recording);
    header(recording);
    if (recording.machine) power_on(recording);
    for (const RecordedSection& section : recording.sections) {
      if (section.trace) {
        add_trace(*section.trace, {.boot = true, .log = log_});
        boot_order(*section.trace, recording.machine);
      }
      for (const RecordedOperation& op : section.operations) {
        if (!op.trace) continue;
        std::vector<KernelLine> log = log_;
        log.insert(log.end(), op.kernel.begin(), op.kernel.end());
        const std::set<std::int16_t> of_modules = module_steps(op, states_.states);
        if (of_modules.empty())
          add_trace(*op.trace, {.boot = false, .log = log});
        else
          add_trace(without_steps(*op.trace, of_modules), {.boot = false, .log = log});
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

  // --- the CPUs' ways

  /// Which way a CPU has gone last.
  struct Ways {
    std::uint32_t count = 0;  ///< bring-ups and takedowns
    bool up = false;
  };

  void power_on(const Recording& recording) {
    found_.power_ons.push_back({.file = recording.file, .machine = recording.machine});
    ways_ = {{kBootCpu, {.up = true}}};
    const auto boots = [](const RecordedSection& s) { return s.trace.has_value(); };
    if (!recording.machine || std::ranges::any_of(recording.sections, boots)) return;
    for (const CpuId cpu : recording.machine->online)
      if (cpu != kBootCpu) ways_[cpu] = {.count = 1, .up = true};
  }

  /// Gives a way its number. Where the CPU is not where the way begins, it has gone there untraced.
  void number(RecordedWalk& w) {
    Ways& at = ways_[w.cpu];
    if (w.from_offline || !w.up()) {
      at.count += at.up == w.up() ? 2 : 1;
      at.up = w.up() ? w.ret == 0 : w.takedown == Ns{} || w.ret != 0;
    }
    w.occurrence = at.count;
  }

  /// Adds the trace's ways, and the calls of registrations between them.
  void add_walks(const Ftrace& trace, const Context& context, const std::vector<std::size_t>& pair,
                 const std::vector<bool>& failed) {
    std::vector<RecordedWalk> walks = walks_of(trace, states_, context.boot);
    const bool boots = std::ranges::any_of(walks, &RecordedWalk::in_boot);
    if (found_.power_ons.empty() || (boots && !found_.power_ons.back().machine))
      power_on({.file = trace.file});
    PowerOn& on = found_.power_ons.back();
    if (context.boot && !on.boot) on.boot = trace;
    if (boots && !on.design) on.design = design_of(walks);
    if (trace.counter || !trace.functions.empty()) return;
    std::map<std::pair<CpuId, StateId>, std::uint16_t> instances;
    auto next = walks.begin();
    const auto walk_until = [&](Ns time) {
      for (; next != walks.end() && next->begin <= time; ++next) number(*next);
    };
    for (std::size_t i = 0; i < pair.size(); ++i) {
      const Event& e = trace.stream.events[i];
      if (!is_enter(e) || failed[i] || way_of(trace, states_, i, pair[i]) != CalledFor::Installed)
        continue;
      walk_until(e.time);
      const auto known = found_.states.find(e.step);
      const bool up =
          known == found_.states.end() || known->second.run[1].symbol != trace.stream.names[e.name];
      on.setups.push_back({.cpu = e.cpu,
                           .occurrence = ways_[e.cpu].count,
                           .way = up ? Direction::Up : Direction::Down,
                           .state = e.step,
                           .nth = instances[{e.cpu, e.step}]++,
                           .took = trace.stream.events[pair[i]].time - e.time});
    }
    walk_until(Ns{std::numeric_limits<std::int64_t>::max()});
    for (RecordedWalk& w : walks) found_.split += split_by_log(w, context.log) ? 1 : 0;
    std::ranges::move(walks, std::back_inserter(on.walks));
  }

  void add_trace(const Ftrace& trace, const Context& context) {
    require_complete(trace);
    const std::vector<std::size_t> pair = match_pairs(trace);
    const std::vector<bool> failed = failed_setup_calls(trace, pair);
    found_.events += pair.size();
    for (std::size_t i = 0; i < pair.size(); ++i)
      if (is_enter(trace.stream.events[i]) && !failed[i]) add_pair(trace, context, i, pair[i]);
    add_walks(trace, context, pair, failed);
    std::map<std::pair<std::string_view, CpuId>, int> walked;
    for (const FunctionCall& call : trace.functions)
      function(trace, call, ++walked[{call.function, call.on}]);
    if (context.boot) instances_at_boot(trace, pair);
    last_steps(trace);
  }

  /// Notes what a dying CPU does in its idle task: it either reports its death or does not.
  void last_steps(const Ftrace& trace) {
    for (const FunctionCall& call : trace.functions) {
      if (call.function == "cpuhp_ap_report_dead") found_.rules.reports_dead = true;
      if (call.function == "arch_cpu_idle_dead" && !found_.rules.reports_dead)
        found_.rules.reports_dead = false;
    }
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
           .instances = c.instances};
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
    if (trace.stream.names[begin.name] == kKickWork) return kick_bracket(begin);
    check_step(trace, enter);
    const CalledFor way = way_of(trace, states_, enter, exit);
    const Direction direction = way == CalledFor::Down ? Direction::Down : Direction::Up;
    callback(trace, enter, direction, way == CalledFor::Installed);
    if (way == CalledFor::Up && begin.step == states_.bringup)
      return bringup(trace, context, enter, exit);
    if (way == CalledFor::Down && begin.role == Role::CpuhpThread && end.ret == 0)
      found_.rules.decrement_first = end.value == begin.step - 1;
    if (way == CalledFor::Down && begin.role != Role::CpuhpThread && begin.step < states_.bringup &&
        end.ret == 0)
      found_.rules.control_decrements_late = end.value == begin.step;
    if (way == CalledFor::Installed) {
      if (context.boot && begin.cpu == 0)
        found_.rules.boot_cpu_target_online = begin.value == states_.online;
      return;
    }
    if (begin.step == states_.teardown() && begin.value == 0 && end.ret == 0 &&
        !(context.boot && boot_task(trace, enter)))
      found_.full_walk[1] = true;
  }

  void kick_bracket(const Event& begin) {
    if (begin.step != states_.online || begin.value >= begin.step) return;
    // Suspend and SMT control never use the kworker. So a takedown without the kworker proves
    // nothing, and one in the kworker proves that this kernel uses it.
    std::optional<bool>& used = found_.rules.down_via_kworker;
    used = used.value_or(false) || begin.role == Role::Worker;
  }

  void bringup(const Ftrace& trace, const Context& context, std::size_t enter, std::size_t exit) {
    const std::vector<Event>& events = trace.stream.events;
    if (events[exit].ret != 0 || events[exit].value != states_.online) return;
    if (!(context.boot && boot_task(trace, enter)))
      for (std::size_t i = 0; i < enter; ++i)
        if (events[i].cpu == events[enter].cpu &&
            trace.stream.names[events[i].name] == "smpboot_create_threads")
          found_.full_walk[0] = true;
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
    // Without a command line, cpuhp.parallel=0 may be why the kernel brings up one CPU at a time.
    if (kicks >= 2 && (machine || overlap)) found_.rules.parallel_bringup = overlap;
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
  std::map<CpuId, Ways> ways_;  ///< in the last of the power-ons
};

}  // namespace

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
