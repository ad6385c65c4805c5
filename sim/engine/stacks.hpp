// Stacks to run tasks on, and the switch from one to the other. The scheduler knows nothing else of
// SimGrid.
//
//   auto stacks = make_simgrid_stacks({.cpus = 8});
//   stacks->run([&] { ... stacks->switch_to(stacks->create([] { ... }), 5_ns); ... });
#pragma once

#include <functional>
#include <memory>

#include "model/cpumask.hpp"
#include "model/ns.hpp"

namespace cpuhp {

class Stacks {
 public:
  /// A stack, alive until its main function returns.
  struct Stack {
    virtual ~Stack() = default;
  };
  virtual ~Stacks() = default;

  /// Runs `root` on a stack of its own; returns when it has returned. Every other stack must have
  /// ended by then.
  virtual void run(std::function<void()> root) = 0;
  /// A new stack; `main` begins at the first switch to it and ends by calling finish_into().
  virtual Stack* create(std::function<void()> main) = 0;
  /// The stack of the caller.
  virtual Stack* current() = 0;
  /// Suspends the caller and goes on with that stack at `date`; to itself: an engine event that
  /// only moves the clock.
  virtual void switch_to(Stack* stack, Ns date) = 0;
  /// The caller's last act: its main function returns right after; that stack goes on.
  virtual void finish_into(Stack* stack, Ns date) = 0;
  /// Engine events so far.
  virtual std::uint64_t engine_events() const = 0;
};

/// SimGrid actors, on a host with a core a CPU. One for the whole process: call it once,
/// with the largest machine; throws std::runtime_error when SimGrid can't start.
std::unique_ptr<Stacks> make_simgrid_stacks(CpuId cpus);
/// ucontext: for the model's unit tests.
std::unique_ptr<Stacks> make_bare_stacks();

}  // namespace cpuhp
