// The steps of a stream: each enter of a callback with its exit, in the order in which each CPU
// walked. The checks of walks (a CPU's way through the states) read the steps.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "model/checks/finding.hpp"
#include "model/checks/judged.hpp"
#include "model/events.hpp"

namespace cpuhp {

class Outline;

/// Larger than the index of any event, and smaller than those of events of earlier parts
/// (Step::enter).
inline constexpr std::uint32_t kNoEvent = 0x7fffffff;
inline constexpr StateId kNoState = -1;

/// True for a task that walks for the CPU on which it runs, and for no other CPU.
inline bool is_thread(Role role) {
  return role == Role::CpuhpThread || role == Role::Stopper || role == Role::ApBoot;
}

/// The kind of a step. All kinds except Callback are brackets: steps within which other steps run.
enum class StepKind : std::uint8_t {
  Callback,
  Kick,      ///< cpuhp_kick_ap_work; the step's number is the state of the CPU at the enter
  Bringup,   ///< the startup of cpu:bringup
  Takedown,  ///< the teardown of cpu:teardown
};

/// An enter with its exit. When one of the two is missing, its fields are empty or assumed.
struct Step {
  /// Index in the stream. Of a step that an earlier part has entered, the difference to the index
  /// 0, modulo 2^32.
  std::uint32_t enter = kNoEvent;
  std::uint32_t exit = kNoEvent;
  CpuId cpu = kNoCpu;
  CpuId on = kNoCpu;       ///< the CPU of the enter
  CpuId exit_on = kNoCpu;  ///< the CPU of the exit
  NameId name = 0;         ///< 0: the enter is missing
  std::int32_t ret = 0;
  StateId state = kNoState;
  StateId target = kNoState;  ///< kNoState: the enter is missing
  StateId after = kNoState;   ///< the CPU's state at the exit
  StepKind kind = StepKind::Callback;
  Role role = Role::Control;
  bool multi = false;
  bool up = true;
  /// A registration called the callback, not a walk.
  bool registered = false;
  /// The callback undoes one instance after another one failed, so it runs in the opposite
  /// direction.
  bool undo = false;
  bool open = false;  ///< a later part ends the step

  bool entered() const { return enter != kNoEvent; }
  bool left() const { return exit != kNoEvent; }
  std::uint32_t event() const { return entered() ? enter : exit; }
};

/// Returns a step whose fields are taken from its enter; those of the exit are missing.
inline Step entered_step(const Event& e, std::uint32_t index) {
  return {.enter = index,
          .cpu = e.cpu,
          .on = e.on,
          .exit_on = e.on,
          .name = e.name,
          .state = e.step,
          .target = e.value,
          .role = e.role,
          .multi = e.kind == EventKind::MultiEnter};
}

/// Something that happened, as the checks of walks see it. Tokens are in the order of the stream.
/// Tokens of one time on several CPUs are ordered so that brackets close inside each other.
struct Token {
  enum class Kind : std::uint8_t {
    Begin,     ///< the bracket (enclosing step) `step` is entered
    End,       ///< the bracket `step` is left
    Call,      ///< the callback `step`, from its enter to its exit
    Stretch,   ///< a sequence of plain callbacks; step = its index in the outline
    Injected,  ///< a fault hit `cpu` at `state`, and so no callback ran
    /// state = target of the operation, step = number of operations already under way.
    OpBegin,
    OpEnd,      ///< no operation is under way any more
    WalkBegin,  ///< cpu_hotplug_lock was taken for a walk of `cpu`
    Rest,       ///< as in Mark, like all kinds below
    Unseen,
    Gap,
    Armed,
    Stopped,
    Online,
    Offline,
  };
  Kind kind = Kind::Call;
  StateId state = kNoState;
  CpuId cpu = kNoCpu;
  std::uint32_t step = 0;
  std::uint32_t event = kNoEvent;

  bool of_step() const { return kind <= Kind::Call; }
};

/// The state of the reading of steps between two parts of a run.
struct ReadSoFar {
  /// By CPU: its last callback that has exited. Only that of a multi-instance state matters, and
  /// `multi` is false otherwise.
  std::vector<Step> last = {};
  bool begun = false;            ///< an operation has begun
  bool registering = false;      ///< cpuhp_state_mutex is held
  std::uint32_t running = 0;     ///< number of operations under way
  std::vector<Step> open = {};   ///< the steps under way; on each CPU, the outer one comes first
  std::vector<Ns> entered = {};  ///< when they were entered
};

/// The input of the checks of walks: a part of a run, or all of it.
struct Walks {
  const Outline& outline;
  const EventStream& stream;
  const Judged& judged;
  bool ends = true;  ///< no part follows
  StepNames names = {};
  /// Steps in the order of their first event. Steps within stretches are not here.
  std::vector<Step> steps = {};
  std::vector<Ns> entered = {};  ///< of the first steps, which earlier parts have entered
  std::vector<Token> tokens = {};
  std::vector<Finding> findings = {};
  bool registers = false;       ///< simulated runs only: the run sets up or removes states
  bool installs = false;        ///< an event says that a state was set up or removed
  bool states_change = false;   ///< a state got or lost callbacks
  bool any_registered = false;  ///< Step::registered is true for some step

  /// True for the index of a step that an earlier part has entered.
  bool is_earlier(std::size_t step) const { return step < entered.size(); }
  Ns time_of(std::uint32_t event) const;
  /// True when whatever is not finished at the end is a finding.
  bool is_complete() const { return ends && judged.complete; }
};

/// Returns the numbers of the callbacks' names, for all streams with these names.
StepNames step_names(const Names& names, const StateTable& table);

/// True when the kernel's rules say that this kind of task sets the new state before a teardown, so
/// that the exit shows the state below (docs/kernel.md 6.4). A kernel's trace may show otherwise.
bool moves_first(const Judged& judged, Role role);

/// Reads the steps and tokens. Reports violations of I3, I4 and I25 (one walk at a time);
/// docs/reference/check.md lists them.
Walks read_walks(const Outline& outline, const EventStream& stream, const Judged& judged, bool ends,
                 ReadSoFar& so_far);

/// Returns "step 43 (hrtimers:prepare)".
std::string step_text(const StateTable& table, StateId state);
/// Returns Finding::place for a state: its name, or its number when it has none.
std::string place_of(const StateTable& table, StateId state);

inline constexpr std::array kWalksLaws{
    Law{"I3",
        "each enter event has an exit event, and each exit event has an enter event, of the same "
        "CPU, step and task"},
    Law{"I25", "only one CPU is plugged at a time"}};

}  // namespace cpuhp
