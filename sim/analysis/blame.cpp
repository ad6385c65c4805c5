#include "sim/analysis/blame.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "sim/analysis/chain_index.hpp"
#include "sim/trace/brackets.hpp"

namespace cpuhp {
namespace {

constexpr std::array<std::string_view, 6> kBlameNames{"step",  "phase", "spin",
                                                      "sleep", "lock",  "stop"};

/// A callback, phase or wait of a task that has begun and not ended.
struct OpenBracket {
  std::size_t event = 0;
  Ns inner{};  ///< time of callbacks, phases and waits within it, which count separately
};

class Sums {
 public:
  Sums(const EventStream& stream, const Span& span, const StreamFacts& facts)
      : stream_(stream), span_(span), facts_(facts) {
    for (const Event& e : stream.events)
      if (e.kind == EventKind::Unlock) locks_.insert(e.name);
    for (std::size_t i = 0; i < stream_.events.size(); ++i) {
      const Event& e = stream_.events[i];
      if (e.time > span_.end) break;
      event(i, e);
    }
  }

  std::vector<Occurrences> rows() {
    std::vector<Occurrences> all;
    for (auto& [key, found] : rows_) {
      BlameRow row = row_for(key, found);
      all.push_back({std::move(row), std::move(found)});
    }
    return all;
  }

  Blame finish(const CriticalChain& chain) {
    Blame blame;
    for (Occurrences& one : rows()) {
      add_outliers(blame, one.row, one.all);
      blame.rows.push_back(std::move(one.row));
    }
    place_on_chain(blame, chain);
    std::ranges::stable_sort(blame.rows, std::greater{}, &BlameRow::sum);
    std::ranges::stable_sort(blame.outliers, std::greater{}, &Outlier::duration);
    return blame;
  }

 private:
  static constexpr std::size_t kNoTask = static_cast<std::size_t>(-1);

  struct Row {
    BlameKind kind;
    StateId step;
    Direction direction;
    NameId name;
    auto operator<=>(const Row&) const = default;
  };

  void event(std::size_t i, const Event& e) {
    places(e);
    if (e.kind == EventKind::Kick) kicked_[e.cpu] = e.time;
    if (e.kind == EventKind::Interrupt) interrupt(e);
    if (e.kind == EventKind::StopBegin) stop_begin_ = e.time;
    if (e.kind == EventKind::StopEnd) stop(e);
    if (e.role == Role::ApBoot) first_instruction(e);
    // In a trace the task that drives an operation may move to another CPU. It stays one task.
    const std::size_t task = task_number(e, facts_.callbacks_only);
    std::vector<OpenBracket>& stack = grown_at(open_, task, {});
    if (opens(e.kind))
      stack.push_back({i, {}});
    else if (opener_of(e.kind))
      close(e, stack);
    if (e.on != kNoCpu && e.role != Role::Irq) grown_at(running_, e.on, kNoTask) = task;
  }

  void close(const Event& e, std::vector<OpenBracket>& stack) {
    const auto found = std::find_if(stack.rbegin(), stack.rend(), [&](const OpenBracket& o) {
      return closes(e, stream_.events[o.event]);
    });
    if (found == stack.rend()) return;
    const Event& b = stream_.events[found->event];
    const Ns whole = e.time - b.time;
    const Ns own = std::max(Ns{}, whole - found->inner);
    stack.erase(std::next(found).base());
    if (!stack.empty()) stack.back().inner += whole;
    add(row_of(b), {b.time, own, b.cpu});
  }

  Row row_of(const Event& b) const {
    if (b.kind == EventKind::PhaseBegin) return {BlameKind::Phase, -1, Direction::Up, b.name};
    if (b.kind == EventKind::WaitBegin) {
      const BlameKind kind = locks_.contains(b.name) ? BlameKind::Lock
                             : b.value != 0          ? BlameKind::Spin
                                                     : BlameKind::Sleep;
      return {kind, -1, Direction::Up, b.name};
    }
    const Direction direction = facts_.direction(b, stream_.names);
    if (stream_.names[b.name] == "cpuhp_kick_ap_work")
      return {BlameKind::Sleep, -1, direction, b.name};
    return {BlameKind::Step, b.step, direction, b.name};
  }

  void add(const Row& row, const Occurrence& occurrence) {
    if (occurrence.begin < span_.begin || occurrence.duration <= Ns{}) return;
    const auto pause = pause_after(span_.pauses, occurrence.begin);
    if (pause != span_.pauses.end() && pause->begin <= occurrence.begin) return;
    rows_[row].push_back(occurrence);
  }

  /// Subtracts the time of an interrupt handler from what the interrupted task was doing.
  void interrupt(const Event& e) {
    if (e.on >= running_.size() || running_[e.on] == kNoTask) return;
    std::vector<OpenBracket>& stack = open_[running_[e.on]];
    if (stack.empty()) return;
    OpenBracket& open = stack.back();
    if (stream_.events[open.event].kind != EventKind::WaitBegin) open.inner += handler_of(e);
  }

  void stop(const Event& e) {
    if (!stop_begin_) return;
    const Ns length = e.time - *stop_begin_;
    for (std::size_t task = 0; task < open_.size(); ++task) {
      std::vector<OpenBracket>& stack = open_[task];
      if (task % kRoles != static_cast<std::size_t>(Role::Stopper) && !stack.empty() &&
          stream_.events[stack.back().event].time <= *stop_begin_)
        stack.back().inner += length;
    }
    add({BlameKind::Stop, -1, Direction::Up, 0}, {*stop_begin_, length, e.cpu});
    stop_begin_.reset();
  }

