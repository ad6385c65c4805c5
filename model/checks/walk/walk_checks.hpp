// The checks that also work on a kernel's trace, which shows only callbacks. They take a run part
// by part: a copy of their value at the end of a part is all that is needed to go on from there.
#pragma once

#include <array>
#include <vector>

#include "model/checks/walk/chain.hpp"
#include "model/checks/walk/executors.hpp"
#include "model/checks/walk/order.hpp"
#include "model/checks/walk/walks.hpp"

namespace cpuhp {

/// All events of the next part are later, or on the same CPU. Only the last part may be without
/// events, and then no step may be open. A trace, and a run that registers or removes states, is
/// one part.
class WalkChecks {
 public:
  /// Judges the next part. `ends`: no part follows. `judged` may be another one with each part, but
  /// only that of the last part has to know whether the run is complete.
  void take(const Outline& outline, const EventStream& part, const Judged& judged, bool ends);
  /// Returns the findings so far, grouped by check. Their events count from the begin of the run.
  std::vector<Finding> findings() const;
  /// True when the parts can't be judged one by one, because one of them has registrations. Then
  /// the findings mean nothing, and the whole stream has to be given to
  /// another object as one part.
  bool needs_whole() const { return needs_whole_; }

 private:
  void judge(Walks walks);

  ReadSoFar read_;
  Ns latest_{};
  std::vector<CpuTasks> tasks_;
  ChainsSoFar chains_;
  OrderSoFar order_;
  std::array<std::vector<Finding>, 7> found_;  ///< by check, in the order of judge()
  bool begun_ = false;
  bool needs_whole_ = false;
};

}  // namespace cpuhp
