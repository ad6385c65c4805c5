#include "sim/trace/module_states.hpp"

#include <algorithm>

#include "sim/trace/brackets.hpp"
#include "sim/trace/bringup_evidence.hpp"

namespace cpuhp {

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
