// Worker processes, which do one task after another, each with its own engine. When a process dies,
// only its current task is lost, and a new process replaces it.
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
  /// Does a task. Runs in the worker, with a copy of the parent's memory from the worker's start.
  using Work = std::function<std::string(Simulator&, std::string_view task)>;

  struct Answer {
    std::optional<std::string> text;  ///< no value: this task killed the worker
    std::string death;                ///< how the worker died: "signal 11", "exit code 70"
  };

  enum class Life : std::uint8_t {
    Many,  ///< a worker does one task after another
    One,   ///< each task gets a new process and a new engine
  };
  enum class AtStop : std::uint8_t {
    Leave,   ///< a stop signal (sim/stop.hpp) ends run() at once
    Finish,  ///< the oldest task that a worker has begun is finished first
  };
  /// `max_cpus`: number of CPUs of the largest machine in a task. `hosts`: as of with_simulator().
  Workers(unsigned jobs, CpuId max_cpus, Work work, Life life = Life::Many,
          Hosts hosts = Hosts::None);
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  /// Gets the tasks from `task(i)`, and passes the answers to `done`. Both are called in ascending
  /// order, whatever the number of workers. An exception of `done` ends the workers and is passed
  /// on. Returns the number of finished tasks, which is less than `count` after a stop signal
  /// (sim/stop.hpp).
  std::uint64_t run(std::uint64_t count, const std::function<std::string(std::uint64_t)>& task,
                    const std::function<void(std::uint64_t, const Answer&)>& done,
                    AtStop at_stop = AtStop::Leave);
  /// Does one task. Returns no value when a stop signal (sim/stop.hpp) comes before the task's end.
  std::optional<Answer> ask(const std::string& task);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cpuhp
