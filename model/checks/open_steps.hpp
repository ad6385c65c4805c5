// The steps that are open on each CPU, which means that they are entered and not left yet: an
// enclosing step (bracket), and a callback within it.
//
// Internal to model/checks/.
#pragma once

#include <cassert>
#include <utility>
#include <vector>

#include "model/checks/walks.hpp"

namespace cpuhp {

class OpenSteps {
 public:
  /// `steps` has every step, and this object the indices of those that are open.
  OpenSteps(CpuId cpus, std::vector<Step>& steps) : steps_(steps), cpus_(cpus) {}

  std::size_t total() const { return total_; }
  bool any(CpuId cpu) const { return count(cpu) > 0; }
  /// True when no step of another CPU is open.
  bool alone(CpuId cpu) const { return total_ == count(cpu); }
  /// Return the open bracket, the open callback, and the inner one of the two; nullptr: none.
  Step* bracket(CpuId cpu) const { return step(cpus_[cpu].bracket); }
  Step* callback(CpuId cpu) const { return step(cpus_[cpu].callback); }
  Step* top(CpuId cpu) const { return callback(cpu) != nullptr ? callback(cpu) : bracket(cpu); }

  /// Opens the step that was added last. A bracket may not be opened within another step.
  void push(const Step& added) {
    OfCpu& open = cpus_[added.cpu];
    const bool bracket = added.kind != StepKind::Callback;
    assert(open.callback == kNone && (!bracket || open.bracket == kNone));
    (bracket ? open.bracket : open.callback) = static_cast<std::uint32_t>(steps_.size() - 1);
    ++total_;
  }
  /// Closes the inner step, and returns its index.
  std::uint32_t pop(CpuId cpu) {
    assert(any(cpu));
    --total_;
    OfCpu& open = cpus_[cpu];
    return std::exchange(open.callback != kNone ? open.callback : open.bracket, kNone);
  }

 private:
  static constexpr std::uint32_t kNone = kNoEvent;
  struct OfCpu {
    std::uint32_t bracket = kNone, callback = kNone;
  };

  std::size_t count(CpuId cpu) const {
    return (cpus_[cpu].bracket != kNone ? 1u : 0u) + (cpus_[cpu].callback != kNone ? 1u : 0u);
  }
  Step* step(std::uint32_t id) const { return id == kNone ? nullptr : &steps_[id]; }

  std::vector<Step>& steps_;
  std::vector<OfCpu> cpus_;
  std::size_t total_ = 0;
};

}  // namespace cpuhp
