#include "sim/conform/compare.hpp"

#include <algorithm>
#include <set>
#include <span>
#include <string_view>

#include "sim/conform/traced_functions.hpp"
#include "sim/run/digest.hpp"
#include "sim/trace/brackets.hpp"
#include "sim/trace/traced_events.hpp"

namespace cpuhp {
namespace {

/// Names the task of a trace line without its pid, so that lines of different runs can be equal:
/// control (any task that drives the operation, on any CPU), kworker, cpuhp/N, migration/N, or the
/// idle task.
std::string runner_text(Role role, CpuId on, CpuId booting) {
  static constexpr std::pair<Role, std::string_view> kRunners[] = {
      {Role::Worker, "kworker/"}, {Role::CpuhpThread, "cpuhp/"}, {Role::Stopper, "migration/"},
      {Role::ApBoot, "idle/"},    {Role::Idle, "idle/"},         {Role::Irq, "interrupt/"}};
  // While the machine boots, the boot CPU's idle task is the one that drives the boot.
  if (role == Role::Idle && on == booting) return "control";
  for (const auto& [each, name] : kRunners)
    if (each == role) return std::string(name) + std::to_string(on);
  return "control";
}

/// One line of a trace.
struct Line {
  std::string runner;
  std::string text;
  bool concurrent = false;  ///< has no fixed order relative to lines of other tasks
  bool operator==(const Line&) const = default;
};

std::string event_text(const Event& e, const Names& names) {
  const std::string head = "cpu " + std::to_string(e.cpu);
  const std::string step = "step " + std::to_string(e.step);
  if (e.kind == EventKind::Exit)
    return head + "  exit   " + step + " state " + std::to_string(e.value) + " ret " +
           std::to_string(e.ret);
  return head + "  enter  " + step + " target " + std::to_string(e.value) + ' ' + names[e.name] +
         (e.kind == EventKind::MultiEnter ? " (instance)" : "");
}

/// True for events that tracepoints show. Tracepoints are off on a CPU that is not online. There
/// the function tracer still works, but it shows only calls.
bool shown(const Event& e) { return (is_enter(e) || e.kind == EventKind::Exit) && !irqs_off(e); }

Line call_line(std::string_view function, Role role, CpuId on, CpuId booting) {
  // A recording shows an interrupt handler as a call by the task that it interrupts. Only the
  // function's name tells that it is one.
  if (function == "cpuhp_complete_idle_dead") role = Role::Irq;
  return {runner_text(role, on, booting), "       call   " + std::string(function),
          concurrent(function)};
}

/// True for calls with which smpboot parks its threads. They are not compared, because the number
/// of threads depends on the loaded drivers.
bool of_smpboot(std::string_view function, Role role) {
  return role == Role::CpuhpThread && (function == "kthread_park" || function == "kthread_unpark");
}

/// The tasks that take part in what the trace is about: they print events, or call a function of the
/// hotplug core other than those that any task may call for its own threads.
std::set<std::int32_t> tasks_of_operation(const Ftrace& trace, const StateTable& table) {
  std::set<std::int32_t> tasks;
  for (const TraceSource& source : trace.sources) tasks.insert(source.pid);
  for (const FunctionCall& call : trace.functions) {
    const std::string_view name = canonical_function(call.function);
    if (modelled(name, table) && name != "kthread_park" && name != "kthread_unpark")
      tasks.insert(call.pid);
  }
  return tasks;
}

/// CPUs on which the function tracer is off from their takedown on, or up to their idle loop, as on
/// powerpc (this_cpu_disable_ftrace()). The trace shows take_cpu_down() or cpuhp_online_idle() there,
/// and no call after or before it.
struct Untraced {
  std::set<CpuId> down, up;
};

Untraced untraced_in(const Ftrace& trace, const StateTable& table) {
  Untraced out;
  std::set<CpuId> called;  // since the begin of the trace, by the idle task
  for (const FunctionCall& call : trace.functions) {
    const std::string_view name = canonical_function(call.function);
    if (!modelled(name, table) || name == "cpuhp_complete_idle_dead") continue;
    if (name == "take_cpu_down") {
      out.down.insert(call.on);
    } else if (name == "cpuhp_online_idle") {
      if (!called.contains(call.on)) out.up.insert(call.on);
    } else if (call.role != Role::CpuhpThread) {
      out.down.erase(call.on);
      if (call.role == Role::ApBoot || call.role == Role::Idle) called.insert(call.on);
    }
  }
  return out;
}

std::vector<Line> recorded_lines(const Ftrace& trace, const StateTable& table, CpuId booting) {
  std::vector<Line> lines;
  const std::set<std::int32_t> tasks = tasks_of_operation(trace, table);
  std::size_t next = 0;
  const auto calls_before = [&](std::size_t event) {
    for (; next < trace.functions.size() && trace.functions[next].before <= event; ++next) {
      const FunctionCall& call = trace.functions[next];
      const std::string_view name = canonical_function(call.function);
      if (modelled(name, table) && !of_smpboot(name, call.role) && tasks.contains(call.pid))
        lines.push_back(call_line(name, call.role, call.on, booting));
    }
  };
  for (std::size_t i = 0; i < trace.stream.events.size(); ++i) {
    const Event& e = trace.stream.events[i];
    calls_before(i);
    lines.push_back({runner_text(e.role, e.on, booting), event_text(e, trace.stream.names)});
  }
  calls_before(trace.stream.events.size());
  return lines;
}

/// Returns the lines that a trace of operations [first, last) would show, from the first OpBegin to
/// the last OpEnd. Events of other CPUs with the same time as that OpBegin don't count, because
/// earlier events caused them. Those with the same time as that OpEnd do count.
std::vector<Line> simulated_lines(const TwinUnit& unit, const Twin& twin,
                                  const OperationPlaces& places, const EventStream& stream,
                                  const Untraced& untraced, CpuId booting) {
  std::vector<Line> lines;
  std::set<CpuId> off = untraced.up;
  if (unit.first >= places.begins.size()) return lines;
  const std::vector<Event>& all = stream.events;
  const std::size_t begin = places.begins[unit.first];
  const std::size_t end = unit.last <= places.ends.size() ? places.ends[unit.last - 1] : all.size();
  const Event& asked = all[begin];
  for (std::size_t i = begin; i < all.size(); ++i) {
    const Event& e = all[i];
    if (e.time == asked.time && e.on != asked.on) continue;
    if (end < all.size() && e.time > all[end].time) break;
    if (i > end && e.on == all[end].on) break;
    if (shown(e)) {
      lines.push_back({runner_text(e.role, e.on, booting), event_text(e, stream.names)});
    } else if (e.kind == EventKind::Call && twin.traced.contains(stream.names[e.name])) {
      const std::string_view name = stream.names[e.name];
      if (name == "cpuhp_online_idle") off.erase(e.on);
      if (!off.contains(e.on)) lines.push_back(call_line(name, e.role, e.on, booting));
      if (name == "take_cpu_down" && untraced.down.contains(e.on)) off.insert(e.on);
    }
  }
  return lines;
}

std::string line_text(const Line& line) {
  std::string text = line.runner;
  text.resize(std::max<std::size_t>(text.size() + 1, 13), ' ');
  return text + line.text;
}

/// Returns the lines whose order the kernel's synchronisation fixes.
std::vector<std::string> ordered(const std::vector<Line>& lines) {
  std::vector<std::string> texts;
  for (const Line& line : lines)
    if (!line.concurrent) texts.push_back(line_text(line));
  return texts;
}

/// Returns all lines, grouped by task.
std::vector<std::string> by_runner(std::vector<Line> lines) {
  std::ranges::stable_sort(lines, {}, &Line::runner);
  std::vector<std::string> texts;
  for (const Line& line : lines) texts.push_back(line_text(line));
  return texts;
}

/// Aligns both sides by a longest common subsequence of at most kWindow lines, beginning at the
/// first difference. kBefore equal lines come first.
std::vector<DiffLine> aligned(std::span<const std::string> a, std::span<const std::string> b) {
  constexpr std::size_t kBefore = 3, kWindow = 16;
  const std::size_t same = static_cast<std::size_t>(
      std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin());
  std::vector<DiffLine> lines;
  if (same == a.size() && same == b.size()) return lines;
  for (std::size_t i = same < kBefore ? 0 : same - kBefore; i < same; ++i)
    lines.push_back({DiffLine::Side::Both, a[i]});
  a = a.subspan(same, std::min(kWindow, a.size() - same));
  b = b.subspan(same, std::min(kWindow, b.size() - same));
  std::vector<std::vector<std::size_t>> length(a.size() + 1,
                                               std::vector<std::size_t>(b.size() + 1, 0));
  for (std::size_t i = a.size(); i-- > 0;)
    for (std::size_t j = b.size(); j-- > 0;)
      length[i][j] =
          a[i] == b[j] ? length[i + 1][j + 1] + 1 : std::max(length[i + 1][j], length[i][j + 1]);
  std::size_t i = 0, j = 0;
  while (i < a.size() || j < b.size()) {
    if (i < a.size() && j < b.size() && a[i] == b[j]) {
      lines.push_back({DiffLine::Side::Both, a[i]});
      ++i, ++j;
    } else if (j == b.size() || (i < a.size() && length[i + 1][j] >= length[i][j + 1])) {
      lines.push_back({DiffLine::Side::Recorded, a[i++]});
    } else {
      lines.push_back({DiffLine::Side::Simulated, b[j++]});
    }
  }
  return lines;
}

/// Notes a difference between the recording and the simulated machine.
void differ(UnitResult& out, const std::string& what, const std::string& recorded,
            const std::string& simulated, std::uint32_t line) {
  out.differences.push_back(what + ": recorded " + recorded + ", " + simulated + " (line " +
                            std::to_string(line) + ")");
}

std::string error_text(int error) {
  return error == 0 ? "success" : "errno " + std::to_string(error);
}

/// The number of the first line in which two texts differ, and that line of both.
struct LineDifference {
  std::size_t line = 1;
  std::string a, b;
};

LineDifference first_difference(std::string_view a, std::string_view b) {
  for (std::size_t line = 1;; ++line) {
    const std::size_t a_end = std::min(a.find('\n'), a.size());
    const std::size_t b_end = std::min(b.find('\n'), b.size());
    if (a.substr(0, a_end) != b.substr(0, b_end) || a_end == a.size() || b_end == b.size())
      return {line, std::string(a.substr(0, a_end)), std::string(b.substr(0, b_end))};
    a.remove_prefix(a_end + 1);
    b.remove_prefix(b_end + 1);
  }
}

void compare_check(const TwinCheck& check, const RunResult& result, UnitResult& out) {
  const OpResult* const op = result.operation(check.operation);
  if (op == nullptr)
    return differ(out, check.what, error_text(check.error),
                  "but the simulated machine stopped before this operation", check.line);
  const int error = std::max(-op->ret, 0);
  if (error != check.error)
    return differ(out, check.what, error_text(check.error), "simulated " + error_text(error),
                  check.line);
  if (!check.text || error != 0) return;
  std::string text = op->text;
  if (text.ends_with('\n')) text.pop_back();
  if (text == *check.text) return;
  const auto [line, recorded, simulated] = first_difference(*check.text, text);
  const std::string what = text.find('\n') == std::string::npos
                               ? check.what
                               : check.what + ", line " + std::to_string(line);
  differ(out, what, '"' + recorded + '"', "simulated \"" + simulated + '"', check.line);
}

void compare_end(const TwinUnit& unit, const RunResult& result, UnitResult& out) {
  std::size_t stopped = unit.first;  // first operation that never returned
  while (stopped < unit.last && result.operation(stopped) != nullptr) ++stopped;
  const bool all_before = unit.first == 0 || result.operation(unit.first - 1) != nullptr;
  const bool here = stopped < unit.last && all_before;
  TwinEnd end = TwinEnd::Returned;
  if (here && result.panic)
    end = TwinEnd::Panic;
  else if (here && !result.hung.empty())
    end = TwinEnd::Hang;
  const auto say = [](TwinEnd how) -> std::string {
    return how == TwinEnd::Panic ? "a panic" : how == TwinEnd::Hang ? "a hang" : "a return";
  };
  if (end != unit.end)
    differ(out, "end", say(unit.end),
           "simulated " + say(end) + (end == TwinEnd::Panic ? " (" + *result.panic + ")" : ""),
           unit.line);
}

}  // namespace

OperationPlaces operation_places(const EventStream& stream) {
  OperationPlaces places;
  int open = 0;  // a boot sets states up, and each of these is an operation within it
  for (std::size_t i = 0; i < stream.events.size(); ++i) {
    if (stream.events[i].kind == EventKind::OpBegin && open++ == 0) places.begins.push_back(i);
    if (stream.events[i].kind == EventKind::OpEnd && --open == 0) places.ends.push_back(i);
  }
  return places;
}

UnitResult compare(const TwinUnit& unit, const Twin& twin, const Scenario& scenario,
                   const RunResult& result, const OperationPlaces& places) {
  UnitResult out{.id = unit.id, .line = unit.line};
  const CpuId booting = unit.boot ? scenario.config.boot_cpu : kNoCpu;
  for (const TwinCheck& check : unit.checks) compare_check(check, result, out);
  compare_end(unit, result, out);
  if (unit.first == unit.last) return out;
  if (unit.first < places.begins.size()) {
    const std::size_t end =
        unit.last <= places.ends.size() ? places.ends[unit.last - 1] : result.stream.events.size();
    for (std::size_t i = places.begins[unit.first]; i < end; ++i)
      if (const Event& e = result.stream.events[i]; e.kind == EventKind::Warn)
        out.warnings.push_back(result.stream.names[e.name]);
  }
  const Untraced untraced =
      unit.trace != nullptr ? untraced_in(*unit.trace, scenario.config.table) : Untraced{};
  std::vector<Line> simulated =
      simulated_lines(unit, twin, places, result.stream, untraced, booting);
  std::string sequence;
  for (const Line& line : simulated) sequence += line_text(line) + '\n';
  out.sequence = digest_of(sequence);
  if (unit.trace != nullptr) {
    const std::vector<Line> recorded = recorded_lines(*unit.trace, scenario.config.table, booting);
    // A dying guest could not print its last lines, so they are missing in the recording.
    if (unit.end != TwinEnd::Returned)
      simulated.resize(std::min(simulated.size(), recorded.size()));
    out.events = recorded.size();
    // The time stamps of two CPUs may disagree. So in a boot, only the order within each task is
    // compared, unless the trace clock is a counter.
    const bool same = recorded == simulated;
    if (!same && (!unit.boot || unit.trace->counter))
      out.diff = aligned(ordered(recorded), ordered(simulated));
    if (!same && out.diff.empty()) out.diff = aligned(by_runner(recorded), by_runner(simulated));
  } else if (unit.trace_lines && *unit.trace_lines != simulated.size()) {
    differ(out, "events", std::to_string(*unit.trace_lines),
           "simulated " + std::to_string(simulated.size()), unit.line);
  }
  if (unit.trace_lines) out.events = *unit.trace_lines;
  return out;
}

}  // namespace cpuhp
