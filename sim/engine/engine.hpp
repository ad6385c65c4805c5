// What the engines have in common: what is asked of a run, what comes out of it, and the order of
// what falls on one date.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "model/runtime.hpp"

namespace cpuhp {

class Order;

struct SchedulerConfig {
  CpuId cpus = 1;
  CpuId boot_cpu = 0;
  bool exact = false;
  Ns background{};                ///< CPU work on boot_cpu, which runs whenever nothing else does
  std::optional<Settle> dropped;  ///< tests only: the kind of wait that is left out
  /// Limit for queue entries. A run with more is taken for endless, and throws EndlessRun. Unless
  /// the configuration asks for that many, it is a bug of the simulator.
  std::uint64_t max_turns = 1'000'000'000;
  /// Asks somebody outside of the machine for actions. Called before the clock advances to `next`
  /// (kNever: the queue is empty). May start tasks and block the process. Returns false when there
  /// is nothing more to ask.
  std::function<bool(Ns next)> outside;
  /// Called when the logs have grown by `part` bytes. Events before `date` are final: none of them
  /// changes any more, and no other one is added. They may be taken out of the logs.
  std::function<void(Ns date)> take_final;
  std::size_t part = 0;
  /// Decides what happens next; nullptr: the dates do. Not together with `outside`.
  Order* order = nullptr;
  /// With `order`: a deadline may pass at any time, and not only where nothing else can happen.
  bool timeouts = false;
};

/// The boot CPU when the (first) boot was done.
struct AtBoot {
  Ledger ledger;         ///< how it spent its time until then
  Ns background_left{};  ///< work of other tasks that was not done
  bool operator==(const AtBoot&) const = default;
};

struct RunOutcome {
  Ns end{};
  std::vector<HungTask> hung;          ///< tasks whose waits never end
  std::optional<std::string> panic;    ///< why the simulated kernel died
  std::vector<Ledger> ledgers;         ///< one for each CPU; each adds up to `end`
  std::vector<CpuSpan> boot_cpu_time;  ///< how the boot CPU spent its time, in order
  std::optional<AtBoot> at_boot;       ///< no value: the boot was never done
  std::uint64_t engine_events = 0;
};

/// The order of what falls on one date, with reasons.
enum class Prio : std::uint8_t {
  Hardware,  ///< devices act, and interrupt handlers end, before the CPU's tasks continue
  /// Running tasks continue, and actions given to publish() run, before anything wakes at this
  /// time.
  Step,
  Wake,  ///< signalled tasks wake up
  /// A CPU becomes free after all tasks that wake at this time are in its queue. So the queue
  /// stays first in, first out.
  Free,
  Timeout,    ///< comes late: a signal at the time of the deadline is in time
  Arbitrate,  ///< a lock is granted after all tasks that ask at this time are known
  Freeze,     ///< interrupts and stop_machine() begin last, as they delay what is later
};

struct EndlessRun : std::runtime_error {
  EndlessRun()
      : std::runtime_error(
            "the run does not end: it took more scheduler steps than its operations can need") {}
};

class Engine : public Runtime {
 public:
  /// Runs from time 0 until nothing is left to happen. `setup` starts the first tasks.
  virtual RunOutcome run(const SchedulerConfig& config, const Action& setup) = 0;
  virtual std::vector<CpuLog>& logs() = 0;
};

/// Sorts the tasks that hang, and logs them.
void log_hangs(std::vector<HungTask>& hung, Ns date, std::vector<CpuLog>& logs);

/// Makes the engine that is written straight on SimGrid (plain.cpp). Its run() has to be called
/// within Stacks::run() of make_simgrid_stacks() with Hosts::EachCpu, once. SchedulerConfig's
/// `exact`, `dropped`, `outside` and `take_final` mean nothing to it.
std::unique_ptr<Engine> make_plain_engine();

}  // namespace cpuhp
