// The parts of a run that the checks have seen. Internal to model/checks/watch/.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "model/events.hpp"

namespace cpuhp {

/// An event that a check remembers, with its number in the run. The stream may be forgotten.
struct PastEvent : Event {
  std::size_t number = 0;
};

/// The parts of one run, in their order. Each has at least one event, and its list of names begins
/// with the names of the part before it.
class Parts {
 public:
  void add(std::shared_ptr<const EventStream> part);
  /// Forgets all parts but the latest one.
  void forget() { parts_.erase(parts_.begin(), parts_.end() - 1); }

  const EventStream& latest() const { return *parts_.back(); }
  Ns begin() const { return begin_; }  ///< time of the first event

  /// Returns a copy of an event of the latest part.
  PastEvent past(const Event& e) const {
    return {e, latest().first + static_cast<std::size_t>(&e - latest().events.data())};
  }
  /// Calls `f` with each event before `e` that is not forgotten, the latest first, until `f`
  /// returns true. Returns false when it never does.
  template <typename F>
  bool any_before(const PastEvent& e, F f) const {
    std::size_t i = e.number;
    for (auto part = parts_.rbegin(); part != parts_.rend(); ++part)
      while (i > (*part)->first)
        if (f((*part)->events[--i - (*part)->first])) return true;
    return false;
  }

 private:
  std::vector<std::shared_ptr<const EventStream>> parts_;
  Ns begin_{};
};

}  // namespace cpuhp
