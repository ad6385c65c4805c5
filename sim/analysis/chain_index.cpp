#include "sim/analysis/chain_index.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "sim/trace/brackets.hpp"

namespace cpuhp {
namespace {

/// For each kind of event: true when last() and until() can find events of this kind.
constexpr std::array<bool, kEventKinds> kSignals = [] {
  std::array<bool, kEventKinds> signals{};
  for (const EventKind kind :
       {EventKind::Kick, EventKind::Release, EventKind::IdleDead, EventKind::Complete,
        EventKind::MaskSet, EventKind::MaskClear, EventKind::WaitBegin, EventKind::StopBegin,
        EventKind::StopEnd, EventKind::Acquire, EventKind::Unlock, EventKind::SyncState,
        EventKind::Wake, EventKind::Run, EventKind::OpBegin})
    signals[static_cast<std::size_t>(kind)] = true;
  return signals;
}();

/// Returns the number (see task_number()) that the event's task has on `cpu`.
std::size_t task_number_on(CpuId cpu, Event e, bool one_driver) {
  e.on = cpu;
  return task_number(e, one_driver);
}

/// Returns the innermost callback, phase or wait for the same CPU; without one, the innermost of
/// all.
std::uint32_t innermost(const std::vector<std::uint32_t>& open, const Event& e,
                        const std::vector<Event>& events) {
  for (auto i = open.rbegin(); i != open.rend(); ++i)
    if (events[*i].cpu == e.cpu) return *i;
  return open.empty() ? kNoEvent : open.back();
}

}  // namespace

bool drives(Role role) {
  return role == Role::Control || role == Role::Worker || role == Role::Other;
}

bool opens(EventKind kind) {
  return begins(kind) && kind != EventKind::OpBegin && kind != EventKind::StopBegin;
}

bool closes(const Event& end, const Event& begin) {
  if (!opens(begin.kind) || opener_of(end.kind) != as_opener(begin.kind)) return false;
  if (end.cpu != begin.cpu) return false;
  return end.kind == EventKind::Exit ? end.step == begin.step : end.name == begin.name;
}

std::size_t task_number(const Event& e, bool one_driver) {
  if (one_driver && drives(e.role)) return static_cast<std::size_t>(Role::Control);
  const CpuId place = place_of_task(e);
  return (place == kNoCpu ? 0 : std::size_t{place} + 1) * kRoles + static_cast<std::size_t>(e.role);
}

ChainIndex::ChainIndex(const EventStream& stream, bool one_driver) : stream_(stream) {
  const std::vector<Event>& events = stream.events;
  task_.resize(events.size(), kNoEvent);
  on_cpu_ = subject_ = inside_ = task_;
  std::vector<std::uint32_t> last_of_task, last_on_cpu, last_subject;
  std::vector<std::vector<std::uint32_t>> open;
  for (std::uint32_t i = 0; i < events.size(); ++i) {
    const Event& e = events[i];
    // A Move may stand on either CPU. It belongs to the one that the task leaves.
    const bool moves = e.kind == EventKind::Move;
    const std::size_t task = task_number_on(moves ? e.cpu : e.on, e, one_driver);
    auto& stack = grown_at(open, task, {});
    task_[i] = std::exchange(grown_at(last_of_task, task, kNoEvent), i);
    if (e.on != kNoCpu) on_cpu_[i] = std::exchange(grown_at(last_on_cpu, e.on, kNoEvent), i);
    if (e.cpu != kNoCpu) subject_[i] = std::exchange(grown_at(last_subject, e.cpu, kNoEvent), i);
    inside_[i] = innermost(stack, e, events);
    if (opens(e.kind)) {
      stack.push_back(i);
    } else {
      const auto found = std::find_if(stack.rbegin(), stack.rend(),
                                      [&](std::uint32_t j) { return closes(e, events[j]); });
      if (found != stack.rend()) {
        inside_[i] = *found;
        stack.erase(std::next(found).base());
      }
    }
    // A task that moves keeps its open brackets (callbacks, phases, waits) and its latest event.
    if (moves) {
      const std::size_t moved = task_number_on(static_cast<CpuId>(e.ret), e, one_driver);
      grown_at(open, moved, {}) = std::exchange(grown_at(open, task, {}), {});
      grown_at(last_of_task, moved, kNoEvent) = i;
    }
    if (!kSignals[static_cast<std::size_t>(e.kind)]) continue;
    signals_[{e.kind, e.cpu, kAnyName}].push_back(i);
    signals_[{e.kind, e.cpu, e.name}].push_back(i);
    if (e.cpu == kNoCpu) continue;
    signals_[{e.kind, kNoCpu, kAnyName}].push_back(i);
    signals_[{e.kind, kNoCpu, e.name}].push_back(i);
  }
}

std::uint32_t ChainIndex::before(const Key& key, Ns date) const {
  const auto found = signals_.find(key);
  if (found == signals_.end()) return kNoEvent;
  const auto after =
      std::partition_point(found->second.begin(), found->second.end(),
                           [&](std::uint32_t j) { return stream_.events[j].time < date; });
  return after == found->second.begin() ? kNoEvent : *std::prev(after);
}

std::uint32_t ChainIndex::last(EventKind kind, CpuId cpu, NameId name, std::uint32_t i) const {
  return before({kind, cpu, name}, stream_.events[i].time);
}

std::uint32_t ChainIndex::until(EventKind kind, CpuId cpu, NameId name, std::uint32_t i) const {
  return before({kind, cpu, name}, stream_.events[i].time + 1_ns);
}

}  // namespace cpuhp
