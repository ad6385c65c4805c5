#include "sim/analysis/trace_subject.hpp"

#include <algorithm>
#include <utility>

#include "sim/analysis/chain_index.hpp"
#include "sim/error.hpp"
#include "sim/trace/text_file.hpp"
#include "sim/trace/trace_table.hpp"

namespace cpuhp {
namespace {

/// Returns the longest sequence of events without a gap, and without a time stamp that is earlier
/// than the one before, as [first, last).
std::pair<std::size_t, std::size_t> longest_piece(const LooseTrace& t) {
  const std::vector<Event>& events = t.trace.stream.events;
  std::vector<std::size_t> cuts;
  for (const Mark& mark : t.marks)
    if (mark.kind == Mark::Kind::Gap) cuts.push_back(mark.before);
  for (std::size_t i = 1; i < events.size(); ++i)
    if (events[i].time < events[i - 1].time) cuts.push_back(i);
  cuts.push_back(events.size());
  std::sort(cuts.begin(), cuts.end());
  std::pair<std::size_t, std::size_t> best{0, 0};
  std::size_t begin = 0;
  for (const std::size_t cut : cuts) {
    if (cut - begin > best.second - best.first) best = {begin, cut};
    begin = cut;
  }
  return best;
}

CpuId driver_of(const EventStream& stream) {
  std::vector<std::size_t> driven;
  for (const Event& e : stream.events) {
    if (!drives(e.role) || e.on == kNoCpu) continue;
    if (driven.size() <= e.on) driven.resize(e.on + 1);
    ++driven[e.on];
  }
  const auto most = std::max_element(driven.begin(), driven.end());
  return driven.empty() ? 0 : static_cast<CpuId>(most - driven.begin());
}

}  // namespace

StreamFacts TraceSubject::facts() const {
  StreamFacts facts{.table = &judged.table, .boot_cpu = boot_cpu, .callbacks_only = true};
  for (const State& s : judged.table.all()) facts.steps.push_back(s.name);
  return facts;
}

TraceSubject load_trace_subject(const std::string& path) {
  return trace_subject(read_loose_trace(path), path);
}

TraceSubject trace_subject(LooseTrace t, const std::string& file) {
  // `judged` is made outside of the braces of `subject`: when an initializer in braces throws, g++
  // 12 destroys members that it has not constructed.
  Judged judged = judged_by_trace(t, {});
  TraceSubject subject{.file = file, .kernel = t.kernel};
  subject.judged = std::move(judged);
  for (const NamedState& s : t.states) subject.states.push_back(s.name);
  const auto [first, last] = longest_piece(t);
  const std::size_t all = t.trace.stream.events.size();
  if (last - first < all)
    subject.notes.push_back(
        "the trace consists of several pieces with separate clocks; only the longest piece is "
        "used, which has " +
        std::to_string(last - first) + " of " + std::to_string(all) + " events");
  if (t.trace.counter)
    subject.notes.push_back(
        "the time stamps are counter values (trace_clock=counter): they give an order, but no "
        "times");
  for (const TraceNote& note : t.notes)
    subject.notes.push_back("line " + std::to_string(note.line) + ": " + note.text);
  const auto& events = t.trace.stream.events;
  subject.stream.events.assign(events.begin() + static_cast<std::ptrdiff_t>(first),
                               events.begin() + static_cast<std::ptrdiff_t>(last));
  subject.stream.names = std::move(t.trace.stream.names);
  subject.stream.nr_cpus = t.trace.stream.nr_cpus;
  subject.boot_cpu = driver_of(subject.stream);
  return subject;
}

bool is_scenario_file(const std::string& path) {
  const std::string text = read_text(path);
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos || text[first] != '{') return false;
  if (text.find("\"cpuhp-sim events\"") < 200)
    throw BadInput{BadInputAt{
        .file = path,
        .message = "a .jsonl trace cannot be read: expected a scenario, or a trace as .txt"}};
  return true;
}

}  // namespace cpuhp
