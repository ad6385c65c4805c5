#include "sim/conform/twin_writers.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "sim/scenario/scenario_json.hpp"
#include "sim/trace/brackets.hpp"
#include "sim/trace/import.hpp"
#include "sim/trace/text_search.hpp"

namespace cpuhp {
namespace {

/// The CPU that a write moves, and the direction if the value tells it.
struct Asked {
  std::optional<CpuId> cpu;  ///< no value: smt/control, which moves several CPUs
  std::optional<bool> up;
};

Asked asked_by(const RecordedWrite& w) {
  Asked a;
  const std::size_t slash = w.path.find('/');
  if (w.path.starts_with("cpu") && slash != std::string::npos)
    a.cpu = to_number<CpuId>(std::string_view(w.path).substr(3, slash - 3));
  if (w.value == "0" || w.value == "off") a.up = false;
  if (w.value == "1" || w.value == "on" || w.path.ends_with("/target")) a.up = w.value != "0";
  return a;
}

/// Returns the index of the first event that the write may have caused; the number of events when
/// there is none.
std::size_t first_event(const std::vector<Event>& events, const RecordedWrite& w) {
  const Asked asked = asked_by(w);
  const auto caused = [&](const Event& e) {
    return is_enter(e) && (!asked.cpu || e.cpu == *asked.cpu) &&
           (!asked.up || w.path.ends_with("/target") || (e.value >= e.step) == *asked.up);
  };
  return static_cast<std::size_t>(std::ranges::find_if(events, caused) - events.begin());
}

}  // namespace

std::size_t writers_from(const RecordedOperation& op, std::size_t first) {
  std::size_t end = first + 1;
  while (end < op.writes.size() && op.writes[end].with) ++end;
  return end - first;
}

std::vector<std::size_t> traced_order(const RecordedOperation& op, std::size_t first,
                                      std::size_t count) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), first);
  if (!op.trace || count < 2) return order;
  const std::vector<Event>& events = op.trace->stream.events;
  std::vector<std::pair<std::size_t, std::size_t>> shown;  // first event, write
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t at = first_event(events, op.writes[order[i]]);
    if (at == events.size()) continue;
    shown.emplace_back(at, order[i]);
    places.push_back(i);
  }
  std::ranges::stable_sort(shown, {}, &std::pair<std::size_t, std::size_t>::first);
  for (std::size_t i = 0; i < shown.size(); ++i) order[places[i]] = shown[i].second;
  return order;
}

std::optional<CpuId> writer_cpu(const RecordedOperation& op, const RecordedWrite& w,
                                bool together) {
  if (!op.trace) return std::nullopt;
  const std::vector<Event>& events = op.trace->stream.events;
  const Asked asked = asked_by(w);
  const auto by = std::ranges::find_if(events, [&](const Event& e) {
    return e.role == Role::Control && (!together || (asked.cpu && e.cpu == *asked.cpu));
  });
  return by == events.end() ? std::nullopt : std::optional(by->on);
}

std::size_t mover_of(const std::vector<const RecordedWrite*>& writes, CpuId cpu, bool up) {
  std::size_t found = writes.size();
  for (std::size_t i = 0; i < writes.size(); ++i) {
    const Asked asked = asked_by(*writes[i]);
    if (asked.cpu && *asked.cpu != cpu) continue;
    if (!asked.up || *asked.up == up) return i;
    if (found == writes.size()) found = i;
  }
  return found == writes.size() ? 0 : found;
}

Twin reordered(const Twin& twin, std::size_t unit, const std::vector<std::size_t>& order) {
  Twin other = twin;
  TwinUnit& u = other.units[unit];
  // By the old place within the unit's writes: the new one.
  std::vector<std::size_t> place(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) place[order[i]] = i;
  const auto moved = [&](std::size_t operation) {
    const bool here = operation >= u.group && operation < u.group + order.size();
    return here ? u.group + place[operation - u.group] : operation;
  };
  OrderedJson scenario = OrderedJson::parse(twin.scenario);
  const OrderedJson operations = scenario["operations"];
  for (std::size_t i = 0; i < order.size(); ++i)
    scenario["operations"][u.group + i] = operations[u.group + order[i]];
  if (scenario.contains("faults"))
    for (OrderedJson& fault : scenario["faults"])
      if (fault.contains("during")) fault["during"] = moved(fault["during"].get<std::size_t>());
  for (TwinCheck& check : u.checks) check.operation = moved(check.operation);
  other.scenario = format_lines(scenario);
  return other;
}

}  // namespace cpuhp
