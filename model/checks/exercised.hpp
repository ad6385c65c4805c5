// An invariant is exercised in a run that gave it something to judge. A campaign counts these runs, and
// the walks that turned back, to tell what was never put to the test.
//
//   Exercised exercised;
//   exercised.take(EventStream{}, Judged{});
//   const bool judged = (exercised.invariants() >> 3 & 1) != 0;   // kExercises[3] had something
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "model/checks/judged.hpp"
#include "model/checks/known.hpp"
#include "model/checks/watch/kinds.hpp"
#include "model/cpumask.hpp"
#include "model/events.hpp"

namespace cpuhp {

/// What gives an invariant something to judge. Without it, no run can break the invariant.
struct Exercise {
  std::string_view invariant;  ///< as in Law::invariants
  std::string_view text;       ///< what has to happen in a run
};

/// One row for each invariant of walk_laws() and watch_laws(), each once.
inline constexpr std::array kExercises{
    Exercise{"I1", "a walk calls a callback after another one"},
    Exercise{"I2", "a walk calls a callback"},
    Exercise{"I3", "a callback begins"},
    Exercise{"I4", "the plugged CPU runs a callback itself"},
    Exercise{"I5", "a PREPARE callback, or a step of the hotplug core, runs"},
    Exercise{"I6", "a STARTING or ONLINE callback runs, or an interrupt handler"},
    Exercise{"I7", "a STARTING or DYING callback returns an error"},
    Exercise{"I8", "a CPU rests after an operation"},
    Exercise{"I10", "a walk turns back and calls a callback on its way"},
    Exercise{"I11, I12", "a CPU rests after a failed operation"},
    Exercise{"I13", "a step returns an error"},
    Exercise{"I14", "a CPU enters or leaves the online mask"},
    Exercise{"I15", "a CPU becomes active, leaves the online mask or enters a subsystem's"},
    Exercise{"I16", "an ordinary task runs"},
    Exercise{"I17", "stop_machine() begins for a takedown, or a thread is unparked"},
    Exercise{"I18", "an AP reaches its idle loop, or a CPU runs DYING callbacks"},
    Exercise{"I19", "stop_machine() ends"},
    Exercise{"I20", "a CPU rests offline or online, or gets timers, calls or interrupts"},
    Exercise{"I21", "a completion is completed, or its wait ends"},
    Exercise{"I22", "a task begins to wait"},
    Exercise{"I23", "a wait for alive or dead ends, or an AP that was kicked comes online"},
    Exercise{"I24", "ap_sync_state changes"},
    Exercise{"I25", "a callback begins"},
    Exercise{"I26", "a task asks for cpu_hotplug_lock"},
    Exercise{"I27", "a CPU leaves the online mask"},
    Exercise{"I28", "a CPU rests after an operation"},
    Exercise{"I29", "a callback ends"},
    Exercise{"I30", "the file `fail` is armed, or strikes, or a CPU rests"},
    Exercise{"I31", "a callback of an instance begins"},
    Exercise{"I32", "the setup of a state is asked for"},
    Exercise{"I33", "a state is set up or removed"},
    Exercise{"I34", "hotplug is disabled or enabled, or a suspend or resume begins"},
    Exercise{"I35", "per-CPU threads are created"},
    Exercise{"I36", "a CPU enters the dying mask"},
    Exercise{"I37", "a hotplug thread is woken"},
    Exercise{"I38", "a PREPARE callback runs on the way down"},
    Exercise{"I39", "a state is removed"},
    Exercise{"I40", "code runs with interrupts off"},
    Exercise{"I41", "the control CPU gives an AP up, or a CPU rests below cpu:teardown"},
    Exercise{"I42", "a callback of the ONLINE section ends, and the scenario has a limit"},
    Exercise{"I43", "a wait for RCU begins while a reader is inside"},
    Exercise{"complete", "a walk calls a callback"},
    Exercise{"target", "a walk calls a callback"},
    Exercise{"symbol", "a walk calls a callback"},
    Exercise{"time", "an event follows another one"},
    Exercise{"task", "a per-CPU thread runs a callback"},
    Exercise{"boot", "a boot ends"},
    Exercise{"cpusets", "an active CPU rests online"},
    Exercise{"panic", "the kernel panics"},
    Exercise{"resource-exclusive", "a lock is taken"},
    Exercise{"resource-released", "a lock is taken or let go"},
    Exercise{"resource-serial", "a boot ends"},
    Exercise{"state-resource-taken", "a startup callback takes a resource"},
    Exercise{"state-resource-given", "a teardown callback gives a resource back"},
    Exercise{"state-resource-leak", "a CPU rests below a state that had taken a resource"},
    Exercise{"told", "an AP is kicked"},
    Exercise{"smt",
             "smt/control is written, in a kernel that starts no core for it that is offline"},
    Exercise{"kexec", "a kexec wakes the offline CPUs"}};
static_assert(kExercises.size() <= 64, "Exercised has one bit for each");

/// A walk that turned back. Steps of a registration, and errors after which a walk goes on, do not
/// turn it.
struct Turn {
  StateId at = -1;  ///< state of the step that failed first
  bool up = true;   ///< the walk's direction before it turned
  StateId to = -1;  ///< state in which the CPU then rested
  auto operator<=>(const Turn&) const = default;
};

/// Goes through the events of a run, part by part. A value: a copy goes on by itself.
class Exercised {
 public:
  /// Takes the next part of the run. All parts of a run have the same `judged` but for `complete`.
  void take(const EventStream& part, const Judged& judged);

  /// Returns a bit for each row of kExercises: the invariant had something to judge.
  std::uint64_t invariants() const { return bits_; }
  /// Returns the turns, each once, in ascending order.
  std::vector<Turn> turns() const;
  /// Returns by number the names of the states that the run registered, each the latest.
  const std::map<StateId, std::string>& registered() const { return registered_; }

 private:
  struct Cpu {
    StateId called = -1;  ///< step of the last callback since the last operation began
    bool up = true;       ///< direction of that callback
    bool failed = false;  ///< a step has failed since the CPU last rested
    Turn turn = {};       ///< with `failed`: of that step
    StateId rest = 0;     ///< state in which it last rested
    bool active = false;
    bool kicked = false;
    StateId took = -1;  ///< highest state that has taken a resource; -1: none
  };
  class Part;

  std::vector<Cpu> cpus_;
  std::vector<Turn> turns_;
  std::map<StateId, std::string> registered_;
  std::uint64_t bits_ = 0;
  int running_ = 0;           ///< operations under way
  int inside_ = 0;            ///< readers of RCU
  bool registering_ = false;  ///< cpuhp_state_mutex is held
};

}  // namespace cpuhp
