#include "model/checks/walk.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "model/checks/order_words.hpp"

namespace cpuhp {

bool Ground::may_go_silently(StateId from, StateId to) const {
  if (judged.traced_only) return false;
  const bool up = to > from;
  const StateId begin =
      up && judged.async && from >= at.kick_ap ? std::max(from, at.ap_online_idle) : from;
  const auto [low, high] = std::minmax(begin, to);
  if (high >= at.bringup && !(judged.async && low >= at.teardown)) return false;
  if (walks.registers) return true;
  return up ? callbacks.next(begin, to, true) == kNoState
            : callbacks.next(static_cast<StateId>(from + 1), static_cast<StateId>(to + 1), false) ==
                  kNoState;
}

void Walk::begin(bool up, StateId prev, StateId target, StateId bound, Way way) {
  assert(way == Way::Forth || way == Way::Back);
  end();
  way_ = way;
  up_ = up;
  prev_ = prev;
  target_ = target;
  bound_ = bound;
  pos_ = static_cast<StateId>(up ? prev : prev + 1);
}

/// Whatever a stream has, a walk is in one of these situations.
void Walk::expect_sound() const {
  const bool fails = way_ == Way::Failed || way_ == Way::FailedPerhaps;
  assert(fails ? failed_ != kNoState : failed_ == kNoState || is_back());
  assert(inline_left_ == 0 || way_ == Way::FailedPerhaps);
  assert(cookie_ == kNoState || is_back());
}

StateId Walk::way_back(const Callbacks& callbacks, StateId from) const {
  const auto bound = static_cast<StateId>(up_ ? prev_ + 1 : prev_);
  StateId s = from;
  do s = callbacks.next(s, bound, !up_);
  while (s != kNoState && callbacks.left_out(s));
  return s;
}

bool Walk::call(const Ground& g, StateId state, bool multi) {
  if (state == pos_ && count_ > 0 && multi) {
    ++count_;
    return true;
  }
  if (!is_ahead(state)) return false;
  pass_to(g, state);
  count_ = 1;
  return true;
}

bool Walk::call(const Ground& g, const Stretch& s) {
  if (!is_active() || failed_ != kNoState || cookie_ != kNoState) return false;
  if (s.up != up_ || s.target != target_ || s.before != pos_ || is_beyond_bound(s.to)) return false;
  if (!g.callbacks.as_known(pos_, up_, count_)) leave(g);
  pos_ = s.to;
  count_ = 1;
  on_ = s.on;
  return true;
}

void Walk::leave(const Ground& g) {
  expect_sound();
  const std::uint16_t count = std::exchange(count_, std::uint16_t{0});
  if (count == 0 || failed_ == pos_) return;
  if (!is_back() || pos_ != cookie_) {
    if (!g.callbacks.as_known(pos_, up_, count)) g.callbacks.passed(pass(g, pos_), pos_, count);
  } else if (count != undo_) {
    tell_undone(g, count);
  } else {
    cookie_ = kNoState;
  }
}

void Walk::tell_undone(const Ground& g, std::uint16_t count) {
  const StateId state = std::exchange(cookie_, kNoState);
  g.find(words::kUndone, state, g.findings.step(state), g.cpu, undo_, count);
}

void Walk::pass_to(const Ground& g, StateId state) {
  leave(g);
  if (cookie_ != kNoState && cookie_ != state) tell_undone(g, 0);
  const auto before = static_cast<StateId>(up_ ? state - 1 : state + 1);
  const bool atomic = is_of(Walker::Atomic);
  if (g.callbacks.next(pos_, before, up_, atomic) != kNoState)
    g.callbacks.skipped(pass(g, state), is_back(), atomic);
  pos_ = state;
}

// ------------------------------------------------------------------------------ failures

void Walk::fail(StateId at, StateId from, std::int32_t error) {
  assert(is_active());
  if (way_ == Way::Forth) way_ = Way::Failed;
  failed_ = at;
  from_ = from;
  error_ = error;
  expect_sound();
}

void Walk::fail_partly(bool by_itself) {
  assert(way_ == Way::Failed && count_ > 1);
  (by_itself ? inline_left_ : undo_) = static_cast<std::uint16_t>(count_ - 1);
  if (by_itself) way_ = Way::FailedPerhaps;
}

bool Walk::undoes_instance(const Step& s) {
  if (inline_left_ == 0 || !s.undo || s.state != pos_) return false;
  --inline_left_;
  return true;
}

void Walk::tell_instances_left(const Ground& g) {
  if (inline_left_ > 0)
    g.find(words::kInstancesLeft, pos_, g.findings.step(pos_), g.cpu, inline_left_);
  inline_left_ = 0;
}

void Walk::go_on() {
  assert(way_ == Way::Failed || way_ == Way::FailedPerhaps);
  way_ = Way::Forth;
  failed_ = kNoState;
  expect_sound();
}

bool Walk::turn(StateId target, StateId first) {
  assert(way_ == Way::Failed || way_ == Way::FailedPerhaps);
  target_ = bound_ = target;
  up_ = !up_;
  way_ = Way::Back;
  pos_ = from_;
  count_ = 0;
  if (undo_ > 0) {
    cookie_ = failed_;
    pos_ = static_cast<StateId>(up_ ? failed_ - 1 : failed_ + 1);
  } else if (first == failed_ && failed_ == from_) {
    return false;
  }
  failed_ = kNoState;
  expect_sound();
  return true;
}

bool Walk::boot_goes_on(const Ground& g) const {
  const bool may = g.rules.parallel_bringup || (g.rules.split_startup && !g.judged.traced_only);
  return may && is_back() && !up_ && bound_ <= g.at.kick_ap;
}

// ------------------------------------------------------------------------------ silent faults

/// Returns the farthest step at which a fault without an event can have ended the walk. The target
/// in an event may lie outside of the table, so the result is limited to the table.
StateId Walk::next_or_last(const Ground& g) const {
  const StateId step = next(g.callbacks);
  return step != kNoState ? step : std::clamp(last(), g.at.offline, g.at.online);
}

bool Walk::could_fail(const Ground& g, StateId armed, StateId state) const {
  if (armed != kNoState) return armed == state;
  return g.judged.table.valid(state) && g.callbacks.slot(state, up_);
}

bool Walk::may_end_here(const Ground& g, StateId armed) const {
  if (!g.judged.traced_only || is_back()) return false;
  const int end = next_or_last(g);
  for (int k = up_ ? pos_ + 1 : pos_ - 1; up_ ? k <= end : k >= end; k += up_ ? 1 : -1)
    if (could_fail(g, armed, static_cast<StateId>(k)) &&
        way_back(g.callbacks, static_cast<StateId>(k)) == kNoState)
      return true;
  return false;
}

void Walk::fail_silently(const Ground& g, StateId armed, StateId first) {
  // The value of hotplug/fail may explain the way back.
  const bool stopped = armed != kNoState && armed != g.at.offline && is_ahead(armed) &&
                       !is_beyond_bound(armed) && way_back(g.callbacks, armed) == first;
  const StateId at = stopped ? armed : silent_fault(g, armed, first);
  if (stopped) g.callbacks.skipped(pass(g, at), false, is_of(Walker::Atomic));
  fail(at, at, error_);
}

/// Returns the state at which a fault that no event shows hit the walk, when `first` is the first
/// step of the way back. Of the possible states, picks the one for which the fewest steps are
/// missing.
StateId Walk::silent_fault(const Ground& g, StateId armed, StateId first) const {
  const int end = next_or_last(g);
  StateId best = static_cast<StateId>(end);
  for (int k = end; up_ ? k > pos_ : k < pos_; k += up_ ? -1 : 1) {
    const auto state = static_cast<StateId>(k);
    if (!could_fail(g, armed, state) && k != end) continue;
    if (up_ ? state > first : state < first) best = state;
    if (way_back(g.callbacks, state) == first) return state;
  }
  return best;
}

}  // namespace cpuhp
