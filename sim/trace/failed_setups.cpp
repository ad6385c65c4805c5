#include "sim/trace/failed_setups.hpp"

#include <algorithm>
#include <map>

#include "sim/trace/brackets.hpp"

namespace cpuhp {
namespace {

/// The calls of the registration that is under way for a state, or was the last one.
struct Setup {
  std::vector<std::size_t> calls;  ///< their Enters
  bool failed = false;
};

}  // namespace

bool is_setup_call(const Ftrace& trace, std::size_t enter, std::size_t exit) {
  const Event& e = trace.stream.events[enter];
  const std::string& symbol = trace.stream.names[e.name];
  // These two may have taken the CPU far above their own state.
  return trace.stream.events[exit].value > e.step && symbol != "bringup_cpu" &&
         symbol != "cpuhp_bringup_ap" && symbol != "cpuhp_kick_ap_work";
}

std::vector<bool> failed_setup_calls(const Ftrace& trace, const std::vector<std::size_t>& pairs) {
  const std::vector<Event>& events = trace.stream.events;
  std::vector<bool> failed(events.size());
  std::map<StateId, Setup> setups;
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (!is_enter(events[i]) || pairs[i] == kNoPair || !is_setup_call(trace, i, pairs[i])) continue;
    Setup& s = setups[events[i].step];
    const auto of_cpu = [&](std::size_t call) { return events[call].cpu == events[i].cpu; };
    const bool again = std::ranges::any_of(s.calls, of_cpu);
    const bool same = !s.calls.empty() && events[s.calls.front()].name == events[i].name;
    if (s.failed && !same && again) {  // the way back
      failed[i] = true;
      continue;
    }
    if (s.failed || again || !same) s = {};
    s.calls.push_back(i);
    s.failed = events[pairs[i]].ret != 0;
    if (s.failed)
      for (const std::size_t call : s.calls) failed[call] = true;
  }
  return failed;
}

}  // namespace cpuhp
