#include "sim/conform/compare.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace cpuhp {
namespace {

/// What a trace line says, without dates and pids: two lines are the same when their texts are.
/// Which task: control (any task that drives the operation; its CPU is an input), kworker, cpuhp/N,
/// migration/N, the idle task.
std::string runner_text(Role role, CpuId on, CpuId boot_cpu) {
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
      // The boot CPU's idle task is the one that boots the machine, until there are others.
      return on == boot_cpu ? "control" : "idle/" + std::to_string(on);
    case Role::Irq:
      return "interrupt/" + std::to_string(on);
    case Role::Control:
    case Role::BootWork:
    case Role::Other:
      break;
  }
  return "control";
}

std::string event_text(const Event& e, const Names& names, CpuId boot_cpu) {
  std::string text = runner_text(e.role, e.on, boot_cpu);
  text.resize(std::max<std::size_t>(text.size() + 1, 13), ' ');
  text += "cpu " + std::to_string(e.cpu) + (e.kind == EventKind::Exit ? "  exit   " : "  enter  ") +
          "step " + std::to_string(e.step);
  if (e.kind == EventKind::Exit)
    return text + " state " + std::to_string(e.value) + " ret " + std::to_string(e.ret);
  return text + " target " + std::to_string(e.value) + ' ' + names[e.name] +
         (e.kind == EventKind::MultiEnter ? " (instance)" : "");
}

/// The kernel's tracepoints are silent on a CPU that is not online.
bool shown(const Event& e) {
  const bool kind =
      e.kind == EventKind::Enter || e.kind == EventKind::MultiEnter || e.kind == EventKind::Exit;
  return kind && e.role != Role::ApBoot && e.role != Role::Stopper;
}

std::vector<std::string> recorded_lines(const Ftrace& trace, CpuId boot_cpu) {
  std::vector<std::string> lines;
  for (const Event& e : trace.stream.events)
    lines.push_back(event_text(e, trace.stream.names, boot_cpu));
  return lines;
}

/// The lines of operations [first, last) that a trace shows. At the dates of its begin and its end
/// the asking task's own CPU says what comes before and what after; of other CPUs, what is done at
/// the begin's date was caused before.
std::vector<std::string> simulated_lines(const TwinUnit& unit, const OperationPlaces& places,
                                         const EventStream& stream, CpuId boot_cpu) {
  std::vector<std::string> lines;
  if (unit.first >= places.begins.size()) return lines;
  const std::vector<Event>& all = stream.events;
  const std::size_t begin = places.begins[unit.first];
  const std::size_t end = unit.last <= places.ends.size() ? places.ends[unit.last - 1] : all.size();
  const Event& asked = all[begin];
  for (std::size_t i = begin; i < all.size(); ++i) {
    const Event& e = all[i];
    if (e.time == asked.time && e.on != asked.on) continue;
    if (end < all.size() && (e.time > all[end].time)) break;
    if (i > end && e.on == all[end].on) break;
    if (shown(e)) lines.push_back(event_text(e, stream.names, boot_cpu));
  }
  return lines;
}

/// Aligned by the longest common subsequence of the next lines on both sides.
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
  if (check.operation >= result.operations.size()) {
    out.differences.push_back(check.what + ": recorded " + error_text(check.error) +
                              ", simulated nothing: the machine had stopped before" +
                              at_line(check.line));
    return;
  }
  const OpResult& op = result.operations[check.operation];
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
  const bool here = unit.first < unit.last && result.operations.size() >= unit.first &&
                    result.operations.size() < unit.last;
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

UnitResult compare(const TwinUnit& unit, const Scenario& scenario, const RunResult& result,
                   const OperationPlaces& places) {
  UnitResult out{.id = unit.id, .line = unit.line};
  const CpuId boot_cpu = scenario.config.boot_cpu;
  for (const TwinCheck& check : unit.checks) compare_check(check, result, out);
  compare_end(unit, result, out);
  if (unit.first == unit.last) return out;
  const std::vector<std::string> simulated = simulated_lines(unit, places, result.stream, boot_cpu);
  for (const std::string& line : simulated) out.sequence += line + '\n';
  if (unit.trace != nullptr) {
    const std::vector<std::string> recorded = recorded_lines(*unit.trace, boot_cpu);
    // What a dying guest had not printed yet is lost.
    std::span<const std::string> ours(simulated);
    if (unit.end != TwinEnd::Returned) ours = ours.first(std::min(ours.size(), recorded.size()));
    out.events = recorded.size();
    out.diff = aligned(recorded, ours);
  } else if (unit.trace_lines && *unit.trace_lines != simulated.size()) {
    out.differences.push_back("events: recorded " + std::to_string(*unit.trace_lines) +
                              ", simulated " + std::to_string(simulated.size()) +
                              at_line(unit.line));
  }
  if (unit.trace_lines) out.events = *unit.trace_lines;
  return out;
}

}  // namespace cpuhp
