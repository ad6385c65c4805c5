// Processes that do one task after the other, each on an engine of its own. One that dies loses
// only the task that it was at, and is replaced.
//
//   Workers workers(4, 8, [&](Simulator& s, std::string_view task) { return answer(s, task); });
//   workers.run(count, [](std::uint64_t i) { return std::to_string(i); },
//               [](std::uint64_t i, const Workers::Answer& a) { ... });    // in order of i
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
  /// Runs in the worker. It sees what the parent had when the worker was started.
  using Work = std::function<std::string(Simulator&, std::string_view task)>;

  struct Answer {
    std::optional<std::string> text;  ///< none: the worker died of this task
    std::string death;                ///< how: "signal 11", "exit code 70"
  };

  enum class Life : std::uint8_t {
    Many,  ///< a worker does one task after the other
    One,   ///< each task has a process and an engine that have done nothing before
  };
  /// `max_cpus`: of the largest machine that a task has.
  Workers(unsigned jobs, CpuId max_cpus, Work work, Life life = Life::Many);
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  /// `task(i)` is asked for in ascending order; `done` is told in ascending order, whatever the
  /// number of workers. What `done` throws comes out, and the workers are gone then.
  void run(std::uint64_t count, const std::function<std::string(std::uint64_t)>& task,
           const std::function<void(std::uint64_t, const Answer&)>& done);
  /// One task.
  Answer ask(const std::string& task);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cpuhp
