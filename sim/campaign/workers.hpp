// Processes that do one task after another, each on an engine of its own. A process that dies loses
// only its current task, and is replaced.
//
//   Workers workers(4, 8, [](Simulator&, std::string_view task) { return std::string(task); });
//   workers.run(100, [](std::uint64_t i) { return std::to_string(i); },
//               [](std::uint64_t, const Workers::Answer&) {});   // in the order of the tasks
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "sim/run/run.hpp"

namespace cpuhp {

class Workers {
 public:
  /// Runs in the worker, which sees the parent's memory as it was when the worker was started.
  using Work = std::function<std::string(Simulator&, std::string_view task)>;

  struct Answer {
    std::optional<std::string> text;  ///< none: the worker died of this task
    std::string death;                ///< cause of death: "signal 11", "exit code 70"
  };

  enum class Life : std::uint8_t {
    Many,  ///< a worker does one task after another
    One,   ///< each task has a new process and a new engine
  };
  /// `max_cpus`: the number of CPUs of the largest machine in any task.
  Workers(unsigned jobs, CpuId max_cpus, Work work, Life life = Life::Many);
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  /// Calls `task(i)` in ascending order to get the tasks, and `done` in ascending order, whatever
  /// the number of workers. An exception of `done` comes out, and the workers are gone then.
  /// Returns the number of tasks done: fewer than `count` when a signal was noted (sim/stop.hpp).
  std::uint64_t run(std::uint64_t count, const std::function<std::string(std::uint64_t)>& task,
                    const std::function<void(std::uint64_t, const Answer&)>& done);
  /// Does one task. Returns none when a signal was noted before it was done.
  std::optional<Answer> ask(const std::string& task);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cpuhp
