#include "model/checks/explain.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <tuple>
#include <utility>

#include "model/checks/checks.hpp"
#include "model/checks/walk/walks.hpp"
#include "model/checks/watch/watches.hpp"

namespace cpuhp {
namespace {

constexpr std::size_t kNone = Finding::kNone;

/// Invariants of a trace file itself. The reader of traces in sim/trace/ checks them.
constexpr std::array kTraceLaws{
    Law{"unreadable", "every line with the name of a cpuhp event has the format of that event"},
    Law{"cut", "each block of a recording has as many lines as its end line states"}};

bool names_it(const Law& rule, std::string_view invariant) {
  for (std::string_view rest = rule.invariants; !rest.empty();) {
    const std::size_t end = std::min(rest.find(", "), rest.size());
    if (rest.substr(0, end) == invariant) return true;
    rest.remove_prefix(std::min(end + 2, rest.size()));
  }
  return false;
}

std::string_view find_rule(const std::vector<Law>& all, std::string_view invariant) {
  for (const Law& rule : all)
    if (names_it(rule, invariant)) return rule.text;
  return {};
}

// ---------------------------------------------------------------------------- place of a finding

/// Returns the index of the finding's event. Without such an event, returns the index of the last
/// event that is not later than the finding.
std::size_t place_in(const EventStream& stream, const Finding& f) {
  if (f.event < stream.events.size()) return f.event;
  const auto after = std::upper_bound(stream.events.begin(), stream.events.end(), f.time,
                                      [](Ns time, const Event& e) { return time < e.time; });
  return after == stream.events.begin()
             ? 0
             : static_cast<std::size_t>(after - stream.events.begin()) - 1;
}

/// The operations of a stream, in the order in which they begin.
class OperationsSeen {
 public:
  explicit OperationsSeen(const EventStream& stream) {
    for (std::size_t i = 0; i < stream.events.size(); ++i) {
      const Event& e = stream.events[i];
      if (e.kind == EventKind::OpBegin) begin(e, i);
      if (e.kind == EventKind::OpEnd) end(e, i);
    }
    latest_end_.reserve(all_.size());
    for (const One& one : all_)
      latest_end_.push_back(latest_end_.empty() ? one.end : std::max(latest_end_.back(), one.end));
  }

  /// Returns the number of the operation that runs at that event. When several run, returns the
  /// operation for `cpu`, or else the latest. Between two operations, returns the earlier
  /// operation.
  std::size_t at(std::size_t event, CpuId cpu) const {
    std::size_t i = static_cast<std::size_t>(
        std::upper_bound(all_.begin(), all_.end(), event,
                         [](std::size_t place, const One& one) { return place < one.begin; }) -
        all_.begin());
    if (i == 0) return kNone;
    const One* best = &all_[i - 1];
    for (; i > 0 && latest_end_[i - 1] >= event; --i) {
      const One& one = all_[i - 1];
      if (one.end < event) continue;
      if (one.cpu == cpu) return one.number;
      if (best->end < event) best = &one;
    }
    return best->number;
  }

 private:
  struct One {
    std::size_t begin = 0, end = kNone;
    std::size_t number = 0;
    CpuId cpu = kNoCpu;
  };

  /// Adds the operation of an OpBegin event. The event has only the low 16 bits of the operation's
  /// number. Of the numbers with these bits, the one nearest to the count of operations so far is
  /// right.
  void begin(const Event& e, std::size_t event) {
    const std::size_t near = all_.size();
    const auto off = static_cast<std::int16_t>(e.instance - static_cast<std::uint16_t>(near));
    const bool before = off < 0 && near < static_cast<std::size_t>(-off);
    all_.push_back({event, kNone, before ? near : near + static_cast<std::size_t>(off), e.cpu});
  }
  void end(const Event& e, std::size_t event) {
    for (auto one = all_.rbegin(); one != all_.rend(); ++one)
      if (one->end == kNone && static_cast<std::uint16_t>(one->number) == e.instance) {
        one->end = event;
        return;
      }
  }

