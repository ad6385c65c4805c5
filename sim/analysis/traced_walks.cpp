#include "sim/analysis/traced_walks.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <utility>

namespace cpuhp {
namespace {

bool is_entry(const Event& e) {
  return e.kind == EventKind::Enter || e.kind == EventKind::MultiEnter;
}

/// A walk: one CPU's way through the states to a target, and its way back after a failure.
struct TracedWalk {
  std::size_t first = 0, last = 0;  ///< indices of its events
  CpuId cpu = kNoCpu;
  bool down = false;
  bool failed = false;  ///< the latest callback failed, so the CPU may go back now
  StateId step = -1;
  StateId target = -1;

  /// True when a callback continues this walk. A walk down to offline has two targets: the CPU's
  /// thread goes to cpu:teardown, and the control CPU continues from there.
  bool goes_on(const Event& enter) const {
    const bool enters_down = enter.value < enter.step;
    if (failed) return true;
    if (enters_down != down) return false;
    if (down && enter.step == target) return true;
    return enter.value == target && (down ? enter.step <= step : enter.step >= step);
  }
};

/// Returns the walks (ways of a CPU to a target), ordered by their first events.
std::vector<TracedWalk> walks_in(const EventStream& stream) {
  const std::vector<bool> registered = registrations_of_trace(stream);
  std::vector<TracedWalk> walks;
  std::map<CpuId, std::size_t> latest;  ///< index of the latest walk of each CPU
  for (std::size_t i = 0; i < stream.events.size(); ++i) {
    const Event& e = stream.events[i];
    if (registered[i] || !is_callback(e.kind)) continue;
    const auto found = latest.find(e.cpu);
    if (!is_entry(e)) {
      if (found == latest.end()) continue;
      walks[found->second].last = i;
      walks[found->second].failed = e.ret != 0;
      continue;
    }
    if (found == latest.end() || !walks[found->second].goes_on(e)) {
      latest[e.cpu] = walks.size();
      walks.push_back({.first = i, .last = i, .cpu = e.cpu});
    }
    TracedWalk& walk = walks[latest[e.cpu]];
    walk.last = i;
    walk.down = e.value < e.step;
    walk.failed = false;
    walk.step = e.step;
    walk.target = e.value;
  }
  return walks;
}

}  // namespace

bool is_callbacks_only(const EventStream& stream) {
  return std::all_of(stream.events.begin(), stream.events.end(),
                     [](const Event& e) { return is_callback(e.kind); });
}

bool is_bringup_bracket(std::string_view callback) {
  return callback == "bringup_cpu" || callback == "cpuhp_bringup_ap" ||
         callback == "cpuhp_kick_ap_alive";
}

bool is_takedown_bracket(std::string_view callback) { return callback == "takedown_cpu"; }

bool is_walk_bracket(std::string_view callback) {
  return is_bringup_bracket(callback) || is_takedown_bracket(callback) ||
         callback == "cpuhp_kick_ap_work";
}

std::vector<bool> registrations_of_trace(const EventStream& stream) {
  std::vector<bool> registered(stream.events.size());
  std::map<std::pair<CpuId, StateId>, std::size_t> entered;
  for (std::size_t i = 0; i < stream.events.size(); ++i) {
    const Event& e = stream.events[i];
    if (is_entry(e)) {
      entered[{e.cpu, e.step}] = i;
      continue;
    }
    const auto found = entered.find({e.cpu, e.step});
    if (e.kind != EventKind::Exit || found == entered.end()) continue;
    const std::string& callback = stream.names[stream.events[found->second].name];
    if (e.value > e.step && !is_walk_bracket(callback))
      registered[found->second] = registered[i] = true;
    entered.erase(found);
  }
  return registered;
}

std::vector<Span> cpu_walks_of_trace(const EventStream& stream) {
  std::vector<Span> all;
  for (const TracedWalk& walk : walks_in(stream))
    all.push_back({.what = walk.down ? "down" : "up",
                   .cpu = walk.cpu,
                   .begin = stream.events[walk.first].time,
                   .end = stream.events[walk.last].time,
                   .first = walk.first,
                   .last = walk.last});
  return all;
}

std::vector<Span> operations_of_trace(const EventStream& stream) {
  std::vector<Span> all;
  for (Span& walk : cpu_walks_of_trace(stream)) {
    if (!all.empty() && walk.begin < all.back().end) {
      Span& together = all.back();
      if (walk.end > together.end) {
        together.end = walk.end;
        together.last = walk.last;
      }
      if (together.cpu == walk.cpu) continue;
      together.what = "several CPUs at once";
      together.cpu = kNoCpu;
      continue;
    }
    walk.operation = static_cast<int>(all.size());
    all.push_back(std::move(walk));
  }
  return all;
}

Span walks_of_trace(const EventStream& stream) {
  const std::vector<Span> operations = operations_of_trace(stream);
  return operations.empty() ? whole_trace(stream) : together(operations, "trace");
}

}  // namespace cpuhp
