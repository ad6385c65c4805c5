// The measure by which a stream of events is judged: the kernel that made it, and how much of it
// was recorded. judged_by() in model/config.hpp makes one for a simulated run.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "model/cpumask.hpp"
#include "model/limits.hpp"
#include "model/state_table.hpp"

namespace cpuhp {

/// A fact that no event of a stream shows, and its place in the stream.
struct Mark {
  enum class Kind : std::uint8_t {
    Rest,  ///< `cpu` rests in `state`
    /// Whole operations took place that no event shows, of `cpu` or (kNoCpu) of any CPU.
    Unseen,
    Gap,      ///< events are missing here; an enter or an exit may be among them
    Armed,    ///< `fail` of `cpu` was set to `state`; 0: cleared
    Stopped,  ///< an armed `fail` stopped `cpu` on its way to `state`
    /// `cpu` was sent to `state`, and no event shows it: it rests there, or beyond it
    /// (docs/kernel.md 6.1).
    Asked,
    Online,   ///< the mask of online CPUs has `cpu`
    Offline,  ///< that mask does not have `cpu`
  };
  std::size_t before = 0;  ///< index of the event before which the mark is
  Kind kind = Kind::Gap;
  CpuId cpu = kNoCpu;
  StateId state = -1;
};

class CallbackTable;
class Names;
struct Known;
struct PlainCallback;

/// Numbers of the callbacks' names in one stream; 0: it has no such name.
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
  /// True for a run of the notifier design. It has no state machine, so promises of the state
  /// machine are not checked.
  bool notifier = false;
  /// True for the asynchronous design: each CPU brings itself up and takes itself down, many at
  /// once, and no bracket shows when.
  bool async = false;
  CpuId boot_cpu = 0;
  CpuMask present;       ///< empty: unknown
  CpuMask housekeeping;  ///< empty: all
  CpuId max_cpus = kMaxCpus;
  Limits limits;
  /// True when the run came to its end. In any other run, what a hang or panic has left open is no
  /// finding.
  bool complete = true;
  /// True for a kernel's trace: it has only Enter, MultiEnter and Exit, and none of STARTING and
  /// DYING.
  bool traced_only = false;
  /// True when the table was made from this very stream: then only other walks can show that a walk
  /// misses a state.
  bool inferred = false;
  std::vector<Mark> marks = {};  ///< in ascending order of `before`
  /// Names that the streams extend. `step_names` holds for streams with this base.
  std::shared_ptr<const Names> names = {};
  StepNames step_names = {};
  /// the callbacks of `table`, taken as exact
  std::shared_ptr<const CallbackTable> callbacks = {};
  /// Numbers of names, and facts of the table, that the checks of a run look up.
  std::shared_ptr<const Known> known = {};
  /// Plain callbacks of `table` with these names.
  std::shared_ptr<const std::vector<PlainCallback>> plain = {};
};

}  // namespace cpuhp