  std::vector<One> all_;
  /// by operation: index of the last OpEnd of this operation and all earlier ones
  std::vector<std::size_t> latest_end_;
};

/// Numbers the walks (a CPU's way through the states) of a trace, which has no events for
/// operations. A walk ends when the target of its steps changes. Where CPUs are plugged one after
/// the other, a callback of another CPU ends it as well. A walk's number is the index of its first
/// event.
void find_walks(std::vector<Finding>& findings, const std::vector<std::size_t>& places,
                const EventStream& stream, bool at_once) {
  struct Walk {
    std::size_t first = kNone;
    std::int16_t target = -1;
  };
  std::vector<std::size_t> order(findings.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return places[a] < places[b]; });
  std::map<CpuId, Walk> walks;
  CpuId plugged = kNoCpu;
  auto next = order.begin();
  for (std::size_t i = 0; i < stream.events.size() && next != order.end(); ++i) {
    const Event& e = stream.events[i];
    if (is_callback(e.kind)) {
      Walk& walk = walks[e.cpu];
      const bool turns = e.kind != EventKind::Exit && e.value != walk.target;
      if (walk.first == kNone || turns || (!at_once && e.cpu != plugged)) walk.first = i;
      if (e.kind != EventKind::Exit) walk.target = e.value;
      plugged = e.cpu;
    }
    for (; next != order.end() && places[*next] == i; ++next) {
      const auto walk = walks.find(findings[*next].cpu);
      if (walk != walks.end()) findings[*next].walk = walk->second.first;
    }
  }
}

void find_operations(std::vector<Finding>& findings, const std::vector<std::size_t>& places,
                     const EventStream& stream, const Judged& judged) {
  if (judged.traced_only) return find_walks(findings, places, stream, judged.async);
  const OperationsSeen operations(stream);
  for (std::size_t i = 0; i < findings.size(); ++i) {
    Finding& f = findings[i];
    if (f.operation == kNone && !stream.events.empty())
      f.operation = operations.at(places[i], f.cpu);
    f.walk = f.operation;
  }
}

// ---------------------------------------------------------------------------- subject of a finding

bool has_state(EventKind kind) {
  return is_callback(kind) || kind == EventKind::Injected || kind == EventKind::Take ||
         kind == EventKind::Give || kind == EventKind::Register || kind == EventKind::Unregister;
}

/// Returns the state whose name is the finding's `place`; -1 when no state has this name.
StateId state_of_name(const StateTable& table, const std::string& name) {
  for (const State& s : table.all())
    if (!name.empty() && s.name == name) return s.id;
  return -1;
}

/// Returns the enter that belongs to the exit at `event`. For any other event, returns the latest
/// earlier enter of that step.
const Event* enter_of(const EventStream& stream, std::size_t event, CpuId cpu, StateId state) {
  for (std::size_t i = event + 1; i-- > 0;) {
    const Event& e = stream.events[i];
    if ((e.kind == EventKind::Enter || e.kind == EventKind::MultiEnter) && e.cpu == cpu &&
        e.step == state)
      return &e;
  }
  return nullptr;
}

/// Returns the name of a state that this run has set up: such a state is not in the table.
std::string registered_name(const EventStream& stream, std::size_t event, StateId state) {
  for (std::size_t i = event + 1; i-- > 0;)
    if (stream.events[i].kind == EventKind::Register && stream.events[i].step == state)
      return stream.names[stream.events[i].name];
  return {};
}

void name_state(Finding& f, std::size_t place, const EventStream& stream, const Judged& judged) {
  const Event* const event = f.event < stream.events.size() ? &stream.events[f.event] : nullptr;
  const bool own = event != nullptr && has_state(event->kind) && event->cpu == f.cpu;
  if (f.state < 0) f.state = state_of_name(judged.table, f.place);
  if (f.state < 0 && own) f.state = event->step;
  if (f.state < 0) return;
  if (f.state_name.empty() && judged.table.valid(f.state))
    f.state_name = judged.table.at(f.state).name;
  if (f.state_name.empty()) f.state_name = registered_name(stream, place, f.state);
  // A finding about a resource gets the latest callback of its state on that CPU.
  const bool called = own && is_callback(event->kind) && event->step == f.state;
  const Event* const enter =
      called || f.kind == FindingKind::Resource ? enter_of(stream, place, f.cpu, f.state) : nullptr;
  if (enter == nullptr) return;
  if (f.callback.empty()) f.callback = stream.names[enter->name];
  if (called && !f.instance && enter->kind == EventKind::MultiEnter) f.instance = enter->instance;
}

// --------------------------------------------------------------------------- events near a finding

bool concerns(const Event& e, CpuId cpu) { return cpu == kNoCpu || e.cpu == cpu || e.on == cpu; }

void look_around(Finding& f, std::size_t place, const EventStream& stream,
                 const StateTable& table) {
  constexpr std::size_t kEachSide = 2;
  const std::vector<Event>& events = stream.events;
  std::vector<std::size_t> shown;
  for (std::size_t i = place; i-- > 0 && shown.size() < kEachSide;)
    if (concerns(events[i], f.cpu)) shown.push_back(i);
  std::reverse(shown.begin(), shown.end());
  if (f.event < events.size() || concerns(events[place], f.cpu)) shown.push_back(place);
  const std::size_t most = shown.size() + kEachSide;
  for (std::size_t i = place + 1; i < events.size() && shown.size() < most; ++i)
    if (concerns(events[i], f.cpu)) shown.push_back(i);
  f.around.clear();
  for (const std::size_t i : shown)
    f.around.push_back({events[i].time, event_text(events[i], stream.names, table), i == f.event});
}

std::string who(const Event& e) {
  const std::string on = std::to_string(e.on);
  switch (e.role) {
    case Role::CpuhpThread:
      return "cpuhp/" + on;
    case Role::Stopper:
      return "migration/" + on;
    default:
      return std::string(to_string(e.role)) + " on CPU " + on;
  }
}

}  // namespace

