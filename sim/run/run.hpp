// Makes one run: from a machine's configuration to its events and measurements.
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
#include "model/events.hpp"
#include "model/faults/plan.hpp"
#include "model/runtime.hpp"
#include "sim/engine/stacks.hpp"

namespace cpuhp {

struct Blueprint;
struct Machine;
struct RestingRun;
class Order;
class Scheduler;

/// Drives a machine from outside, after the operations of its configuration.
class Outside {
 public:
  virtual ~Outside() = default;
  /// Called once, with the new machine. The machine lives until the run ends.
  virtual void begin(Machine& machine, Scheduler& scheduler) = 0;
  /// Called before simulated time advances to `next` (kNever: the queue is empty). May ask the
  /// machine for operations (Machine::ask), and may block. Returns false when there is nothing more
  /// to do.
  virtual bool turn(Ns next) = 0;
};

struct RunOptions {
  bool exact = false;  ///< each step is an engine event, so no CPU is ahead of the clock
  /// Run on the plain engine. Not possible with `outside` or `ledgers_of`, nor without hosts.
  bool plain = false;
  bool keep_events = true;  ///< copy the events into RunResult::stream
  bool only_masks = false;  ///< copy only events that change CPU masks
  /// Tables made from the configuration, when several runs share them; nullptr: run() makes them.
  std::shared_ptr<const Blueprint> blueprint = {};
  std::optional<Settle> dropped = {};  ///< tests only: the kind of wait that is left out
  Outside* outside = nullptr;
  /// Called between two operations, after the last one, and between two CPUs of a serial boot,
  /// where the machine is at rest: with what the run has come to, and the events since the last
  /// call (or the begin). They are forgotten then, and RunResult::stream has only those after the
  /// last call. Not possible on the plain engine.
  std::function<void(RestingRun&& rest, EventStream&& part)> at_rest = {};
  /// Called there instead where the machine is not at rest, with the reason.
  std::function<void(std::size_t next, const char* why)> not_at_rest = {};
  /// Called with the events that have become final, each time the logs have grown by `part_size`
  /// bytes. They are forgotten then, and RunResult::stream has only those after the last call. Not
  /// possible on the plain engine.
  std::function<void(EventStream&& part)> take_part = {};
  std::size_t part_size = std::size_t{2} << 20;
  /// Decides the order of the run's events; nullptr: their dates do. `at_rest` is called then only
  /// before operation `until`, once nothing else is going to happen, and the run ends there.
  Order* order = nullptr;
  std::size_t until = 0;
  bool timeouts = false;  ///< with `order`: deadlines pass at any time
  /// The run goes on from here, and not from power-on. The configuration may have other faults than
  /// that of the first part, and other operations from `from->next` on.
  const RestingRun* from = nullptr;
  /// With `from`: by fault of the configuration, the number of its occasions in the first part.
  std::vector<std::uint32_t> fault_counts = {};
  /// Time span of which RunResult::ledgers are computed; no value: the whole run. Not possible with
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
  /// time of the first boot, from first prepare step to last CPU online; 0: no boot
  Ns bringup{};
  Ns up{};    ///< date of the end of that bring-up
  Ns boot{};  ///< when the boot was done, with all that follows the bring-up in its own task
  /// MachineConfig::background that was left then; no value: there is none, or no boot
  std::optional<Ns> background_left;
  Ns end{};
  std::vector<Ledger> ledgers;  ///< one for each CPU, for the whole run or RunOptions::ledgers_of
  /// the boot CPU's ledger up to `boot` (without a boot: up to `end`)
  Ledger control_cpu;
  std::vector<CpuSpan> control_cpu_time;  ///< how the boot CPU spent its time up to `end`, in order
  std::vector<OpResult> operations;
  std::vector<HungTask> hung;
  std::optional<std::string> panic;
  std::vector<FinalCpu> final;
  std::vector<std::uint32_t> fault_counts;  ///< for each fault: number of occasions that matched it
  /// For each fault: its hits. Of a run that goes on from a rest, without those before the rest.
  std::vector<FaultHits> fault_hits;
  std::uint64_t events = 0;
  std::uint64_t engine_events = 0;
  std::string digest;    ///< 16 hex digits, of all events
  EventStream stream;    ///< all CPUs' events; without keep_events only names
  bool in_order = true;  ///< SoFar::in_order, for a run in parts

  bool ok() const { return hung.empty() && !panic; }
  bool begun(std::size_t i) const { return i < operations.size() && operations[i].begin > Ns{}; }
  /// Returns the result of operation `i`; nullptr when it never returned.
  const OpResult* operation(std::size_t i) const {
    return i < operations.size() && operations[i].returned ? &operations[i] : nullptr;
  }
};

/// Returns the machine as it is where orders are decided, and not by dates: grace periods take no
/// time, nothing is drawn, and the boot CPU has no work of its own.
MachineConfig without_dates(MachineConfig config);

/// Runs configurations one after another on one engine. Use with_simulator() to get a Simulator.
class Simulator {
 public:
  explicit Simulator(Stacks& stacks, Hosts hosts = Hosts::None);
  ~Simulator();
  RunResult run(const MachineConfig& config, const RunOptions& options = {});

 private:
  std::unique_ptr<Scheduler> scheduler_;
  Hosts hosts_;
};

/// Starts the engine for machines of up to `max_cpus` CPUs, and calls `body` with it. May be called
/// only once in a process. Passes on exceptions of `body`. The plain engine needs Hosts::EachCpu.
void with_simulator(CpuId max_cpus, const std::function<void(Simulator&)>& body,
                    Hosts hosts = Hosts::None);
/// Calls `body` with a simulator without SimGrid, for tests. May be called repeatedly.
void with_bare_simulator(const std::function<void(Simulator&)>& body);

}  // namespace cpuhp
