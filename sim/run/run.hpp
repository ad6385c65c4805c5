// One run: a machine's configuration in, its events and everything that was measured out.
//
//   with_simulator(112, [&](Simulator& s) {
//     RunResult r = s.run(scenario.config);          // r.digest, r.bringup, r.ledgers[0].spinning
//     for (const Event& e : r.stream().events) ...
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

/// Somebody who drives a machine from outside, once the configuration's operations are done.
class Outside {
 public:
  virtual ~Outside() = default;
  /// The machine as it was made; it lives until the run ends.
  virtual void begin(Machine& machine, Scheduler& scheduler) = 0;
  /// Asked before simulated time goes on to `next` (kNever: nothing is left to happen): may ask the
  /// machine for an operation (Machine::ask), and takes its own time. False: it wants nothing more.
  virtual bool turn(Ns next) = 0;
};

struct RunOptions {
  bool exact = false;       ///< one engine event a step, instead of running ahead
  bool keep_events = true;  ///< copy the events out of the run (stream())
  bool only_masks = false;  ///< of them those that set or clear a CPU's bit in a mask
  std::shared_ptr<const Blueprint> blueprint =
      {};                              ///< of the configuration, where many runs share it
  std::optional<Settle> dropped = {};  ///< tests only: the settle rule is broken there
  Outside* outside = nullptr;
  /// RunResult::ledgers of that time alone; none: of the whole run. Not with `outside`.
  std::optional<std::pair<Ns, Ns>> ledgers_of = {};
};

/// A machine at the end of a run.
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
  CpuId cpus = 0;    ///< present
  CpuId online = 0;  ///< at the end
  Ns bringup{};      ///< the first boot: first prepare step to last CPU online; 0 without a boot
  Ns boot{};         ///< that, and the control CPU's own boot work done, from date 0
  Ns end{};
  std::vector<Ledger> ledgers;  ///< one a CPU, over the whole run, or RunOptions::ledgers_of
  Ledger control_cpu;           ///< of the boot CPU, up to `boot` (up to `end` without a boot)
  std::vector<CpuSpan> control_cpu_time;  ///< ledgers[boot CPU], stretch by stretch, up to `end`
  std::vector<OpResult> operations;
  std::vector<HungTask> hung;
  std::optional<std::string> panic;
  std::vector<FinalCpu> final;
  std::vector<std::uint32_t> fault_counts;  ///< of each fault: how often its place was passed
  std::uint64_t events = 0;
  std::uint64_t engine_events = 0;
  std::string digest;  ///< 16 hex digits over all events
  EventStream stream;  ///< merged; without keep_events names only

  bool ok() const { return hung.empty() && !panic; }
  bool begun(std::size_t i) const { return i < operations.size() && operations[i].begin > Ns{}; }
  /// What operation `i` gave back; none: it never returned.
  const OpResult* operation(std::size_t i) const {
    return i < operations.size() && operations[i].returned ? &operations[i] : nullptr;
  }
};

class Stacks;

/// Runs configurations, one after the other, on one engine. Make it with with_simulator().
class Simulator {
 public:
  explicit Simulator(Stacks& stacks);
  ~Simulator();
  RunResult run(const MachineConfig& config, const RunOptions& options = {});

 private:
  std::unique_ptr<Scheduler> scheduler_;
};

/// Starts the engine for machines of up to that many CPUs; `body` runs inside it. Once a process.
/// What `body` throws comes out.
void with_simulator(CpuId max_cpus, const std::function<void(Simulator&)>& body);
/// The same without SimGrid, for tests; any number of times.
void with_bare_simulator(const std::function<void(Simulator&)>& body);

}  // namespace cpuhp