  /// Adds the time from the CPU's kick to its first instruction. No callback, phase or wait covers
  /// it.
  void first_instruction(const Event& e) {
    const auto kick = kicked_.find(e.cpu);
    if (kick == kicked_.end()) return;
    add({BlameKind::Phase, -1, Direction::Up, stream_.names.find("alive")},
        {kick->second, e.time - kick->second, e.cpu});
    kicked_.erase(kick);
  }

  /// Notes the first CPU to come online in each socket, except the boot CPU. Also notes the first
  /// CPU of the machine that comes online in a core that already has an online CPU.
  void places(const Event& e) {
    const Topology* const t = facts_.topology;
    if (t == nullptr || e.cpu >= t->nr_cpus() || e.kind != EventKind::MaskSet ||
        stream_.names[e.name] != "online")
      return;
    const CpuPlace& p = t->place(e.cpu);
    if (sockets_.insert(p.socket).second && e.cpu != facts_.boot_cpu)
      places_.try_emplace(e.cpu, "first CPU of socket " + std::to_string(p.socket));
    if (!cores_.insert({p.socket, p.core}).second && !std::exchange(siblings_, true))
      places_.try_emplace(e.cpu, "first sibling thread of the machine");
  }

  BlameRow row_for(const Row& key, const std::vector<Occurrence>& all) const {
    BlameRow row{.kind = key.kind,
                 .name = name_of(key),
                 .step = key.step,
                 .direction = key.direction,
                 .count = all.size()};
    if (key.kind == BlameKind::Step) row.symbol = stream_.names[key.name];
    std::vector<Ns> durations;
    for (const Occurrence& o : all) {
      row.sum += o.duration;
      durations.push_back(o.duration);
      if (o.duration <= row.largest) continue;
      row.largest = o.duration;
      row.largest_cpu = o.cpu;
    }
    const auto middle = durations.begin() + static_cast<std::ptrdiff_t>(durations.size() / 2);
    std::nth_element(durations.begin(), middle, durations.end());
    row.median = *middle;
    return row;
  }

  std::string name_of(const Row& key) const {
    if (key.kind == BlameKind::Step) return facts_.step(key.step);
    return key.kind == BlameKind::Stop ? "stop_machine" : stream_.names[key.name];
  }

  /// Adds occurrences that took at least ten times the row's median and a thousandth of the span.
  /// In a boot, also adds the only occurrence of a row if it took at least a hundredth of the span.
  void add_outliers(Blame& blame, const BlameRow& row, const std::vector<Occurrence>& all) const {
    const bool wait =
        row.kind == BlameKind::Spin || row.kind == BlameKind::Sleep || row.kind == BlameKind::Lock;
    const bool only = all.size() == 1 && span_.what == "boot";
    if (wait || (all.size() < 4 && !only)) return;
    const Ns worth = Ns{span_.total().v / (only ? 100 : 1000)};
    for (const Occurrence& o : all) {
      if (o.duration < worth || (!only && o.duration.v < row.median.v * 10)) continue;
      const auto place = places_.find(o.cpu);
      blame.outliers.push_back({row.kind, row.name, row.direction, o.cpu, o.begin, o.duration,
                                only ? Ns{} : row.median,
                                place == places_.end() ? "" : place->second});
    }
  }

  void place_on_chain(Blame& blame, const CriticalChain& chain) const {
    std::map<std::tuple<BlameKind, std::string, Direction>, Ns> sums;
    for (const ChainLink& link : chain.links) {
      if (link.kind == LinkKind::Step)
        sums[{BlameKind::Step, link.what, link.direction}] += link.duration;
      if (link.kind == LinkKind::Phase || link.kind == LinkKind::Hardware)
        sums[{BlameKind::Phase, link.what, Direction::Up}] += link.duration;
    }
    for (BlameRow& row : blame.rows)
      if (const auto found = sums.find({row.kind, row.name, row.direction}); found != sums.end())
        row.on_chain = found->second;
  }

  const EventStream& stream_;
  const Span& span_;
  const StreamFacts& facts_;
  std::set<NameId> locks_;
  std::vector<std::vector<OpenBracket>> open_;  ///< each task's open callbacks, phases and waits
  std::vector<std::size_t> running_;            ///< the task that runs on each CPU
  std::map<CpuId, Ns> kicked_;
  std::map<Row, std::vector<Occurrence>> rows_;
  std::optional<Ns> stop_begin_;
  std::set<std::uint32_t> sockets_;
  std::set<std::pair<std::uint32_t, std::uint32_t>> cores_;
  std::map<CpuId, std::string> places_;
  bool siblings_ = false;
};

}  // namespace

std::vector<Occurrences> occurrences(const EventStream& stream, const Span& span,
                                     const StreamFacts& facts) {
  return Sums(stream, span, facts).rows();
}

std::string_view to_string(BlameKind kind) { return kBlameNames[static_cast<std::size_t>(kind)]; }

Blame blame(const EventStream& stream, const Span& span, const StreamFacts& facts,
            const CriticalChain& chain) {
  return Sums(stream, span, facts).finish(chain);
}

}  // namespace cpuhp
