#include "sim/analysis/critical_chain.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <tuple>
#include <utility>

#include "sim/analysis/happened_before.hpp"

namespace cpuhp {
namespace {

constexpr std::array<std::string_view, kLinkKinds> kKindNames{
    "step",      "phase", "core", "hardware", "wake_up",  "spin_exit",
    "interrupt", "poll",  "wait", "stopped",  "untraced", "pause"};

/// For each Role, the words that precede the CPU's number in the name of a task.
constexpr std::array<const char*, kRoles> kTaskNames{
    "control task on CPU ", "CPU ", "cpuhp/",       "migration/",    "CPU ", "kworker on CPU ",
    "interrupt on CPU ",    "",     "task on CPU ", "reader on CPU "};

constexpr std::string_view kKickApWork = "cpuhp_kick_ap_work";

/// A time during which a CPU did not run its task, because of an interrupt or stop_machine().
struct Cut {
  Ns begin{}, end{};
  LinkKind kind = LinkKind::Interrupt;
  std::string what;
  std::string why;
};

class Walk {
 public:
  Walk(const EventStream& stream, const Span& span, const StreamFacts& facts,
       const HappenedBefore& edges)
      : stream_(stream), span_(span), facts_(facts), edges_(edges) {
    find_stops();
  }

  /// Returns the links, ascending. They are found from the end back in time.
  std::vector<ChainLink> links() {
    auto i = static_cast<std::uint32_t>(span_.last);
    // Each move goes back in time or within one task, so more than two moves for each event mean an
    // endless loop.
    for (std::size_t moves = 0; at(i).time > span_.begin; ++moves) {
      const Edge edge = edges_.of(i);
      const bool lost = edge.from == kNoEvent || at(edge.from).time > at(i).time ||
                        moves > 2 * stream_.events.size();
      if (lost) {
        add(link_at(i, span_.begin, at(i).time, LinkKind::Untraced));
        break;
      }
      if (edge.kind)
        add_signal(i, edge);
      else
        add_work(i, edge.from);
      i = edge.from;
    }
    std::reverse(links_.begin(), links_.end());
    return std::move(links_);
  }

 private:
  const Event& at(std::uint32_t i) const { return stream_.events[i]; }

  void find_stops() {
    for (const Event& e : stream_.events) {
      if (e.kind == EventKind::StopBegin)
        stops_.push_back({.begin = e.time,
                          .end = span_.end,
                          .kind = LinkKind::Stopped,
                          .what = "stop_machine",
                          .why = "CPU " + std::to_string(e.cpu) + " is taken down"});
      if (e.kind == EventKind::StopEnd && !stops_.empty()) stops_.back().end = e.time;
    }
  }

  ChainLink link_at(std::uint32_t i, Ns begin, Ns end, LinkKind kind) const {
    const Event& e = at(i);
    return part_of({.on = e.on, .role = e.role, .cpu = e.cpu, .kind = kind}, begin, end);
  }

  void add(ChainLink link) {
    if (link.duration <= Ns{}) return;
    if (!links_.empty()) {
      ChainLink& next = links_.back();  // the links are found back in time
      const auto same = [](const ChainLink& l) {
        return std::tie(l.on, l.role, l.cpu, l.kind, l.step, l.direction, l.what, l.why);
      };
      if (same(next) == same(link)) {
        next.begin = link.begin;
        next.duration += link.duration;
        return;
      }
    }
    links_.push_back(std::move(link));
  }

  void add_signal(std::uint32_t i, const Edge& edge) {
    ChainLink link = link_at(i, at(edge.from).time, at(i).time, *edge.kind);
    link.what = edge.what;
    link.why = edge.why;
    // The next links are earlier in time. They get this signal's reason; Wait and Core are no
    // signals, so the old reason stays.
    if (edge.kind != LinkKind::Wait && edge.kind != LinkKind::Core)
      reason_ = edge.reason.empty() ? edge.why : edge.reason;
    link.waited = edge.waited;
    add(std::move(link));
  }

  /// Adds the time of running code: links for the innermost open callback or phase, interrupted by
  /// links for interrupts and stop_machine().
  void add_work(std::uint32_t i, std::uint32_t from) {
    const Ns begin = at(from).time;
    Ns end = at(i).time;
    if (begin == end) return;
    ChainLink work = work_at(i, begin, end);
    if (work.kind == LinkKind::Untraced) work.why = reason_ = "";
    const Event& before = at(from);
    // Core time just after a phase counts to this phase. For example, a guest's CPU has ended its
    // phase vm_exit, but still waits while the host serves the VM exits of polling APs.
    if (work.kind == LinkKind::Core && before.kind == EventKind::PhaseEnd) {
      work.kind = LinkKind::Phase;
      work.what = stream_.names[before.name];
    }
    std::vector<Cut> cuts = cuts_between(from, i);
    for (auto cut = cuts.rbegin(); cut != cuts.rend(); ++cut) {
      const Ns cut_end = std::min(cut->end, end), cut_begin = std::max(cut->begin, begin);
      if (cut_end <= cut_begin) continue;
      add(part_of(work, cut_end, end));
      ChainLink between = part_of(work, cut_begin, cut_end);
      between.kind = cut->kind;
      between.what = cut->what;
      between.why = cut->why;
      between.step = -1;
      between.symbol.clear();
      add(std::move(between));
      end = cut_begin;
    }
    add(part_of(work, begin, end));
  }

  ChainLink part_of(ChainLink link, Ns begin, Ns end) const {
    link.begin = std::max(begin, span_.begin);
    link.duration = std::max(end, span_.begin) - link.begin;
    return link;
  }

