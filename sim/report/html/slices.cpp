#include "sim/report/html/slices.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>
#include <utility>

#include "sim/trace/brackets.hpp"

namespace cpuhp {
namespace {

/// Identifies a task by its CPU and role. A CPU may run several kworkers and readers, so a kworker's
/// key also has the CPU for which it works, a reader's its number. Slices of the same task are nested.
using TaskKey = std::tuple<CpuId, Role, CpuId>;

TaskKey task_of(const Event& e) {
  const CpuId one = e.role == Role::Worker   ? e.cpu
                    : e.role == Role::Reader ? CpuId{e.instance}
                                             : kNoCpu;
  return {e.on, e.role, one};
}

struct OpenSlice {
  EventKind opener;
  Slice slice;
};

/// The events that get a mark.
constexpr std::array kMarked{
    EventKind::Kick,           EventKind::Alive,    EventKind::Release,  EventKind::Available,
    EventKind::IdleDead,       EventKind::Dead,     EventKind::BootDone, EventKind::BootWorkDone,
    EventKind::BackgroundDone, EventKind::Injected, EventKind::Timeout,  EventKind::Warn,
    EventKind::Panic,          EventKind::Hang,     EventKind::Blame};

class SliceBuilder {
 public:
  SliceBuilder(const EventStream& stream, Ns end) : stream_(stream), end_(end) {
    slices_.lanes.resize(stream.nr_cpus);
    failed_.resize(stream.nr_cpus);
  }

  Slices build() {
    for (const Event& e : stream_.events) event(e);
    for (auto& [task, open] : open_)
      for (; !open.empty(); open.pop_back()) {
        Slice slice = open.back().slice;
        slice.open = true;
        put(std::get<0>(task), slice, std::max(end_, slice.begin));
      }
    for (std::vector<Slice>& lane : slices_.lanes)
      std::ranges::stable_sort(lane, {}, [](const Slice& s) { return std::tie(s.begin, s.depth); });
    return std::move(slices_);
  }

 private:
  void event(const Event& e) {
    if (e.on >= slices_.lanes.size()) return;
    if (e.kind == EventKind::Register) registered_[e.step] = e.name;
    if (e.kind == EventKind::OpBegin || e.kind == EventKind::Rest) failed_of(e.cpu) = {};
    if (std::ranges::find(kMarked, e.kind) != kMarked.end())
      slices_.marks.push_back({e.time, e.kind, e.cpu, e.on, e.name, e.ret});
    if (const auto opener = opener_of(e.kind)) return close(*opener, e);
    switch (e.kind) {
      case EventKind::Enter:
      case EventKind::MultiEnter:
        return step(e);
      case EventKind::PhaseBegin:
        return open(e, shape(SliceKind::Phase, e));
      case EventKind::WaitBegin:
        return open(e, shape(e.value == 0 ? SliceKind::Sleep : SliceKind::Spin, e));
      case EventKind::StopBegin:
        return open(e, shape(SliceKind::Stop, e));
      case EventKind::Interrupt:
        return put(e.on,
                   {.begin = e.time, .shape = number(shape(SliceKind::Interrupt, e)), .cpu = e.cpu},
                   e.time + handler_of(e));
      case EventKind::Move:
        return move(e);
      default:
        return;
    }
  }

  /// Whether a callback has failed on a CPU's way up or down, and the direction of this way.
  /// Callbacks in the other direction then belong to the rollback.
  struct Failed {
    bool yes = false;
    bool down = false;
    StateId step = -1;
    std::size_t mark = 0;  ///< index in slices_.marks
  };
  Failed& failed_of(CpuId cpu) { return cpu < failed_.size() ? failed_[cpu] : nobody_; }

  void step(const Event& e) {
    SliceShape s = shape(SliceKind::Step, e);
    s.step = e.step;
    s.target = e.value;
    s.instance = e.instance;
    if (const auto found = registered_.find(e.step); found != registered_.end())
      s.state = found->second;
    s.rollback = goes_back(e);
    open(e, s);
  }

  /// True for a callback of a rollback. After a failure, the direction of the next callback shows
  /// whether the CPU goes back. Calls of the failed step that keep the direction do not count: they
  /// undo its other instances. Since 6.2 the kernel ignores failures in STARTING and DYING
  /// callbacks, and the CPU goes on.
  bool goes_back(const Event& e) {
    Failed& failed = failed_of(e.cpu);
    if (!failed.yes) return false;
    const bool back = failed.down != (e.value < e.step);
    const bool undoes = !back && e.step == failed.step;
    AfterFailure& after = slices_.marks[failed.mark].after;
    if (after == AfterFailure::Nothing && !undoes)
      after = back ? AfterFailure::Back : AfterFailure::On;
    if (!back && !undoes) failed = {};
    return back;
  }

  static SliceShape shape(SliceKind kind, const Event& e) {
    return {.kind = kind, .role = e.role, .name = e.name};
  }

  std::uint32_t number(const SliceShape& s) {
    const auto [at, is_new] =
        numbers_.try_emplace(s, static_cast<std::uint32_t>(slices_.shapes.size()));
    if (is_new) slices_.shapes.push_back(s);
    return at->second;
  }

  void open(const Event& e, const SliceShape& s) {
    std::vector<OpenSlice>& stack = open_[task_of(e)];
    const auto depth = static_cast<std::uint32_t>(stack.size());
    stack.push_back(
        {as_opener(e.kind), {.begin = e.time, .shape = number(s), .cpu = e.cpu, .depth = depth}});
  }

  /// Ends the innermost slice if an event of kind `opener` has begun it.
  void close(EventKind opener, const Event& e) {
    std::vector<OpenSlice>& stack = open_[task_of(e)];
    if (stack.empty() || stack.back().opener != opener) return;
    Slice slice = stack.back().slice;
    stack.pop_back();
    slice.ret = e.ret;
    if (opener == EventKind::Enter && e.ret < 0) fails(e, slices_.shapes[slice.shape]);
    put(e.on, slice, e.time);
  }

  /// Adds a mark when a callback is the first to fail on a CPU's way up or down.
  void fails(const Event& e, const SliceShape& s) {
    Failed& failed = failed_of(e.cpu);
    if (failed.yes) return;
    failed = {true, s.target < s.step, s.step, slices_.marks.size()};
    slices_.marks.push_back({e.time, EventKind::Exit, e.cpu, e.on, s.name, e.ret});
  }

  void move(const Event& e) {
    const auto to = static_cast<CpuId>(e.ret);
    if (to >= slices_.lanes.size()) return;
    std::vector<OpenSlice> stack = std::exchange(open_[task_of(e)], {});
    for (OpenSlice& o : stack) {
      put(e.on, o.slice, e.time);
      o.slice.begin = e.time;
    }
    Event there = e;
    there.on = to;
    open_[task_of(there)] = std::move(stack);
  }

  void put(CpuId on, Slice slice, Ns end) {
    slice.duration = end - slice.begin;
    slices_.lanes[on].push_back(slice);
  }

  const EventStream& stream_;
  Ns end_;
  Slices slices_;
  std::map<SliceShape, std::uint32_t> numbers_;
  std::map<TaskKey, std::vector<OpenSlice>> open_;
  std::map<StateId, NameId> registered_;
  std::vector<Failed> failed_;
  Failed nobody_;
};

}  // namespace

Slices slices(const EventStream& stream, Ns end) { return SliceBuilder(stream, end).build(); }

}  // namespace cpuhp