std::string event_text(const Event& e, const Names& names, const StateTable& table) {
  std::string text = who(e) + ": ";
  if (e.kind == EventKind::Enter || e.kind == EventKind::MultiEnter)
    text += "enters " + (names[e.name].empty() ? "a callback" : names[e.name] + "()");
  else if (e.kind == EventKind::Exit)
    text += "exits with " + std::to_string(e.ret);
  else
    text += std::string(to_string(e.kind)) + (e.name == 0 ? "" : " " + names[e.name]);
  if (e.step >= 0) text += (is_callback(e.kind) ? " in " : ", ") + step_text(table, e.step);
  if (e.cpu != kNoCpu) text += " of CPU " + std::to_string(e.cpu);
  if (e.kind == EventKind::MultiEnter) text += ", instance " + std::to_string(e.instance);
  if (e.kind == EventKind::Enter || e.kind == EventKind::MultiEnter)
    text += ", target " + std::to_string(e.value);
  else if (e.kind == EventKind::Exit)
    text += ", state " + std::to_string(e.value);
  else if (e.ret != 0)
    text += ", " + std::to_string(e.ret);
  return text;
}

const std::vector<Law>& laws(Laws which) {
  static const std::vector<Law> walks = [] {
    std::vector<Law> all = walk_laws();
    all.insert(all.end(), kTraceLaws.begin(), kTraceLaws.end());
    return all;
  }();
  static const std::vector<Law> runs = watch_laws();
  return which == Laws::OfWalks ? walks : runs;
}

std::string_view rule_of(std::string_view invariant, FindingKind kind) {
  const bool walk = kind == FindingKind::Walk;
  const std::string_view text = find_rule(laws(walk ? Laws::OfWalks : Laws::OfRuns), invariant);
  return text.empty() ? find_rule(laws(walk ? Laws::OfRuns : Laws::OfWalks), invariant) : text;
}

