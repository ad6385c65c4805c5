// What a stream of events is judged by: the kernel that made it, and how much of it is there.
//
//   const Judged judged = judged_by(config);              // a simulated run: model/config.hpp
//   const Judged real{.table = table, .traced_only = true};   // a kernel's own trace
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "model/cpumask.hpp"
#include "model/state_table.hpp"

namespace cpuhp {

/// What is known about a place in a stream beside its events.
struct Mark {
  enum class Kind : std::uint8_t {
    Rest,     ///< `cpu` rests in `state`
    Unseen,   ///< whole operations of `cpu` (kNoCpu: of any) took place that no event shows
    Gap,      ///< events are missing here; an enter or an exit may be among them
    Armed,    ///< `fail` of `cpu` was set to `state`; 0: cleared
    Stopped,  ///< an armed `fail` stopped `cpu` on its way to `state`
    Asked,    ///< `cpu` went to `state`, unseen: it rests there, or beyond it (docs/kernel.md 6.1)
    Online,   ///< the mask of online CPUs has `cpu`
    Offline,  ///< it has not
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

/// Names of callbacks by their numbers in one stream; 0 where it has no such name.
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
  StateTable table;  ///< with the rules of its kernel
  Rules rules;
  /// The notifier design has no state machine: what only that one promises is not asked of it.
  bool notifier = false;
  /// Each CPU brings itself up and takes itself down, many at once, and no bracket says when.
  bool async = false;
  CpuId boot_cpu = 0;
  CpuMask present;       ///< empty: unknown
  CpuMask housekeeping;  ///< empty: all
  CpuId max_cpus = kMaxCpus;
  /// The run came to its end: what a hang or panic left open is no finding.
  bool complete = true;
  /// Read from a kernel's trace: Enter, MultiEnter and Exit, STARTING and DYING not among them.
  bool traced_only = false;
  /// The table was made of this very stream: a state that a walk misses is told by other walks.
  bool inferred = false;
  std::vector<Mark> marks = {};  ///< in the order of `before`
  std::shared_ptr<const Names> names =
      {};  ///< of streams whose names go on from these, `step_names`
  StepNames step_names = {};
  std::shared_ptr<const CallbackTable> callbacks = {};  ///< of `table`, where it says all
  std::shared_ptr<const Known> known = {};  ///< what the checks of a run know of these names
  std::shared_ptr<const std::vector<PlainCallback>> plain = {};  ///< of `table` and these names
};

}  // namespace cpuhp
