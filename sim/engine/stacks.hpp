// Stacks for tasks, and the switch between them. Through this interface the scheduler uses SimGrid.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "model/cpumask.hpp"
#include "model/ns.hpp"

namespace cpuhp {

class Stacks {
 public:
  /// A stack. It lives until its main function returns.
  struct Stack {
    virtual ~Stack() = default;
  };
  virtual ~Stacks() = default;

  /// Runs `root` on a stack of its own, and returns when `root` does. Every other stack must end
  /// first.
  virtual void run(std::function<void()> root) = 0;
  /// Creates a stack. `main` starts at the first switch to it, and must end with finish_into().
  virtual Stack* create(std::function<void()> main) = 0;
  /// Returns the caller's stack.
  virtual Stack* current() = 0;
  /// Suspends the caller, and resumes `stack` at the simulated time `date`. A switch to the
  /// caller's own stack only advances the clock, as an engine event.
  virtual void switch_to(Stack* stack, Ns date) = 0;
  /// Ends the caller's stack, and resumes `stack` at `date`. After this, the caller's main function
  /// must return immediately.
  virtual void finish_into(Stack* stack, Ns date) = 0;
  /// Returns the number of engine events so far.
  virtual std::uint64_t engine_events() const = 0;
};

/// The hosts of SimGrid besides the one that holds the stacks. The plain engine needs a host "cpu<n>"
/// for each CPU.
enum class Hosts : std::uint8_t { None, EachCpu };

/// Makes stacks on SimGrid actors, on a host with one core for each CPU. May be called once in a
/// process, with the number of CPUs of the largest machine. Throws std::runtime_error when SimGrid
/// can't start.
std::unique_ptr<Stacks> make_simgrid_stacks(CpuId cpus, Hosts hosts);
/// Loads SimGrid, as make_simgrid_stacks() would. Who forks calls it before, once for all children.
void load_simgrid();
/// Makes stacks on ucontext, for the model's unit tests.
std::unique_ptr<Stacks> make_bare_stacks();

}  // namespace cpuhp
