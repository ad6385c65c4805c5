#include "sim/trace/module_states.hpp"

#include <algorithm>
#include <map>
#include <string>

#include "sim/trace/brackets.hpp"
#include "sim/trace/bringup_evidence.hpp"

namespace cpuhp {
namespace {

/// The callbacks of one state, up and down.
struct Callbacks {
  std::string startup, teardown;
};

bool is_address(const std::string& symbol) { return symbol.starts_with("0x"); }

/// True for a callback that a registration of this operation calls: its target tells no direction.
bool comes(const RecordedOperation& op, const Event& e) {
  return op.modules.empty() ? e.value >= e.step : op.modules.front().load;
}

void learn(const RecordedOperation& op, std::map<std::string, Callbacks>& known) {
  if (!op.trace) return;
  const EventStream& stream = op.trace->stream;
  for (const Event& e : stream.events) {
    const auto state = std::ranges::find(op.loaded, e.step, &NamedState::id);
    if (!is_enter(e) || state == op.loaded.end() || is_address(stream.names[e.name])) continue;
    Callbacks& c = known[state->name];
    std::string& symbol = comes(op, e) ? c.startup : c.teardown;
    if (symbol.empty()) symbol = stream.names[e.name];
  }
}

void name(RecordedOperation& op, const std::map<std::string, Callbacks>& known) {
  EventStream& stream = op.trace->stream;
  std::map<std::int16_t, std::string> first;  // the first address of a step is its startup
  for (Event& e : stream.events) {
    if (!is_enter(e) || !is_address(stream.names[e.name])) continue;
    const std::string& begun = first.try_emplace(e.step, stream.names[e.name]).first->second;
    const bool up = comes(op, e) && begun == stream.names[e.name];
    const auto state = std::ranges::find(op.loaded, e.step, &NamedState::id);
    const auto found = state == op.loaded.end() ? known.end() : known.find(state->name);
    std::string symbol;
    if (found != known.end()) symbol = up ? found->second.startup : found->second.teardown;
    if (symbol.empty())
      symbol = (up ? "unknown_startup_" : "unknown_teardown_") + std::to_string(e.step);
    e.name = stream.names.intern(symbol);
  }
}

}  // namespace

void name_gone_callbacks(Recording& recording) {
  std::map<std::string, Callbacks> known;
  for (const RecordedOperation* op : recording.operations()) learn(*op, known);
  for (RecordedSection& section : recording.sections)
    for (RecordedOperation& op : section.operations)
      if (op.trace && !op.modules.empty()) name(op, known);
}

std::set<std::int16_t> module_steps(const RecordedOperation& op,
                                    const std::vector<NamedState>& listed) {
  std::set<std::int16_t> steps;
  for (const NamedState& state : op.loaded) steps.insert(state.id);
  if (op.modules.empty() || !op.trace) return steps;
  const EventStream& stream = op.trace->stream;
  for (const Event& e : stream.events)
    if (is_enter(e) && stream.names[e.name] != kKickWork &&
        std::ranges::find(listed, e.step, &NamedState::id) == listed.end())
      steps.insert(e.step);
  return steps;
}

Ftrace without_steps(const Ftrace& trace, const std::set<std::int16_t>& steps) {
  const std::vector<Event>& events = trace.stream.events;
  const std::vector<std::size_t> pairs = match_pairs(trace);
  std::vector<bool> gone(events.size());
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (!is_enter(events[i]) || !steps.contains(events[i].step) ||
        trace.stream.names[events[i].name] == kKickWork)
      continue;
    gone[i] = true;
    if (pairs[i] != kNoPair) gone[pairs[i]] = true;
  }
  Ftrace kept = trace;
  kept.stream.events.clear();
  kept.sources.clear();
  std::vector<std::size_t> left_before(events.size() + 1);  // by index in `events`
  for (std::size_t i = 0; i < events.size(); ++i) {
    left_before[i] = kept.stream.events.size();
    if (gone[i]) continue;
    kept.stream.events.push_back(events[i]);
    kept.sources.push_back(trace.sources[i]);
  }
  left_before[events.size()] = kept.stream.events.size();
  for (FunctionCall& call : kept.functions)
    call.before = left_before[std::min(call.before, events.size())];
  return kept;
}

}  // namespace cpuhp
