// The parts of a run that the checks have seen. Internal to model/checks/watch/.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "model/events.hpp"

namespace cpuhp {

/// The parts of one run, in their order. Each has at least one event, and its list of names begins
/// with the names of the part before it.
class Parts {
 public:
  void add(std::shared_ptr<const EventStream> part);

  const EventStream& latest() const { return *parts_.back(); }
  const Event& first_event() const { return parts_.front()->events.front(); }
  const Event& last_event() const { return latest().events.back(); }

  /// Returns the index of the event in the run.
  std::size_t index(const Event& e) const;
  /// Calls `f` with each event before `e`, the latest first, until `f` returns true. Returns false
  /// when it never does.
  template <typename F>
  bool any_before(const Event& e, F f) const {
    std::size_t i = index(e);
    for (auto part = parts_.rbegin(); part != parts_.rend(); ++part)
      while (i > (*part)->first)
        if (f((*part)->events[--i - (*part)->first])) return true;
    return false;
  }

 private:
  std::vector<std::shared_ptr<const EventStream>> parts_;
};

}  // namespace cpuhp
