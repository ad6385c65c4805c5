#include "sim/analysis/check_trace.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "model/checks/checks.hpp"
#include "model/checks/explain.hpp"

namespace cpuhp {
namespace {

constexpr const char* kFormat = "docs/kernel.md 6.4";

struct Found {
  Finding finding;
  std::uint32_t line = 0;
};

/// Turns a note about an unreadable line or an incomplete block into a finding.
Found from_note(const LooseTrace& t, const TraceNote& note) {
  const std::vector<Event>& events = t.trace.stream.events;
  const std::size_t event = std::min(note.before, events.size() - 1);
  const bool cut = note.kind == TraceNote::Kind::Cut;
  return {{cut ? "cut" : "unreadable", kFormat, kNoCpu, events[event].time, note.text,
           cut ? "block" : "line", event},
          note.line};
}

/// Returns all findings, ordered by line.
std::vector<Found> all_of(const LooseTrace& t, const Judged& judged) {
  std::vector<Finding> found = check_all(t.trace.stream, judged);
  std::ranges::move(check_task_names(t.trace), std::back_inserter(found));
  std::vector<Found> all;
  for (Finding& f : found) {
    const bool placed = f.event < t.trace.sources.size();
    const std::uint32_t line = placed ? t.trace.sources[f.event].line : 0;
    all.push_back({std::move(f), line});
  }
  for (const TraceNote& note : t.notes)
    if (note.kind != TraceNote::Kind::Lost) all.push_back(from_note(t, note));
  std::ranges::stable_sort(all, {}, [](const Found& f) { return f.line - 1; });
  return all;
}

std::size_t count_unmatched(const Ftrace& trace) {
  return static_cast<std::size_t>(std::ranges::count(match_pairs(trace), kNoPair));
}

}  // namespace

TraceReport check_trace(const LooseTrace& t, const TraceTable& known) {
  const Judged judged = judged_by_trace(t, known);
  TraceReport report{.file = t.trace.file,
                     .counter = t.trace.counter,
                     .events = t.trace.stream.events.size(),
                     .skipped = t.unreadable(),
                     .unmatched = count_unmatched(t.trace),
                     .design = judged.notifier ? "notifier"
                               : judged.async  ? "async"
                                               : "kernel"};
  for (Found& f : all_of(t, judged)) {
    report.findings.push_back(std::move(f.finding));
    report.lines.push_back(f.line);
  }
  explain(report.findings, t.trace.stream, judged);
  for (const TraceNote& note : t.notes)
    if (note.kind == TraceNote::Kind::Lost) report.lost.push_back(note);
  return report;
}

std::vector<NotJudged> not_judged(const LooseTrace& t, const TraceTable& known) {
  std::vector<NotJudged> all = not_judged(t.trace.stream, judged_by_trace(t, known));
  if (!t.recording) all.push_back({"cut", "only recordings have blocks"});
  return all;
}

}  // namespace cpuhp
