#include "model/checks/callbacks.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <tuple>
#include <utility>

namespace cpuhp {
namespace {

constexpr const char* kMirror = "facts.md 5, I2";
constexpr const char* kEachInstance = "facts.md 5, I31";
constexpr const char* kEachCallback = "facts.md 3.4";

}  // namespace

Callbacks::Callbacks(const EventStream& stream, const Judged& judged, const Walks& walks)
    : stream_(stream),
      judged_(judged),
      counts_(judged.table.all().size() * 2, kNone),
      slots_(counts_.size()) {
  exact_ = !judged.traced_only && !walks.registers;
  by_table();
  if (!exact_) by_evidence(walks);
  link();
}

bool Callbacks::visible(StateId state) const {
  return !judged_.traced_only || judged_.table.section(state) != Section::Starting;
}

void Callbacks::by_table() {
  for (const State& s : judged_.table.all()) {
    if (!visible(s.id) || judged_.table.section(s.id) == Section::None) continue;
    for (const bool up : {true, false}) {
      const bool symbol = !(up ? s.startup : s.teardown).empty();
      const bool assumed = up ? s.startup_assumed : s.teardown_assumed;
      slots_[index(s.id, up)] = symbol;
      if (!symbol || (assumed && !exact_)) continue;
      counts_[index(s.id, up)] = s.multi ? (s.instances > 0 ? s.instances : kNone) : 1;
    }
    // Somebody's state of which nobody saw a callback.
    if (!exact_ && !s.name.empty() && !s.has_callbacks())
      slots_[index(s.id, true)] = slots_[index(s.id, false)] = true;
  }
}

/// What ran is there, whatever the table says.
void Callbacks::by_evidence(const Walks& walks) {
  for (const Step& s : walks.steps) {
    registered_ = registered_ || s.registered;
    if (s.kind == StepKind::Kick || !judged_.table.valid(s.state) || !s.entered()) continue;
    if (judged_.table.section(s.state) == Section::None || !visible(s.state)) continue;
    // One that is seen with a wrong symbol, or at a wrong number, is told as such.
    std::uint16_t& count = counts_[index(s.state, s.up)];
    if (count == kNone) count = s.multi ? kMany : 1;
    if (s.multi) count = kMany;
    slots_[index(s.state, s.up)] = true;
  }
}

void Callbacks::link() {
  const std::size_t n = judged_.table.all().size();
  next_up_.assign(n + 1, kNoState);
  next_down_.assign(n + 1, kNoState);
  const auto there = [&](StateId state, bool up) {
    return has(state, up) && judged_.table.section(state) != Section::Starting;
  };
  for (std::size_t i = n; i-- > 0;) {
    const auto state = static_cast<StateId>(i);
    next_up_[i] = there(state, true) ? state : next_up_[i + 1];
  }
  for (std::size_t i = 0; i < n; ++i) {
    const auto state = static_cast<StateId>(i);
    next_down_[i] = there(state, false) ? state : (i == 0 ? kNoState : next_down_[i - 1]);
  }
}

StateId Callbacks::next(StateId from, StateId bound, bool up, bool atomic) const {
  const StateId max = judged_.table.max();
  int state = up ? std::max(0, from + 1) : std::min<int>(max, from - 1);
  const auto within = [&] {
    return up ? state <= std::min(bound, max) : state >= std::max<int>(bound, 0);
  };
  if (!within()) return kNoState;
  if (!atomic) {
    state = (up ? next_up_ : next_down_)[static_cast<std::size_t>(state)];
    return state != kNoState && within() ? static_cast<StateId>(state) : kNoState;
  }
  for (; within(); state += up ? 1 : -1) {
    const auto id = static_cast<StateId>(state);
    if (has(id, up) && judged_.table.section(id) == Section::Starting) return id;
  }
  return kNoState;
}

void Callbacks::skipped(const Pass& pass, bool turned, bool atomic) {
  const auto last = static_cast<StateId>(pass.up ? pass.to - 1 : pass.to + 1);
  for (StateId s = next(pass.from, last, pass.up, atomic); s != kNoState;
       s = next(s, last, pass.up, atomic))
    if (!turned || !left_out(s)) passed(pass, s, 0);
}

void Callbacks::passed(const Pass& pass, StateId state, std::uint16_t count) {
  if (!exact_) return record(pass, state, count);
  const std::uint16_t expected = counts_[index(state, pass.up)];
  if (expected != kNone && count != expected) missing_.push_back({pass, state, count, expected});
  if (expected == kNone && count > 0) missing_.push_back({pass, state, count, 0});
}

/// Both directions of a both-sided state tell the same: whether it is set up, and its instances.
Callbacks::Series& Callbacks::series(StateId state, bool up) {
  if (series_.empty()) series_.resize(counts_.size());
  return series_[index(state, both_sided(state) || up)];
}

void Callbacks::record(const Pass& pass, StateId state, std::uint16_t count) {
  Series& s = series(state, pass.up);
  const bool there = s.there && !judged_.table.at(state).multi;
  s.seen.push_back({pass, count, s.era + era_, there});
}

void Callbacks::changed(StateId state, bool there) {
  if (exact_) return;
  if (state == kNoState) {
    ++era_;
    return;
  }
  const auto begin = [there](Series& s) {
    ++s.era;
    s.there = there;
  };
  begin(series(state, true));
  if (!both_sided(state)) begin(series(state, false));
}

/// Part of the kernel's own table, before anything is set up (facts.md 3.2).
bool Callbacks::always_there(StateId state) const {
  static constexpr std::array<std::string_view, 18> kOwn{
      "threads:prepare",  "perf:prepare",     "random:prepare",         "workqueue:prepare",
      "hrtimers:prepare", "smpcfd:prepare",   "relay:prepare",          "RCU/tree:prepare",
      "timers:prepare",   "cpu:bringup",      "smpboot/threads:online", "irq/affinity:online",
      "perf:online",      "workqueue:online", "random:online",          "RCU/tree:online",
      "sched:active",     "cpu:teardown"};
  return std::find(kOwn.begin(), kOwn.end(), judged_.table.at(state).name) != kOwn.end();
}

bool Callbacks::told(StateId state, bool up) const {
  return has(state, up) && (!registered_ || always_there(state));
}

/// What the walks around this one show: the middle of five.
std::uint16_t Callbacks::usual(StateId state, const std::vector<Seen>& era, std::size_t at) const {
  const std::uint16_t own = era[at].count;
  if (era[at].there && era.size() <= 2) return std::max<std::uint16_t>(own, 1);
  const std::uint16_t table = counts_[index(state, era[at].pass.up)];
  if (era.size() == 1) {
    const bool known = !judged_.inferred && table != kMany && table != kNone &&
                       !judged_.table.at(state).multi && (!registered_ || always_there(state));
    return known ? table : own;
  }
  if (era.size() == 2)
    return registered_ && !always_there(state) ? own : std::max(era[0].count, era[1].count);
  std::array<std::uint16_t, 5> around{};
  std::size_t n = 0;
  for (std::size_t i = at < 2 ? 0 : at - 2; i < era.size() && i <= at + 2; ++i)
    around[n++] = era[i].count;
  std::sort(around.begin(), around.begin() + static_cast<std::ptrdiff_t>(n));
  const std::uint16_t low = around[(n - 1) / 2], high = around[n / 2];
  return own == low || own == high ? own : low;
}

void Callbacks::judge(StateId state, const std::vector<Seen>& seen) {
  std::vector<Seen> era;
  for (std::size_t i = 0; i < seen.size();) {
    era.clear();
    for (const std::uint32_t now = seen[i].era; i < seen.size() && seen[i].era == now; ++i)
      era.push_back(seen[i]);
    for (std::size_t at = 0; at < era.size(); ++at) {
      const std::uint16_t wanted = usual(state, era, at);
      if (wanted != era[at].count) missing_.push_back({era[at].pass, state, era[at].count, wanted});
    }
  }
}

std::vector<Finding> Callbacks::findings() {
  for (std::size_t i = 0; i < series_.size(); ++i)
    judge(static_cast<StateId>(i / 2), series_[i].seen);
  tell();
  return std::move(findings_);
}

/// Steps that one gap lacks are one finding.
void Callbacks::tell() {
  std::stable_sort(missing_.begin(), missing_.end(), [](const Missing& a, const Missing& b) {
    return std::tuple(a.pass.event, a.pass.cpu, a.pass.from, a.state) <
           std::tuple(b.pass.event, b.pass.cpu, b.pass.from, b.state);
  });
  for (std::size_t i = 0; i < missing_.size();) {
    const Missing& first = missing_[i];
    std::size_t n = 1;
    const auto same = [&](const Missing& m) {
      return m.count == 0 && m.pass.event == first.pass.event && m.pass.cpu == first.pass.cpu &&
             m.pass.from == first.pass.from;
    };
    while (first.count == 0 && i + n < missing_.size() && same(missing_[i + n])) ++n;
    if (n <= 2) {
      for (std::size_t k = 0; k < n; ++k)
        find(missing_[i + k].pass, missing_[i + k].state, missing_[i + k].count,
             missing_[i + k].usual);
    } else {
      const Pass& p = first.pass;
      findings_.push_back({"complete", kEachCallback, p.cpu, stream_.events[p.event].time,
                           std::to_string(n) + " steps of CPU " + std::to_string(p.cpu) +
                               " are missing on the way " + (p.up ? "up" : "down") + " from " +
                               std::to_string(p.from) + " to " + std::to_string(p.to) +
                               ", the first is " + step_text(judged_.table, first.state),
                           place_of(judged_.table, first.state), p.event});
    }
    i += n;
  }
}

void Callbacks::find(const Pass& p, StateId state, std::uint16_t count, std::uint16_t usual) {
  const bool instances = count > 0 && usual > 0;
  const char* invariant = instances ? "I31" : both_sided(state) ? "I2" : "complete";
  const char* source = instances ? kEachInstance : both_sided(state) ? kMirror : kEachCallback;
  std::string text = step_text(judged_.table, state) + " of CPU " + std::to_string(p.cpu);
  const std::string way = std::string(" on the way ") + (p.up ? "up" : "down");
  if (instances)
    text += " runs for " + std::to_string(count) + " instances" + way + ", not for " +
            std::to_string(usual);
  else if (count == 0)
    text += " is missing" + way;
  else
    text += " runs" + way + ", where other walks have no such step";
  findings_.push_back({invariant, source, p.cpu, stream_.events[p.event].time, std::move(text),
                       place_of(judged_.table, state), p.event});
}

}  // namespace cpuhp
