#include "model/checks/callbacks.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <tuple>
#include <utility>

namespace cpuhp {
namespace {

constexpr const char* kMirror = "docs/kernel.md 7, I2";
constexpr const char* kEachInstance = "docs/kernel.md 7, I31";
constexpr const char* kEachCallback = "docs/kernel.md 4.4";

/// True when the stream can show the state's callbacks. A kernel's trace lacks those of STARTING.
bool visible(const Judged& judged, StateId state) {
  const Section section = judged.table.section(state);
  return section != Section::None && !(judged.traced_only && section == Section::Starting);
}

}  // namespace

CallbackTable::CallbackTable(const Judged& judged, bool exact)
    : callees_(judged.table.all().size() * 2) {
  for (const State& s : judged.table.all()) {
    if (!visible(judged, s.id)) continue;
    for (const bool up : {true, false}) {
      const bool symbol = !(up ? s.startup : s.teardown).empty();
      const bool assumed = up ? s.startup_assumed : s.teardown_assumed;
      Callee& callee = at(s.id, up);
      callee.slot = symbol;
      if (!symbol || (assumed && !exact)) continue;
      callee.count = s.multi ? (s.instances > 0 ? s.instances : Callee::kNone) : 1;
    }
    // The state has a name, so it exists, although the trace has shown no callback of it. So
    // hotplug/fail may have injected a fault there.
    if (!exact && !s.name.empty() && !s.has_callbacks())
      at(s.id, true).slot = at(s.id, false).slot = true;
  }
  link(judged.table);
}

void CallbackTable::link(const StateTable& table) {
  StateId next = kNoState, starting = kNoState;
  const auto pass = [&](StateId state, bool up) {
    Callee& callee = at(state, up);
    if (callee.calls()) (table.section(state) == Section::Starting ? starting : next) = state;
    callee.next = next;
    callee.next_starting = starting;
  };
  for (StateId state = table.max(); state >= 0; --state) pass(state, true);
  next = starting = kNoState;
  for (StateId state = 0; state <= table.max(); ++state) pass(state, false);
}

Callbacks::Callbacks(const EventStream& stream, const Judged& judged, const Walks& walks)
    : stream_(stream), judged_(judged), exact_(!judged.traced_only && !walks.registers) {
  if (exact_ && judged.callbacks) {
    table_ = judged.callbacks;
    return;
  }
  const auto table = std::make_shared<CallbackTable>(judged, exact_);
  if (!exact_) by_evidence(walks, *table);
  table_ = table;
}

/// Adds the callbacks that ran in this stream to those that the table lists.
void Callbacks::by_evidence(const Walks& walks, CallbackTable& table) {
  for (const Step& s : walks.steps) {
    registered_ = registered_ || s.registered;
    if (s.kind == StepKind::Kick || !judged_.table.valid(s.state) || !s.entered()) continue;
    if (!visible(judged_, s.state)) continue;
    // Even a call with a wrong symbol shows that the state has a callback. check_fields() reports
    // the symbol.
    Callee& callee = table.at(s.state, s.up);
    if (callee.count == Callee::kNone) callee.count = 1;
    if (s.multi) callee.count = Callee::kMany;
    callee.slot = true;
  }
  table.link(judged_.table);
}

void Callbacks::skipped(const Pass& pass, bool turned, bool atomic) {
  const auto last = static_cast<StateId>(pass.up ? pass.to - 1 : pass.to + 1);
  for (StateId s = next(pass.from, last, pass.up, atomic); s != kNoState;
       s = next(s, last, pass.up, atomic))
    if (!turned || !left_out(s)) passed(pass, s, 0);
}

void Callbacks::passed(const Pass& pass, StateId state, std::uint16_t count) {
  if (!exact_) return record(pass, state, count);
  const Callee& callee = table_->at(state, pass.up);
  const std::uint16_t expected = callee.calls() ? callee.count : std::uint16_t{0};
  if (count != expected) missing_.push_back({pass, state, count, expected});
}

/// Returns the noted calls of a state's callback. A state with a startup and a teardown has one
/// list for both directions, because both are called equally often: once, or for each instance.
Callbacks::Series& Callbacks::series(StateId state, bool up) {
  if (series_.empty()) series_.resize(judged_.table.all().size() * 2);
  return series_[CallbackTable::index(state, both_sided(state) || up)];
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

/// True for states that every kernel defines by itself, so no driver sets them up (docs/kernel.md
/// 4.2).
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

/// Returns how many times this walk should have called the state's callback. With three walks or
/// more, this is the median over this walk, the two walks before it and the two after it.
std::uint16_t Callbacks::usual(StateId state, const std::vector<Seen>& era, std::size_t at) const {
  const std::uint16_t own = era[at].count;
  if (era[at].there && era.size() <= 2) return std::max<std::uint16_t>(own, 1);
  const std::uint16_t table = table_->at(state, era[at].pass.up).count;
  if (era.size() == 1) {
    const bool known = !judged_.inferred && table != Callee::kMany && table != Callee::kNone &&
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

/// Turns the missing calls into findings. More than two missing calls between the same two steps
/// become one finding.
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
                               "; the first missing one is " +
                               step_text(judged_.table, first.state),
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
    text += " runs for " + std::to_string(count) + " instances" + way + " instead of " +
            std::to_string(usual);
  else if (count == 0)
    text += " is missing" + way;
  else
    text += " runs" + way + ", although other walks do not have this step";
  findings_.push_back({invariant, source, p.cpu, stream_.events[p.event].time, std::move(text),
                       place_of(judged_.table, state), p.event});
}

}  // namespace cpuhp
