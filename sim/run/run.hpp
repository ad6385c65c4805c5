// One run: a machine's configuration goes in, its events and measurements come out.
//
//   with_bare_simulator([](Simulator& s) {
//     const RunResult r = s.run(MachineConfig{});
//     for (const Event& e : r.stream.events) static_cast<void>(e.time);
//   });
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/config.hpp"
#include "model/event_log.hpp"
#include "model/events.hpp"
#include "model/runtime.hpp"

namespace cpuhp {

struct Blueprint;
class Machine;
class Scheduler;

/// Somebody who drives a machine from outside after the operations of its configuration.
class Outside {
 public:
  virtual ~Outside() = default;
  /// Called once with the machine as it was made; it lives until the run ends.
  virtual void begin(Machine& machine, Scheduler& scheduler) = 0;
  /// Called before simulated time advances to `next` (kNever: the queue is empty). May ask the
  /// machine for an operation (Machine::ask), and may block. Returns false when it wants nothing
  /// more.
  virtual bool turn(Ns next) = 0;
};

struct RunOptions {
  bool exact = false;       ///< one engine event for each step, no running ahead
  bool keep_events = true;  ///< copy the events out of the run into RunResult::stream
  bool only_masks = false;  ///< copy only events that set or clear a CPU's bit in a mask
  /// The configuration's blueprint, if many runs share it.
  std::shared_ptr<const Blueprint> blueprint = {};
  std::optional<Settle> dropped = {};  ///< tests only: the kind of settling that is left out
  Outside* outside = nullptr;
  /// Begin and end of the time that RunResult::ledgers cover; none: the whole run. Not with
  /// `outside`.
  std::optional<std::pair<Ns, Ns>> ledgers_of = {};
};

/// A CPU at the end of a run.
struct FinalCpu {
  StateId state = 0;
  StateId target = 0;
  StateId fail = -1;
  bool online = false;
  bool active = false;
  bool dying = false;
};

struct RunResult {
  Design design = Design::Symmetric;
  std::uint64_t seed = 0;
  CpuId cpus = 0;    ///< number of CPUs present
  CpuId online = 0;  ///< number of CPUs online at the end
  Ns bringup{};      ///< first boot, from first prepare step to last CPU online; 0 without a boot
  Ns boot{};  ///< date at which the bring-up and the control CPU's own boot work are both done
  Ns end{};
  std::vector<Ledger> ledgers;  ///< one for each CPU, over the whole run or RunOptions::ledgers_of
  Ledger control_cpu;           ///< the boot CPU's ledger up to `boot` (up to `end` without a boot)
  std::vector<CpuSpan> control_cpu_time;  ///< ledgers[boot CPU], stretch by stretch, up to `end`
  std::vector<OpResult> operations;
  std::vector<HungTask> hung;
  std::optional<std::string> panic;
  std::vector<FinalCpu> final;
  std::vector<std::uint32_t> fault_counts;  ///< for each fault: times that its place was passed
  std::uint64_t events = 0;
  std::uint64_t engine_events = 0;
  std::string digest;  ///< 16 hex digits over all events
  EventStream stream;  ///< all CPUs' events, merged; without keep_events only names

  bool ok() const { return hung.empty() && !panic; }
  bool begun(std::size_t i) const { return i < operations.size() && operations[i].begin > Ns{}; }
  /// Returns the result of operation `i`; null: it never returned.
  const OpResult* operation(std::size_t i) const {
    return i < operations.size() && operations[i].returned ? &operations[i] : nullptr;
  }
};

class Stacks;

/// Runs configurations, one after another, on one engine. Made by with_simulator().
class Simulator {
 public:
  explicit Simulator(Stacks& stacks);
  ~Simulator();
  RunResult run(const MachineConfig& config, const RunOptions& options = {});

 private:
  std::unique_ptr<Scheduler> scheduler_;
};

/// Starts the engine for machines of up to `max_cpus` CPUs and calls `body` inside it. Call it once
/// in a process. An exception of `body` is passed on.
void with_simulator(CpuId max_cpus, const std::function<void(Simulator&)>& body);
/// Calls `body` with a simulator without SimGrid, for tests. May be called any number of times.
void with_bare_simulator(const std::function<void(Simulator&)>& body);

}  // namespace cpuhp
