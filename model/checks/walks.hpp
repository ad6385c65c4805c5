// The callbacks of a stream, each enter paired with its exit, in the order in which each CPU went
// through them. The checks of walks work on these.
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

inline constexpr std::uint32_t kNoEvent = static_cast<std::uint32_t>(-1);
inline constexpr StateId kNoState = -1;

/// True for a task that walks for the CPU on which it runs, and for no other CPU.
inline bool is_thread(Role role) {
  return role == Role::CpuhpThread || role == Role::Stopper || role == Role::ApBoot;
}

/// The kind of a step. All kinds except Callback are brackets: other steps run within them.
enum class StepKind : std::uint8_t {
  Callback,
  Kick,      ///< cpuhp_kick_ap_work: its number is the state in which the CPU was
  Bringup,   ///< the startup of cpu:bringup
  Takedown,  ///< the teardown of cpu:teardown
};

/// One enter with its exit. When one of them is missing, its fields are assumed.
struct Step {
  std::uint32_t enter = kNoEvent;  ///< index in the stream
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
  /// The callback was called because its state is set up or removed: no walk moves.
  bool registered = false;
  /// The callback undoes an instance in place after another instance failed: it runs in the
  /// opposite direction.
  bool undo = false;

  bool entered() const { return enter != kNoEvent; }
  bool left() const { return exit != kNoEvent; }
  std::uint32_t event() const { return entered() ? enter : exit; }
};

/// Returns a step with those fields that its enter gives.
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

/// One thing that happened. Tokens are in the order of the stream, those of one CPU in the order of
/// its walks.
struct Token {
  enum class Kind : std::uint8_t {
    Begin,     ///< a bracket begins: step
    End,       ///< a bracket ends: step
    Call,      ///< a callback, from its enter to its exit: step
    Stretch,   ///< many callbacks: step = place of their item in the outline
    Injected,  ///< a fault hit `cpu` at `state`, in place of the callback
    /// state = the target that is asked for, step = number of operations already under way
    OpBegin,
    OpEnd,      ///< no operation is under way any more
    WalkBegin,  ///< a walk of `cpu` begins: cpu_hotplug_lock was taken for it
    Rest,       ///< as Mark
    Unseen,     ///< as Mark
    Gap,        ///< as Mark
    Armed,      ///< as Mark
    Stopped,    ///< as Mark
    Online,     ///< as Mark
    Offline,    ///< as Mark
  };
  Kind kind = Kind::Call;
  StateId state = kNoState;
  CpuId cpu = kNoCpu;
  std::uint32_t step = 0;
  std::uint32_t event = kNoEvent;

  bool of_step() const { return kind <= Kind::Call; }
};

struct Walks {
  const Outline* outline = nullptr;
  StepNames names;
  /// Steps in the order of their first event; those in stretches are left out.
  std::vector<Step> steps;
  std::vector<Token> tokens;
  std::vector<Finding> findings;
  bool registers = false;       ///< simulated runs only: an operation set up or removed states
  bool states_change = false;   ///< a state got callbacks or lost them
  bool any_registered = false;  ///< one of the steps is `registered`
};

/// Returns the numbers of the callbacks' names in streams that have these names.
StepNames step_names(const Names& names, const StateTable& table);

/// True when that task moves the state before a teardown, so that the exit shows the state below.
/// This is what the rules say (docs/kernel.md 6.4); a kernel's trace may show otherwise.
bool moves_first(const Judged& judged, Role role);

/// Reads the steps and tokens. Finds violations of I3, I4 and I25 (one walk at a time); see
/// docs/reference/check.md.
Walks read_walks(const Outline& outline, const EventStream& stream, const Judged& judged);

/// Returns "step 43 (hrtimers:prepare)".
std::string step_text(const StateTable& table, StateId state);
/// Returns the place that a finding about this state has: the state's name, or its number when it
/// has none.
std::string place_of(const StateTable& table, StateId state);

/// The invariants that this check holds.
inline constexpr std::array kWalksLaws{
    Law{"I3",
        "each enter event has an exit event, and each exit event has an enter event, of the same "
        "CPU, step and task"},
    Law{"I25", "only one CPU is plugged at a time"}};

}  // namespace cpuhp
