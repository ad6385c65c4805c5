// The steps that are open on each CPU, which means that they are entered and not left yet: an
// enclosing step (bracket), and a callback within it.
//
// Internal to model/checks/.
#pragma once

#include <array>
#include <cassert>
#include <vector>

#include "model/checks/walk/walks.hpp"

namespace cpuhp {

class OpenSteps {
 public:
  /// `steps` has every step, and this object the indices of those that are open.
  OpenSteps(CpuId cpus, std::vector<Step>& steps) : steps_(steps), cpus_(cpus) {}

  std::size_t total() const { return total_; }
  bool any(CpuId cpu) const { return cpus_[cpu].count > 0; }
  /// True when no step of another CPU is open.
  bool alone(CpuId cpu) const { return total_ == cpus_[cpu].count; }
  /// Return the inner open step, the open bracket and the open callback; nullptr: none.
  Step* top(CpuId cpu) const {
    const OfCpu& open = cpus_[cpu];
    return open.count == 0 ? nullptr : &steps_[open.steps[open.count - 1u]];
  }
  Step* bracket(CpuId cpu) const {
    Step* const outer = any(cpu) ? &steps_[cpus_[cpu].steps[0]] : nullptr;
    return outer == nullptr || outer->kind == StepKind::Callback ? nullptr : outer;
  }
  Step* callback(CpuId cpu) const {
    Step* const inner = top(cpu);
    return inner == nullptr || inner->kind != StepKind::Callback ? nullptr : inner;
  }

  /// Opens the step that was added last. Only a callback may be opened within a bracket.
  void push(const Step& added) {
    OfCpu& open = cpus_[added.cpu];
    assert(open.count == 0 || (open.count == 1 && added.kind == StepKind::Callback));
    open.steps[open.count++] = static_cast<std::uint32_t>(steps_.size() - 1);
    ++total_;
  }
  /// Closes the inner step, and returns its index.
  std::uint32_t pop(CpuId cpu) {
    assert(any(cpu));
    --total_;
    return cpus_[cpu].steps[--cpus_[cpu].count];
  }

 private:
  struct OfCpu {
    std::array<std::uint32_t, 2> steps{};
    std::uint32_t count = 0;
  };

  std::vector<Step>& steps_;
  std::vector<OfCpu> cpus_;
  std::size_t total_ = 0;
};

}  // namespace cpuhp
