// The critical chain: what the end of an operation had to wait for, link by link, back to the
// operation's begin. Each link begins where the one before ends, so their durations add up to the
// whole.
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

/// How the time of a link was spent.
enum class LinkKind : std::uint8_t {
  Step,       ///< a callback runs
  Phase,      ///< a phase of the cost profile
  Core,       ///< the core's code outside of callbacks and phases, or its pause before a new try
  Hardware,   ///< from a kick to the AP's first instruction
  WakeUp,     ///< from a signal to the first instruction of the sleeping task
  SpinExit,   ///< from a signal to the next instruction of the spinning task
  Interrupt,  ///< from the sending of an IPI to the effect of its handler; or a handler
  Poll,       ///< the event has happened, but the polling task has not looked since
  Wait,       ///< a wait that no event ends: a time-out, a hang or a sleep
  Stopped,    ///< the CPU is stopped in stop_machine()
  Untraced,   ///< a time about which a trace has no events
  Pause,      ///< time between two operations: no CPU goes up or down
};
inline constexpr std::size_t kLinkKinds = static_cast<std::size_t>(LinkKind::Pause) + 1;
std::string_view to_string(LinkKind kind);

struct ChainLink {
  Ns begin{};
  Ns duration{};
  CpuId on = kNoCpu;  ///< the CPU that spends the time
  Role role = Role::Control;
  CpuId cpu = kNoCpu;  ///< the CPU that is brought up or taken down
  LinkKind kind = LinkKind::Core;
  StateId step = -1;  ///< state of a Step
  Direction direction = Direction::Up;
  std::string what;    ///< name of the step, phase, lock or completion
  std::string symbol;  ///< callback of a Step
  /// In words, why the operation needed the time of this link. Empty: the end of the operation
  /// waits for the link directly, or the reason is not known.
  std::string why;
  Ns waited{};  ///< how long the waiting task had waited (WakeUp, SpinExit, Poll)
  Ns end() const { return begin + duration; }
};

struct CriticalChain {
  Span span;
  std::vector<ChainLink> links;  ///< ascending; each begins where the one before ends
};

CriticalChain critical_chain(const EventStream& stream, const Span& span, const StreamFacts& facts);
/// Returns the chains of several spans, in their order. This indexes the stream only once, and so
/// is faster than one call of critical_chain() for each span.
std::vector<CriticalChain> critical_chains(const EventStream& stream,
                                           const std::vector<Span>& spans,
                                           const StreamFacts& facts);

/// The sum of links with the same kind, name and `control`.
struct ChainShare {
  LinkKind kind = LinkKind::Core;
  std::string what;
  bool control = false;  ///< links of the task that drives the operation, or of the boot CPU
  Ns sum{};
  std::size_t links = 0;
  Ns largest{};
  CpuId largest_cpu = kNoCpu;  ///< the CPU that was brought up or taken down in the largest link
};

/// Returns the shares of a chain, largest sum first.
std::vector<ChainShare> shares(const CriticalChain& chain, CpuId boot_cpu);

/// Returns the task of a link: "control CPU", "CPU 3", "cpuhp/3", "migration/3", "kworker on CPU
/// 0".
std::string who(const ChainLink& link, CpuId boot_cpu);

}  // namespace cpuhp
