// The critical chain: the link-by-link account of what the end of an operation had to wait for,
// back to its begin. Links are contiguous; their durations add up to the whole, in ns.
//
//   const EventStream stream;
//   const StreamFacts facts;
//   for (const Span& span : operations_of(stream))
//     for (const ChainLink& link : critical_chain(stream, span, facts).links)
//       who(link, facts.boot_cpu);   // "CPU 3"
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/costs.hpp"
#include "model/events.hpp"
#include "sim/analysis/span.hpp"

namespace cpuhp {

/// The ways in which a link's time was spent.
enum class LinkKind : std::uint8_t {
  Step,       ///< a callback runs
  Phase,      ///< a phase of the cost profile
  Core,       ///< the core's code outside of steps and phases, and its pauses
  Hardware,   ///< from a kick to the AP's first instruction
  WakeUp,     ///< from a signal to the first instruction of the task that slept
  SpinExit,   ///< from a signal to the next instruction of the task that span
  Interrupt,  ///< from the sender of an IPI to the effect of its handler; or a handler
  Poll,       ///< the event has happened, but the waiter has not looked yet
  Wait,       ///< a wait that no event ends: a time-out, a hang, a sleep
  Stopped,    ///< the CPU stands still in stop_machine()
  Untraced,   ///< time that a trace does not account for
  Pause,      ///< time between two operations: no CPU goes up or down
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
  StateId step = -1;  ///< state of a Step
  Direction direction = Direction::Up;
  std::string what;    ///< name of the step, phase, lock, completion
  std::string symbol;  ///< callback of a Step
  /// the waiter's reason, or what the link had to wait for; empty: the end of the operation
  std::string why;
  Ns waited{};  ///< total time that the waiter had waited (WakeUp, SpinExit, Poll)
  Ns end() const { return begin + duration; }
};

struct CriticalChain {
  Span span;
  std::vector<ChainLink> links;  ///< ascending; each begins at the end of the previous one
};

CriticalChain critical_chain(const EventStream& stream, const Span& span, const StreamFacts& facts);
/// Returns the chains of several spans, in their order. The edges between events are prepared once.
std::vector<CriticalChain> critical_chains(const EventStream& stream,
                                           const std::vector<Span>& spans,
                                           const StreamFacts& facts);

/// The links with the same kind, name and `control`, added up.
struct ChainShare {
  LinkKind kind = LinkKind::Core;
  std::string what;
  bool control = false;  ///< true: links of the task that drives, or on the boot CPU
  Ns sum{};
  std::size_t links = 0;
  Ns largest{};
  CpuId largest_cpu = kNoCpu;  ///< the CPU that was plugged in the largest link
};

/// Returns the shares of a chain, the largest sum first.
std::vector<ChainShare> shares(const CriticalChain& chain, CpuId boot_cpu);

/// Names the task of a link: "control CPU", "CPU 3", "cpuhp/3", "migration/3", "kworker on CPU 0".
std::string who(const ChainLink& link, CpuId boot_cpu);

}  // namespace cpuhp
