#include "model/checks/walk/callbacks.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <tuple>

#include "model/checks/walk/walk_findings.hpp"

namespace cpuhp {
namespace {

constexpr const char* kEachCallback = "docs/kernel.md 4.4";
constexpr Sentence kManyMissing{"complete",
                                "{} steps of CPU {} are missing on the way {} from {} to {}; the "
                                "first missing one is {}",
                                kEachCallback};
constexpr Sentence kInstanceCount{"I31",
                                  "{} of CPU {} runs for {} instances on the way {} instead of {}"};
constexpr const char* kMissing = "{} of CPU {} is missing on the way {}";
constexpr const char* kUnusual =
    "{} of CPU {} runs on the way {}, although other walks do not have this step";

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

Callbacks::Callbacks(const Walks& walks)
    : walks_(walks), judged_(walks.judged), exact_(!judged_.traced_only && !walks.registers) {
  if (exact_ && judged_.callbacks) {
    table_ = judged_.callbacks;
    return;
  }
  const auto table = std::make_shared<CallbackTable>(judged_, exact_);
  if (!exact_) by_evidence(*table);
  table_ = table;
}

/// Adds the callbacks that ran in this stream to those that the table lists.
void Callbacks::by_evidence(CallbackTable& table) {
  for (const Step& s : walks_.steps) {
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

bool Callbacks::set_up_with_teardown(StateId state) const {
  const std::vector<Event>& events = walks_.stream.events;
  return std::any_of(events.begin(), events.end(), [&](const Event& e) {
    return e.kind == EventKind::Register && e.step == state && (e.value & kRegisterTeardown) != 0;
  });
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
  return tell();
}

/// Turns the missing calls into findings. More than two missing calls between the same two steps
/// become one finding.
std::vector<Finding> Callbacks::tell() {
  std::stable_sort(missing_.begin(), missing_.end(), [](const Missing& a, const Missing& b) {
    return std::tuple(a.pass.event, a.pass.cpu, a.pass.from, a.state) <
           std::tuple(b.pass.event, b.pass.cpu, b.pass.from, b.state);
  });
  WalkFindings findings(walks_);
  const auto find = [&](const Sentence& sentence, const Missing& m, const auto&... parts) {
    findings.add_about(m.pass.cpu, m.pass.event, sentence, m.state, parts...);
  };
  for (std::size_t i = 0; i < missing_.size(); ++i) {
    const Missing& m = missing_[i];
    const Pass& p = m.pass;
    std::size_t n = 1;
    const auto same = [&](const Missing& other) {
      return other.count == 0 && other.pass.event == p.event && other.pass.cpu == p.cpu &&
             other.pass.from == p.from;
    };
    while (m.count == 0 && i + n < missing_.size() && same(missing_[i + n])) ++n;
    const std::string step = findings.step(m.state);
    const bool both = both_sided(m.state);
    if (n > 2) {
      find(kManyMissing, m, n, p.cpu, p.up, p.from, p.to, step);
      i += n - 1;
    } else if (m.count > 0 && m.usual > 0) {
      find(kInstanceCount, m, step, p.cpu, m.count, p.up, m.usual);
    } else {
      const char* const text = m.count == 0 ? kMissing : kUnusual;
      find(both ? Sentence{"I2", text} : Sentence{"complete", text, kEachCallback}, m, step, p.cpu,
           p.up);
    }
  }
  return findings.take();
}

}  // namespace cpuhp
