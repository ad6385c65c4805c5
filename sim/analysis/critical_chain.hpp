// The critical chain: what the end of an operation had to wait for, link by link, back to its
// begin. Links are contiguous; their durations add up to the whole, in ns.
//
//   const CriticalChain chain = critical_chain(result.stream, span, facts);
//   chain.links[7].what;      // "microcode"
//   chain.links[7].on;        // 3: on CPU 3
//   chain.links[8].why;       // "the control CPU has spun 11.5 ms for CPU 3's sign of life"
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/costs.hpp"
#include "model/events.hpp"
#include "sim/analysis/span.hpp"

namespace cpuhp {

/// What the time of a link went to.
enum class LinkKind : std::uint8_t {
  Step,       ///< a callback runs
  Phase,      ///< a phase of the cost profile
  Core,       ///< the core's own code outside of both, and its pauses
  Hardware,   ///< from a kick to the AP's first instruction
  WakeUp,     ///< from a signal to the first instruction of the task that slept
  SpinExit,   ///< from a signal to the next instruction of the task that span
  Interrupt,  ///< from the sender of an IPI to what its handler brings about; or a handler
  Poll,       ///< it has happened, and whoever waits has not looked yet
  Wait,       ///< waits, and nothing that shows ends it: a time-out, a hang, a sleep
  Stopped,    ///< stands still in stop_machine
  Untraced,   ///< a trace shows nothing
  Pause,      ///< nothing is on its way: the time between two operations
};
inline constexpr std::size_t kLinkKinds = static_cast<std::size_t>(LinkKind::Pause) + 1;
std::string_view to_string(LinkKind kind);

struct ChainLink {
  Ns begin{};
  Ns duration{};
  CpuId on = kNoCpu;  ///< the CPU that the chain runs through
  Role role = Role::Control;
  CpuId cpu = kNoCpu;  ///< the CPU that is plugged
  LinkKind kind = LinkKind::Core;
  StateId step = -1;  ///< of a Step
  Direction direction = Direction::Up;
  std::string what;    ///< name of the step, phase, lock, completion
  std::string symbol;  ///< of a Step: the callback
  std::string why;     ///< who waits for it, or what it had to wait for; empty: the end itself
  Ns waited{};         ///< of a WakeUp, SpinExit, Poll: how long the waiter had waited in all
  Ns end() const { return begin + duration; }
};

struct CriticalChain {
  Span span;
  std::vector<ChainLink> links;  ///< ascending; each begins where the one before ends
};

CriticalChain critical_chain(const EventStream& stream, const Span& span, const StreamFacts& facts);
/// Of several, in their order: what happened before what is found out once.
std::vector<CriticalChain> critical_chains(const EventStream& stream,
                                           const std::vector<Span>& spans,
                                           const StreamFacts& facts);

/// Links of one kind, name and place, added up.
struct ChainShare {
  LinkKind kind = LinkKind::Core;
  std::string what;
  bool control = false;  ///< the task that drives, or on the boot CPU; else on APs
  Ns sum{};
  std::size_t links = 0;
  Ns largest{};
  CpuId largest_cpu = kNoCpu;  ///< the CPU being plugged then
};

/// The largest sum first.
std::vector<ChainShare> shares(const CriticalChain& chain, CpuId boot_cpu);

/// "control CPU", "CPU 3", "cpuhp/3", "migration/3", "kworker on CPU 0".
std::string who(const ChainLink& link, CpuId boot_cpu);

}  // namespace cpuhp
