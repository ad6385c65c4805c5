// What a trace shows of each bring-up and takedown: which parts it had, what each took, which
// callbacks ran, and what the trace cannot tell. Internal to `import`, which makes costs of it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/costs.hpp"
#include "model/designs/design.hpp"
#include "sim/trace/state_list.hpp"

namespace cpuhp {

inline constexpr std::string_view kKickWork = "cpuhp_kick_ap_work";

/// Why a callback ran: the CPU goes up or down, or the state is set up or removed.
enum class CalledFor : std::uint8_t { Up, Down, Installed };
CalledFor way_of(const Ftrace& trace, const StateList& states, std::size_t enter, std::size_t exit);

/// One call of a callback.
struct WalkCall {
  StateId state = -1;
  Direction way = Direction::Up;
  std::uint16_t nth = 0;  ///< number of the call among the calls of this state: the instance
  bool multi = false;
  bool in_thread = false;  ///< the CPU's hotplug thread runs it
  int ret = 0;
  Ns took{};  ///< from the task's previous event in this walk to the exit
};

/// A part of an AP's start-up that lines of the kernel's log bound.
enum class StartPart : std::uint8_t { Kick, Alive, CpuInit, TscSync };

/// One bring-up or takedown. What passes on the control CPU between two of its events, and on the
/// AP's thread between two callbacks, belongs to the later one: the parts add up to the whole.
struct RecordedWalk {
  CpuId cpu = kNoCpu;
  Direction way = Direction::Up;
  bool in_boot = false;
  bool from_offline = true;  ///< began in the state offline
  /// Number of the CPU's bring-ups and takedowns since power-on, this one included.
  std::uint32_t occurrence = 0;
  std::string file;
  std::uint32_t line = 0;
  std::string task;  ///< which controls it
  /// Which design makes such a walk; no value: the trace does not show it.
  std::optional<Design> design;
  int ret = 0;  ///< of the first part that failed
  std::vector<WalkCall> calls;

  Ns begin{}, end{};  ///< dates of the first and the last event
  Ns before{};        ///< in a boot: from another CPU's event to the first one
  Ns prepare{};       ///< PREPARE callbacks
  Ns kick{};          ///< cpu:kick_ap
  Ns kicked{};        ///< date of the kick's end; without cpu:kick_ap that of the PREPARE section's
  Ns waited{};        ///< from there to cpu:bringup, while other CPUs were kicked
  Ns released{};      ///< date of cpu:bringup, if the CPU has waited; otherwise `kicked`
  /// From `released` to the first callback of the AP, or to the end of cpu:bringup of an AP that
  /// goes down at once. No value: the CPU did not come to life.
  std::optional<Ns> started;
  Ns section{};   ///< callbacks of the AP's thread
  Ns done{};      ///< from the last of these to the end of cpu:bringup
  Ns after{};     ///< from there to the next CPU's cpu:bringup
  Ns woken{};     ///< from a request to the CPU's thread to its first callback
  Ns takedown{};  ///< cpu:teardown
  Ns dead{};      ///< callbacks of the control CPU on the way down
  /// From `kicked` on, by StartPart: as far as the kernel's log shows it.
  std::array<std::optional<Ns>, 4> logged{};
  bool idle = false;  ///< the AP came to its idle loop, and its thread was not asked to do anything
  bool still = false;  ///< the clock stood still: all callbacks of the AP have one stamp

  bool up() const { return way == Direction::Up; }
  /// True when several CPUs were under way at once, so that `started` does not contain the time to
  /// the AP's first sign of life.
  bool hidden() const { return released != kicked; }
  /// Returns the length of the control CPU's brackets.
  Ns taken() const { return end - begin - waited; }
};

/// Returns the bring-ups and takedowns in order of their beginnings; none for a trace without times.
/// `boot`: the trace is of a boot. Throws BadInput when the clocks of two CPUs disagree.
std::vector<RecordedWalk> walks_of(const Ftrace& trace, const StateList& states, bool boot);

/// True for a line of the kernel's log that bounds a part of a CPU's start.
bool is_about_a_start(std::string_view text);
/// Divides the start of a bring-up by lines of the kernel's log, whose clock is the trace's.
/// Returns false when no line falls into it.
bool split_by_log(RecordedWalk& walk, const std::vector<KernelLine>& log);

/// Returns the design of the boot; no value when no walk shows it.
std::optional<Design> design_of(const std::vector<RecordedWalk>& walks);

/// The dates of the first and the last event of a boot's bring-ups.
struct WalksSpan {
  Ns begin{}, end{};
};
WalksSpan boot_span(const std::vector<RecordedWalk>& walks);

}  // namespace cpuhp
