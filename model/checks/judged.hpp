// The measure that a stream of events is judged by: the kernel that made it, and how much of it is
// there. judged_by() in model/config.hpp makes one for a simulated run.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "model/cpumask.hpp"
#include "model/limits.hpp"
#include "model/state_table.hpp"

namespace cpuhp {

/// A fact about a place in a stream that no event shows.
struct Mark {
  enum class Kind : std::uint8_t {
    Rest,     ///< `cpu` rests in `state`
    Unseen,   ///< whole operations of `cpu` (kNoCpu: of any) took place that no event shows
    Gap,      ///< events are missing here; an enter or an exit may be among them
    Armed,    ///< `fail` of `cpu` was set to `state`; 0: cleared
    Stopped,  ///< an armed `fail` stopped `cpu` on its way to `state`
    Asked,    ///< `cpu` went to `state`, unseen: it rests there, or beyond it (docs/kernel.md 6.1)
    Online,   ///< the mask of online CPUs has `cpu`
    Offline,  ///< that mask does not have `cpu`
  };
  std::size_t before = 0;  ///< index of the event that follows
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
  /// The run is of the notifier design, which has no state machine: promises of the state machine
  /// are not asked of it.
  bool notifier = false;
  /// Each CPU brings itself up and takes itself down, many at once, and no bracket says when.
  bool async = false;
  CpuId boot_cpu = 0;
  CpuMask present;       ///< empty: unknown
  CpuMask housekeeping;  ///< empty: all
  CpuId max_cpus = kMaxCpus;
  Limits limits;
  /// The run came to its end. Of a run that did not, things left open by a hang or panic are no
  /// finding.
  bool complete = true;
  /// The stream is a kernel's trace: Enter, MultiEnter and Exit only, without STARTING and DYING.
  bool traced_only = false;
  /// The table was made from this very stream: only other walks tell of a state that a walk misses.
  bool inferred = false;
  std::vector<Mark> marks = {};  ///< in the order of `before`
  /// Names that the streams go on from; `step_names` are those of streams with this base.
  std::shared_ptr<const Names> names = {};
  StepNames step_names = {};
  std::shared_ptr<const CallbackTable> callbacks = {};  ///< callbacks of `table`, taken as exact
  std::shared_ptr<const Known> known = {};  ///< names and table as the checks of a run know them
  /// Plain callbacks of `table` with these names.
  std::shared_ptr<const std::vector<PlainCallback>> plain = {};
};

}  // namespace cpuhp