  ChainLink work_at(std::uint32_t i, Ns begin, Ns end) const {
    ChainLink link = link_at(i, begin, end, LinkKind::Core);
    link.why = reason_;
    const std::uint32_t open = edges_.index().inside(i);
    if (open == kNoEvent) {
      if (facts_.callbacks_only) link.kind = LinkKind::Untraced;
      return link;
    }
    const Event& b = at(open);
    link.what = stream_.names[b.name];
    if (b.kind == EventKind::PhaseBegin) {
      link.kind = LinkKind::Phase;
    } else if (b.kind == EventKind::WaitBegin) {
      link.kind = LinkKind::Wait;
    } else if (link.what != kKickApWork) {
      link.kind = LinkKind::Step;
      link.symbol = std::exchange(link.what, facts_.step(b.step));
      link.step = b.step;
      link.direction = facts_.direction(b, stream_.names);
    }
    return link;
  }

  /// Returns the interrupts and stop_machine() times of this CPU between the two events, ascending.
  std::vector<Cut> cuts_between(std::uint32_t from, std::uint32_t i) const {
    std::vector<Cut> cuts;
    const Event& e = at(i);
    if (facts_.callbacks_only) return cuts;
    for (std::uint32_t j = edges_.index().on_cpu(i); j != kNoEvent && at(j).time > at(from).time;
         j = edges_.index().on_cpu(j))
      if (at(j).kind == EventKind::Interrupt)
        cuts.push_back({at(j).time, at(j).time + handler_of(at(j)), LinkKind::Interrupt,
                        stream_.names[at(j).name], "an interrupt handler runs in between"});
    const bool stoppable =
        e.role != Role::ApBoot && e.role != Role::Idle && e.role != Role::Stopper;
    const auto first = std::partition_point(stops_.begin(), stops_.end(),
                                            [&](const Cut& c) { return c.end <= at(from).time; });
    for (auto stop = first; stoppable && stop != stops_.end() && stop->begin < e.time; ++stop)
      cuts.push_back(*stop);
    std::ranges::stable_sort(cuts, {}, &Cut::begin);
    return cuts;
  }

  const EventStream& stream_;
  const Span& span_;
  const StreamFacts& facts_;
  const HappenedBefore& edges_;
  std::vector<Cut> stops_;
  std::string reason_;  ///< why a task waits for the events that links() handles now
  std::vector<ChainLink> links_;
};

/// Cuts the links at pauses, which are times between operations.
std::vector<ChainLink> with_pauses(std::vector<ChainLink> links, const std::vector<Pause>& pauses) {
  if (pauses.empty()) return links;
  std::vector<ChainLink> all;
  const auto add = [&](ChainLink link, Ns begin, Ns end) {
    if (begin >= end) return;
    link.begin = begin;
    link.duration = end - begin;
    all.push_back(std::move(link));
  };
  for (const ChainLink& link : links) {
    Ns from = link.begin;
    for (auto p = pause_after(pauses, from); p != pauses.end() && p->begin < link.end(); ++p) {
      add(link, from, p->begin);
      from = std::max(from, p->begin);
      const Ns until = std::min(p->end, link.end());
      if (!all.empty() && all.back().kind == LinkKind::Pause && all.back().end() == from)
        all.back().duration += until - from;
      else
        add({.on = link.on, .role = link.role, .kind = LinkKind::Pause}, from, until);
      from = until;
    }
    add(link, from, link.end());
  }
  return all;
}

}  // namespace

std::string_view to_string(LinkKind kind) { return kKindNames[static_cast<std::size_t>(kind)]; }

std::vector<CriticalChain> critical_chains(const EventStream& stream,
                                           const std::vector<Span>& spans,
                                           const StreamFacts& facts) {
  const HappenedBefore edges(stream, facts);
  std::vector<CriticalChain> chains;
  for (const Span& span : spans) {
    chains.push_back({span, {}});
    if (!stream.events.empty())
      chains.back().links = with_pauses(Walk(stream, span, facts, edges).links(), span.pauses);
  }
  return chains;
}

CriticalChain critical_chain(const EventStream& stream, const Span& span,
                             const StreamFacts& facts) {
  // A chain may have a million links, so it is moved, not copied.
  return std::move(critical_chains(stream, {span}, facts).front());
}

std::vector<ChainShare> shares(const CriticalChain& chain, CpuId boot_cpu) {
  std::map<std::tuple<LinkKind, std::string, bool>, ChainShare> sums;
  for (const ChainLink& link : chain.links) {
    const bool control =
        drives(link.role) || (link.on == boot_cpu && link.role != Role::CpuhpThread);
    ChainShare& share = sums[{link.kind, link.what, control}];
    share.kind = link.kind;
    share.what = link.what;
    share.control = control;
    share.sum += link.duration;
    ++share.links;
    if (link.duration <= share.largest) continue;
    share.largest = link.duration;
    share.largest_cpu = link.cpu;
  }
  std::vector<ChainShare> all;
  for (auto& [key, share] : sums) all.push_back(std::move(share));
  std::ranges::stable_sort(all, std::greater{}, &ChainShare::sum);
  return all;
}

std::string who(const ChainLink& link, CpuId boot_cpu) {
  if (link.role == Role::Background) return "other tasks";
  if (link.role == Role::Control && link.on == boot_cpu) return "control CPU";
  return kTaskNames[static_cast<std::size_t>(link.role)] + std::to_string(link.on);
}

}  // namespace cpuhp
