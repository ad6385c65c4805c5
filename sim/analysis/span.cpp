#include "sim/analysis/span.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace cpuhp {
namespace {

constexpr std::string_view kBoot = "boot";

/// Returns the event at which an unfinished operation stopped: its last wait, or a panic.
std::size_t where_it_stopped(const EventStream& stream, CpuId on) {
  std::size_t stopped = stream.events.size() - 1;
  for (std::size_t i = stream.events.size(); i-- > 0;) {
    const Event& e = stream.events[i];
    if (e.kind == EventKind::Panic) return i;
    if (e.kind != EventKind::Hang) continue;
    stopped = i;
    if (e.on == on && e.role == Role::Control) return i;
  }
  return stopped;
}

}  // namespace

std::vector<Span> operations_of(const EventStream& stream) {
  std::vector<Span> all;
  std::map<std::uint16_t, std::size_t> open;  ///< by the operation's index in the scenario
  const std::vector<Event>& events = stream.events;
  const auto close = [&](std::size_t which, std::size_t i) {
    all[which].last = i;
    all[which].end = events[i].time;
    all[which].returned = true;
  };
  for (std::size_t i = 0; i < events.size(); ++i) {
    const Event& e = events[i];
    if (e.kind == EventKind::OpBegin) {
      const bool power_on = all.empty() && stream.names[e.name] == kBoot;
      open[e.instance] = all.size();
      all.push_back({.what = stream.names[e.name],
                     .operation = e.instance,
                     .cpu = e.cpu,
                     .begin = power_on ? Ns{} : e.time,
                     .first = power_on ? 0 : i,
                     .returned = false});
    } else if (e.kind == EventKind::BootDone) {
      for (const auto& [place, which] : open)
        if (all[which].what == kBoot && !all[which].returned) close(which, i);
    } else if (e.kind == EventKind::OpEnd) {
      const auto found = open.find(e.instance);
      if (found == open.end()) continue;
      if (!all[found->second].returned) close(found->second, i);
      open.erase(found);
    }
  }
  for (Span& span : all) {
    if (span.returned) continue;
    span.last = where_it_stopped(stream, events[span.first].on);
    span.end = events[span.last].time;
  }
  return all;
}

Span whole_trace(const EventStream& stream) {
  Span span{.what = "trace"};
  if (stream.events.empty()) return span;
  span.begin = stream.events.front().time;
  span.last = stream.events.size() - 1;
  span.end = stream.events.back().time;
  return span;
}

Span together(const std::vector<Span>& operations, std::string what) {
  Span all = operations.front();
  all.what = std::move(what);
  all.operation = -1;
  all.cpu = kNoCpu;
  for (const Span& one : operations) {
    if (one.begin > all.end) all.pauses.push_back({all.end, one.begin});
    all.returned = all.returned && one.returned;
    if (one.end < all.end) continue;
    all.end = one.end;
    all.last = one.last;
  }
  return all;
}

std::vector<Pause>::const_iterator pause_after(const std::vector<Pause>& pauses, Ns date) {
  return std::partition_point(pauses.begin(), pauses.end(),
                              [&](const Pause& p) { return p.end <= date; });
}

Ns Span::paused() const {
  Ns sum{};
  for (const Pause& p : pauses) sum += p.end - p.begin;
  return sum;
}

std::size_t most_interesting(const std::vector<Span>& operations) {
  const auto rank = [](const Span& s) { return std::pair(!s.returned, s.total()); };
  return static_cast<std::size_t>(std::ranges::max_element(operations, {}, rank) -
                                  operations.begin());
}

std::string StreamFacts::step(StateId id) const {
  const auto index = static_cast<std::size_t>(id);
  return id >= 0 && index < steps.size() && !steps[index].empty() ? steps[index]
                                                                  : std::to_string(id);
}

/// If possible, the table of callbacks tells the direction, because the target can mislead. For
/// example, when a state is removed, its teardown callback runs on online CPUs, whose target is
/// above the state.
Direction StreamFacts::direction(const Event& enter, const Names& names) const {
  if (table != nullptr && table->valid(enter.step)) {
    const State& s = table->at(enter.step);
    const std::string& callback = names[enter.name];
    if (callback == s.startup && callback != s.teardown) return Direction::Up;
    if (callback == s.teardown && callback != s.startup) return Direction::Down;
  }
  return enter.value < enter.step ? Direction::Down : Direction::Up;
}

std::vector<std::string> step_names(const StateTable& table, const EventStream& stream) {
  std::vector<std::string> names;
  for (const State& s : table.all()) names.push_back(s.name);
  for (const Event& e : stream.events) {
    if (e.kind != EventKind::Register || e.step < 0) continue;
    const auto index = static_cast<std::size_t>(e.step);
    if (names.size() <= index) names.resize(index + 1);
    names[index] = stream.names[e.name];
  }
  return names;
}

}  // namespace cpuhp
