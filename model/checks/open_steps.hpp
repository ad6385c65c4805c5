// The steps that are open on each CPU, which means that they are entered and not left yet: an
// enclosing step (bracket), and a step within it.
//
// Internal to model/checks/.
#pragma once

#include <array>
#include <cassert>
#include <vector>

#include "model/checks/walks.hpp"

namespace cpuhp {

class OpenSteps {
 public:
  /// `steps` has every step, and this object the indices of those that are open.
  OpenSteps(CpuId cpus, std::vector<Step>& steps) : steps_(steps), cpus_(cpus) {}

  std::size_t total() const { return total_; }
  std::size_t count(CpuId cpu) const { return cpus_[cpu].count; }
  /// True when no step of another CPU is open.
  bool alone(CpuId cpu) const { return total_ == cpus_[cpu].count; }
  /// Returns the innermost open step of a CPU that has one.
  Step& top(CpuId cpu) const {
    const OfCpu& open = cpus_[cpu];
    assert(open.count > 0);
    return steps_[open.steps[open.count - 1u]];
  }
  /// Returns the open step within which other steps of the CPU run, or nullptr.
  const Step* bracket(CpuId cpu) const {
    if (cpus_[cpu].count == 0) return nullptr;
    const Step& outer = steps_[cpus_[cpu].steps[0]];
    return outer.kind == StepKind::Callback ? nullptr : &outer;
  }
  bool is_full(CpuId cpu) const { return cpus_[cpu].count == cpus_[cpu].steps.size(); }
  /// Returns the number of open steps up to the one that this exit leaves; 0: no such step is open.
  std::size_t depth_of(const Event& exit) const {
    std::size_t depth = cpus_[exit.cpu].count;
    while (depth > 0 && !leaves(exit, steps_[cpus_[exit.cpu].steps[depth - 1]])) --depth;
    return depth;
  }

  /// Opens the step that was added last.
  void push(CpuId cpu) {
    OfCpu& open = cpus_[cpu];
    assert(open.count < open.steps.size());
    open.steps[open.count++] = static_cast<std::uint32_t>(steps_.size() - 1);
    ++total_;
  }
  /// Closes the innermost step, and returns its index.
  std::uint32_t pop(CpuId cpu) {
    assert(cpus_[cpu].count > 0);
    --total_;
    return cpus_[cpu].steps[--cpus_[cpu].count];
  }

 private:
  struct OfCpu {
    std::array<std::uint32_t, 3> steps{};
    std::uint8_t count = 0;
  };

  static bool leaves(const Event& exit, const Step& step) {
    if (step.state != exit.step) return false;
    if (step.role == exit.role && step.on == exit.on) return true;
    // A task that drives operations may move to another CPU between the enter and the exit.
    return !is_thread(step.role) && !is_thread(exit.role);
  }

  std::vector<Step>& steps_;
  std::vector<OfCpu> cpus_;
  std::size_t total_ = 0;
};

}  // namespace cpuhp
