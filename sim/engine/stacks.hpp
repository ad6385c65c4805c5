// Stacks to run tasks on, and the switch from one to another. The scheduler knows nothing else of
// SimGrid.
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

  /// Runs `root` on a stack of its own and returns when `root` has returned. Every other stack must
  /// have ended by then.
  virtual void run(std::function<void()> root) = 0;
  /// Makes a new stack. `main` begins at the first switch to it and ends by calling finish_into().
  virtual Stack* create(std::function<void()> main) = 0;
  /// Returns the caller's stack.
  virtual Stack* current() = 0;
  /// Suspends the caller and resumes `stack` at `date`. A switch to the caller's own stack is an
  /// engine event that only moves the clock.
  virtual void switch_to(Stack* stack, Ns date) = 0;
  /// Ends the caller: `stack` resumes at `date`. The caller's main function has to return right
  /// after.
  virtual void finish_into(Stack* stack, Ns date) = 0;
  /// Returns the number of engine events so far.
  virtual std::uint64_t engine_events() const = 0;
};

/// Makes stacks on SimGrid actors, on a host with one core for each CPU. Call it once in a process,
/// with the CPUs of the largest machine. Throws std::runtime_error when SimGrid can't start.
std::unique_ptr<Stacks> make_simgrid_stacks(CpuId cpus);
/// Makes stacks on ucontext, for the model's unit tests.
std::unique_ptr<Stacks> make_bare_stacks();

}  // namespace cpuhp
