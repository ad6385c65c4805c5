#include "sim/conform/compare.hpp"

#include <algorithm>
#include <span>
#include <string_view>

#include "sim/conform/traced_functions.hpp"
#include "sim/run/digest.hpp"

namespace cpuhp {
namespace {

/// Names the task of a trace line without its pid, so that lines of different runs can be equal:
/// control (any task that drives the operation, on any CPU), kworker, cpuhp/N, migration/N, or the
/// idle task.
std::string runner_text(Role role, CpuId on, CpuId booting) {
  switch (role) {
    case Role::Worker:
      return "kworker/" + std::to_string(on);
    case Role::CpuhpThread:
      return "cpuhp/" + std::to_string(on);
    case Role::Stopper:
      return "migration/" + std::to_string(on);
    case Role::ApBoot:
      return "idle/" + std::to_string(on);
    case Role::Idle:
      // While the machine boots, the boot CPU's idle task is the one that drives the boot.
      return on == booting ? "control" : "idle/" + std::to_string(on);
    case Role::Irq:
      return "interrupt/" + std::to_string(on);
    case Role::Control:
    case Role::BootWork:
    case Role::Other:
      break;
  }
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

/// True for events that tracepoints can show. On a CPU that is not online, tracepoints are off, but
/// the function tracer works.
bool shown(const Event& e) {
  const bool kind =
      e.kind == EventKind::Enter || e.kind == EventKind::MultiEnter || e.kind == EventKind::Exit;
  return kind && e.role != Role::ApBoot && e.role != Role::Stopper;
}

Line call_line(std::string_view function, Role role, CpuId on, CpuId booting) {
  // An interrupt handler appears under the task that it interrupts.
  if (function == "cpuhp_complete_idle_dead") role = Role::Irq;
  return {runner_text(role, on, booting), "       call   " + std::string(function),
          concurrent(function)};
}

/// True for calls with which smpboot parks its threads. They are not compared, because the number
/// of threads depends on the loaded drivers.
bool of_smpboot(std::string_view function, Role role) {
  return role == Role::CpuhpThread && (function == "kthread_park" || function == "kthread_unpark");
}

std::vector<Line> recorded_lines(const Ftrace& trace, const StateTable& table, CpuId booting) {
  std::vector<Line> lines;
  std::size_t next = 0;
  const auto calls_before = [&](std::size_t event) {
    for (; next < trace.functions.size() && trace.functions[next].before <= event; ++next) {
      const FunctionCall& call = trace.functions[next];
      const std::string_view name = canonical_function(call.function);
      if (modelled(name, table) && !of_smpboot(name, call.role))
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

/// Returns the lines that a trace of operations [first, last) would show. Events at the time of an
/// operation's begin count only on the CPU of the task that asks for it: on other CPUs they were
/// caused earlier. Of the events at its end, those on the OpEnd's CPU after the OpEnd don't count.
std::vector<Line> simulated_lines(const TwinUnit& unit, const Twin& twin,
                                  const OperationPlaces& places, const EventStream& stream,
                                  CpuId booting) {
  std::vector<Line> lines;
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
      lines.push_back(call_line(stream.names[e.name], e.role, e.on, booting));
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
  std::stable_sort(lines.begin(), lines.end(),
                   [](const Line& a, const Line& b) { return a.runner < b.runner; });
  std::vector<std::string> texts;
  for (const Line& line : lines) texts.push_back(line_text(line));
  return texts;
}

/// Aligns the lines of both sides, by longest common subsequences of the next kWindow lines.
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

std::string in_quotes(const std::string& text) { return '"' + text + '"'; }

std::string at_line(std::uint32_t line) { return " (line " + std::to_string(line) + ")"; }

std::string error_text(int error) {
  return error == 0 ? "success" : "errno " + std::to_string(error);
}

void compare_check(const TwinCheck& check, const RunResult& result, UnitResult& out) {
  const OpResult* const done = result.operation(check.operation);
  if (done == nullptr) {
    out.differences.push_back(check.what + ": recorded " + error_text(check.error) +
                              ", but the simulated machine stopped before this operation" +
                              at_line(check.line));
    return;
  }
  const OpResult& op = *done;
  const int error = op.ret < 0 ? -op.ret : 0;
  if (error != check.error) {
    out.differences.push_back(check.what + ": recorded " + error_text(check.error) +
                              ", simulated " + error_text(error) + at_line(check.line));
    return;
  }
  if (!check.text || error != 0) return;
  std::string text = op.text;
  if (!text.empty() && text.back() == '\n') text.pop_back();
  if (text != *check.text)
    out.differences.push_back(check.what + ": recorded " + in_quotes(*check.text) + ", simulated " +
                              in_quotes(text) + at_line(check.line));
}

void compare_end(const TwinUnit& unit, const RunResult& result, UnitResult& out) {
  std::size_t stopped = unit.first;  // first operation that never returned
  while (stopped < unit.last && result.operation(stopped) != nullptr) ++stopped;
  const bool all_before = unit.first == 0 || result.operation(unit.first - 1) != nullptr;
  const bool here = stopped < unit.last && all_before;
  const bool panicked = here && result.panic.has_value();
  const bool hung = here && !result.panic && !result.hung.empty();
  const auto say = [](bool panic, bool hang) {
    return std::string(panic ? "a panic" : hang ? "a hang" : "a return");
  };
  const bool want_panic = unit.end == TwinEnd::Panic, want_hang = unit.end == TwinEnd::Hang;
  if (want_panic != panicked || want_hang != hung)
    out.differences.push_back(
        "end: recorded " + say(want_panic, want_hang) + ", simulated " + say(panicked, hung) +
        (panicked ? " (" + *result.panic + ")" : std::string()) + at_line(unit.line));
}

}  // namespace

OperationPlaces operation_places(const EventStream& stream) {
  OperationPlaces places;
  for (std::size_t i = 0; i < stream.events.size(); ++i) {
    if (stream.events[i].kind == EventKind::OpBegin) places.begins.push_back(i);
    if (stream.events[i].kind == EventKind::OpEnd) places.ends.push_back(i);
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
  std::vector<Line> simulated = simulated_lines(unit, twin, places, result.stream, booting);
  std::string sequence;
  for (const Line& line : simulated) sequence += line_text(line) + '\n';
  out.sequence = digest_of(sequence);
  if (unit.trace != nullptr) {
    const std::vector<Line> recorded = recorded_lines(*unit.trace, scenario.config.table, booting);
    // A dying guest could not print its last lines, so they are missing in the recording.
    if (unit.end != TwinEnd::Returned)
      simulated.resize(std::min(simulated.size(), recorded.size()));
    out.events = recorded.size();
    // In a boot with time stamps, only events of the same task are in order, because the stamps of
    // two CPUs may disagree.
    const bool same = recorded == simulated;
    if (!same && (!unit.boot || unit.trace->counter))
      out.diff = aligned(ordered(recorded), ordered(simulated));
    if (!same && out.diff.empty()) out.diff = aligned(by_runner(recorded), by_runner(simulated));
  } else if (unit.trace_lines && *unit.trace_lines != simulated.size()) {
    out.differences.push_back("events: recorded " + std::to_string(*unit.trace_lines) +
                              ", simulated " + std::to_string(simulated.size()) +
                              at_line(unit.line));
  }
  if (unit.trace_lines) out.events = *unit.trace_lines;
  return out;
}

}  // namespace cpuhp
