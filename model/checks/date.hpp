// The events of one date, which several CPUs may have made in any order: the order in which they are
// read is one that the brackets (steps within which other steps run) allow.
//
// Internal to model/checks/.
#pragma once

#include <vector>

#include "model/checks/directions.hpp"
#include "model/checks/open_steps.hpp"

namespace cpuhp {

class Date {
 public:
  Date(const EventStream& stream, const Judged& judged, const Directions& directions)
      : stream_(stream), judged_(judged), directions_(directions) {}

  /// True when an event with this index belongs to the date.
  bool has_time_of(std::uint32_t event) const {
    return events_.empty() || at(events_[0]).time == at(event).time;
  }
  void add(std::uint32_t event) {
    events_.push_back(event);
    tied_ = tied_ || at(events_[0]).on != at(event).on;
  }
  /// True when the date has events of several CPUs. Those of one CPU keep their order.
  bool is_tied() const { return tied_; }
  const std::vector<std::uint32_t>& events() const { return events_; }
  void clear() {
    events_.clear();
    tied_ = false;
  }

  /// Removes and returns the event to read next. Steps within a bracket come after its enter and
  /// before its exit.
  std::uint32_t take(const OpenSteps& open);

 private:
  const Event& at(std::uint32_t event) const { return stream_.events[event]; }
  bool is_first(std::size_t k) const;
  template <typename F>
  bool any_left(const Event& e, F wanted) const;
  bool waits(const Event& e, const OpenSteps& open) const;
  bool goes_down(const Event& e) const;

  const EventStream& stream_;
  const Judged& judged_;
  const Directions& directions_;
  std::vector<std::uint32_t> events_;  ///< those that are still to be read
  bool tied_ = false;
};

}  // namespace cpuhp
