// A stream's callbacks, each enter paired with its exit, in the order in which each CPU went
// through them: the checks of walks go by them.
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

/// True for a task that walks for the CPU on which it runs.
inline bool is_thread(Role role) {
  return role == Role::CpuhpThread || role == Role::Stopper || role == Role::ApBoot;
}

/// The meaning of an enter and its exit. All but a callback are brackets: others run within them.
enum class StepKind : std::uint8_t {
  Callback,
  Kick,      ///< cpuhp_kick_ap_work: its number is the state that the CPU was in
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
  StateId after = kNoState;   ///< state when it was left
  StepKind kind = StepKind::Callback;
  Role role = Role::Control;
  bool multi = false;
  bool up = true;
  bool registered = false;  ///< called because its state was set up or removed: no walk moves
  /// Undoes an instance in place after another one failed: it runs the other way round.
  bool undo = false;

  bool entered() const { return enter != kNoEvent; }
  bool left() const { return exit != kNoEvent; }
  std::uint32_t event() const { return entered() ? enter : exit; }
};

/// Returns a step with as much as its enter says.
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

/// One thing that happened. Tokens come in order, those of one CPU in the order of its walks.
struct Token {
  enum class Kind : std::uint8_t {
    Begin,      ///< a bracket opens: step
    End,        ///< it closes: step
    Call,       ///< a callback, from its enter to its exit: step
    Stretch,    ///< many callbacks: step = their item's place in the outline
    Injected,   ///< a fault hit `cpu` at `state`, in place of the callback
    OpBegin,    ///< state = the target asked for, step = how many others are under way
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
  std::vector<Step> steps;  ///< in the order of their first event; without those of stretches
  std::vector<Token> tokens;
  std::vector<Finding> findings;
  bool registers = false;       ///< an operation set up or removed states: of simulated runs
  bool states_change = false;   ///< a state got callbacks, or lost them
  bool any_registered = false;  ///< one of the steps is `registered`
};

/// Returns the callbacks' numbers in streams that have these names.
StepNames step_names(const Names& names, const StateTable& table);

/// True when that task moves the state before a teardown, so that the exit shows the state below.
/// As the rules have it (docs/kernel.md 6.4); a kernel's trace may tell otherwise.
bool moves_first(const Judged& judged, Role role);

/// Reads the steps and tokens, and finds breaches of I3, I4 and I25 (one walk at a time); see
/// docs/reference/check.md.
Walks read_walks(const Outline& outline, const EventStream& stream, const Judged& judged);

/// Returns "step 43 (hrtimers:prepare)".
std::string step_text(const StateTable& table, StateId state);
/// Returns the place of a finding about this state: its name, or its number when it has none.
std::string place_of(const StateTable& table, StateId state);

/// The invariants of this file.
inline constexpr std::array kWalksLaws{
    Law{"I3", "each enter has its exit, and each exit its enter, of the same CPU, step and task"},
    Law{"I25", "one CPU is plugged at a time"}};

}  // namespace cpuhp
