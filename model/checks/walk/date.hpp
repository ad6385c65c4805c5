// The events of one date, which several CPUs may have made in any order. They are read in an order
// that the brackets (steps within which other steps run) allow.
//
// Internal to model/checks/.
#pragma once

#include <vector>

#include "model/checks/walk/directions.hpp"
#include "model/checks/walk/open_steps.hpp"

namespace cpuhp {

class Date {
 public:
  Date(const EventStream& stream, const Judged& judged, const Directions& directions)
      : stream_(stream), judged_(judged), directions_(directions) {}

  /// True when the event belongs to the date.
  bool has_time_of(std::uint32_t event) const {
    return first_ == nullptr || first_->time == at(event).time;
  }
  void add(std::uint32_t event) {
    if (first_ == nullptr)
      first_ = &at(event);
    else if (first_->on != at(event).on)
      tied_ = true;
    events_.push_back(event);
  }

  /// Calls `read` with each event, and forgets them. Events of one CPU keep their order. `open`
  /// follows what is read.
  template <typename Read>
  void read_all(const OpenSteps& open, Read read) {
    if (!tied_)
      for (const std::uint32_t event : events_) read(event);
    else
      while (!events_.empty()) read(take(open));
    events_.clear();
    first_ = nullptr;
    tied_ = false;
  }

 private:
  const Event& at(std::uint32_t event) const { return stream_.events[event]; }

  /// Removes and returns the event to read next. Steps within a bracket come after its enter and
  /// before its exit.
  std::uint32_t take(const OpenSteps& open) {
    std::size_t chosen = 0;
    for (std::size_t k = 0; k < events_.size(); ++k)
      if (is_first(k) && !waits(at(events_[k]), open)) {
        chosen = k;
        break;
      }
    const std::uint32_t taken = events_[chosen];
    events_.erase(events_.begin() + static_cast<std::ptrdiff_t>(chosen));
    return taken;
  }

  /// True when no earlier event of the date is on the same CPU.
  bool is_first(std::size_t k) const {
    for (std::size_t i = 0; i < k; ++i)
      if (at(events_[i]).on == at(events_[k]).on) return false;
    return true;
  }

  template <typename F>
  bool any_left(const Event& e, F wanted) const {
    for (const std::uint32_t i : events_) {
      const Event& other = at(i);
      if (other.cpu == e.cpu && other.on != e.on && is_callback(other.kind) && wanted(other))
        return true;
    }
    return false;
  }

  /// True when another event of the date must be read first.
  bool waits(const Event& e, const OpenSteps& open) const {
    if (!is_callback(e.kind)) return false;
    if (judged_.notifier) return e.role == Role::Stopper && goes_down(e);
    const Step* const bracket = open.bracket(e.cpu);
    if (!is_thread(e.role)) {
      if (e.kind != EventKind::Exit || bracket == nullptr || bracket->state != e.step) return false;
      const bool takedown = bracket->kind == StepKind::Takedown;
      return any_left(e, [&](const Event& o) {
        return is_thread(o.role) && (o.role == Role::Stopper) == takedown;
      });
    }
    const bool takedown = e.role == Role::Stopper;
    const auto fits = [&](StepKind kind) { return (kind == StepKind::Takedown) == takedown; };
    if (bracket != nullptr && fits(bracket->kind)) return false;
    return any_left(e, [&](const Event& o) {
      if (is_thread(o.role)) return false;
      if (o.kind == EventKind::Exit) return bracket != nullptr && o.step == bracket->state;
      const StepKind kind = directions_.kind_of(o);
      return kind != StepKind::Callback && fits(kind);
    });
  }

  /// True when DOWN_PREPARE calls for the CPU are still to come at this date. They come before
  /// DYING. (In other designs the enclosing steps show this; the notifier design has none.)
  bool goes_down(const Event& e) const {
    return any_left(e, [&](const Event& o) {
      return !is_thread(o.role) && judged_.table.section(o.step) == Section::Online;
    });
  }

  const EventStream& stream_;
  const Judged& judged_;
  const Directions& directions_;
  std::vector<std::uint32_t> events_;  ///< those that are still to be read
  const Event* first_ = nullptr;       ///< nullptr: the date has no event
  bool tied_ = false;                  ///< `events_` has events of several CPUs
};

}  // namespace cpuhp
