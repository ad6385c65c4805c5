// A Judged tells the checks what a stream's events do not: the kernel that made the stream, and how
// much was recorded. judged_by() in model/judged_run.hpp makes one for a simulated run.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "model/cpumask.hpp"
#include "model/limits.hpp"
#include "model/state_table.hpp"

namespace cpuhp {

/// A fact that no event of a stream shows, and the event before which it holds.
struct Mark {
  enum class Kind : std::uint8_t {
    Rest,  ///< `cpu` stays in `state`: no operation moves it
    /// Operations of `cpu` (kNoCpu: of any CPU) took place, and the stream has no event of them.
    Unseen,
    Gap,      ///< events are missing here; an enter or an exit may be among them
    Armed,    ///< hotplug/fail of `cpu` was set to `state`; 0: cleared
    Stopped,  ///< hotplug/fail stopped `cpu` on its way to `state`
    /// `cpu` was sent to `state`, and no event shows this. It is now in that state or beyond it
    /// (docs/kernel.md 6.1).
    Asked,
    Online,   ///< the mask of online CPUs contains `cpu`
    Offline,  ///< the mask of online CPUs lacks `cpu`
  };
  std::size_t before = 0;  ///< index of the event that follows the mark
  Kind kind = Kind::Gap;
  CpuId cpu = kNoCpu;
  StateId state = -1;
};

class CallbackTable;
class Names;
struct Known;
struct PlainCallback;

/// By state: numbers of its callbacks' names in one stream; 0: the stream lacks the name.
struct StepNames {
  struct Pair {
    std::uint32_t startup = 0, teardown = 0;
    std::uint32_t of(bool up) const { return up ? startup : teardown; }
  };
  const Pair& at(StateId state) const { return states[static_cast<std::size_t>(state)]; }

  std::uint32_t kick_work = 0;
  std::vector<Pair> states;
};

struct Judged {
  StateTable table;  ///< the table of the kernel that made the stream
  Rules rules;
  /// True for a run of the notifier design. The design has no state machine, so rules of the state
  /// machine are not checked.
  bool notifier = false;
  /// True for the asynchronous design. Many CPUs bring themselves up and take themselves down at
  /// the same time. No enclosing step in the trace shows where the walk of such a CPU begins and
  /// ends.
  bool async = false;
  CpuId boot_cpu = 0;
  CpuMask present;  ///< empty: unknown
  /// By CPU: the number of its core. Empty: unknown, or no core has several threads.
  std::vector<std::uint32_t> core_of = {};
  CpuMask housekeeping;  ///< empty: all
  CpuId max_cpus = kMaxCpus;
  Limits limits;
  std::vector<std::string> readers;  ///< names of the scenario's readers, by their numbers
  /// True when the run ended normally. After a hang or a panic, unfinished work is no finding.
  bool complete = true;
  /// True for a kernel's trace. It has only Enter, MultiEnter and Exit events, and none for
  /// STARTING and DYING callbacks.
  bool traced_only = false;
  /// True when the table was made from this same stream. The table then lacks states that the
  /// stream never calls, and a callback that is always skipped cannot be found.
  bool inferred = false;
  std::vector<Mark> marks = {};  ///< in ascending order of `before`
  /// The names with which every stream's list of names begins, so `step_names` holds for all.
  std::shared_ptr<const Names> names = {};
  StepNames step_names = {};
  /// The callbacks of `table`, including those that it assumes and no event has shown.
  std::shared_ptr<const CallbackTable> callbacks = {};
  /// Looked-up names and facts of `table`, for the checks of simulated runs.
  std::shared_ptr<const Known> known = {};
  /// How to recognise the calls of plain callbacks in a stream (model/checks/outline.hpp).
  std::shared_ptr<const std::vector<PlainCallback>> plain = {};
};

}  // namespace cpuhp