/// True when a stray CPU may have caused the finding: a CPU that runs although the control CPU has
/// given it up. It walks at the same time as another CPU, and so breaks every rule that allows only
/// one walk at a time. But findings about resources of other CPUs have other causes.
static bool may_be_by_stray(const Finding& f, const Finding& stray) {
  if (f.kind == FindingKind::Resource && f.cpu != stray.cpu) return false;
  // I2 and "complete" compare several walks, and any of these may belong to the stray CPU. So the
  // time of such a finding does not matter.
  if (f.kind == FindingKind::Walk && (f.invariant == "I2" || f.invariant == "complete"))
    return true;
  return f.time >= (f.cpu == stray.cpu ? stray.since : stray.time);
}

void find_causes(std::vector<Finding>& findings) {
  using Same = std::pair<std::string_view, std::string_view>;
  std::map<Same, std::size_t> causes;
  std::map<std::tuple<std::size_t, CpuId, std::string_view>, std::size_t> in_walk;
  std::map<std::pair<CpuId, std::string_view>, std::size_t> resources;
  std::vector<std::size_t> strays;
  std::size_t end = kNone;
  constexpr std::string_view kWalkItself = "walk itself", kAnything = "anything";
  const auto cause_in = [](const auto& map, const auto& key) {
    const auto found = map.find(key);
    return found == map.end() ? kNone : found->second;
  };
  for (std::size_t i = 0; i < findings.size(); ++i) {
    Finding& f = findings[i];
    const bool resource = f.kind == FindingKind::Resource, known = f.walk != kNone;
    const auto follows = [&f](std::size_t cause, Follows why) {
      if (!f.is_cause() || cause == kNone) return;
      f.cause = cause;
      f.follows = why;
    };
    f.cause = kNone;
    f.follows = Follows::Nothing;
    follows(cause_in(causes, Same{f.invariant, f.place}), Follows::Again);
    if (known) {
      follows(cause_in(in_walk, std::tuple{f.walk, f.cpu, kWalkItself}), Follows::Walk);
      if (!resource)
        follows(cause_in(in_walk, std::tuple{f.walk, f.cpu, std::string_view(f.invariant)}),
                Follows::Walk);
    }
    if (resource)
      follows(cause_in(resources, std::pair{f.cpu, std::string_view(f.place)}), Follows::Resource);
    if (f.kind == FindingKind::End) {
      if (known) follows(cause_in(in_walk, std::tuple{f.walk, f.cpu, kAnything}), Follows::End);
      follows(end, Follows::End);
    }
    for (const std::size_t stray : strays)
      if (may_be_by_stray(f, findings[stray]))
        follows(findings[stray].is_cause() ? stray : findings[stray].cause, Follows::Stray);

    const std::size_t cause = f.is_cause() ? i : f.cause;
    if (f.kind == FindingKind::End) end = cause;
    if (f.kind == FindingKind::Stray) strays.push_back(i);
    if (f.is_cause()) causes.emplace(Same{f.invariant, f.place}, i);
    if (resource) resources.emplace(std::pair{f.cpu, std::string_view(f.place)}, cause);
    if (!known) continue;
    in_walk.emplace(std::tuple{f.walk, f.cpu, kAnything}, cause);
    if (!resource) in_walk.emplace(std::tuple{f.walk, f.cpu, std::string_view(f.invariant)}, cause);
    if (f.kind == FindingKind::Walk) in_walk.emplace(std::tuple{f.walk, f.cpu, kWalkItself}, cause);
  }
}

void explain(std::vector<Finding>& findings, const EventStream& stream, const Judged& judged) {
  if (findings.empty()) return;
  std::vector<std::size_t> places;
  places.reserve(findings.size());
  for (const Finding& f : findings) places.push_back(place_in(stream, f));
  find_operations(findings, places, stream, judged);
  find_causes(findings);
  for (std::size_t i = 0; i < findings.size(); ++i) {
    Finding& f = findings[i];
    if (f.wanted.empty()) f.wanted = rule_of(f.invariant, f.kind);
    if (!f.is_cause() || stream.events.empty()) continue;
    name_state(f, places[i], stream, judged);
    look_around(f, places[i], stream, judged.table);
  }
}

}  // namespace cpuhp
