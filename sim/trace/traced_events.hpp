// The events that a kernel's tracer would have recorded of a run: the three cpuhp events, each with
// a task. Tasks and pids are invented, the same for every run: swapper/0 drives a boot, kworkers or
// sh everything else. Internal to the writers of traces.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "model/events.hpp"

namespace cpuhp {

struct TracedTask {
  std::string comm;
  std::uint32_t pid = 0;
  bool operator==(const TracedTask&) const = default;
};

/// Goes through a stream, event by event, in its order.
class TracedEvents {
 public:
  /// `atomic`: shows callbacks of the STARTING section, too, which run with interrupts off. A
  /// kernel never shows them: tracepoints are off on a CPU that is not online.
  explicit TracedEvents(const EventStream& stream, bool atomic = false)
      : names_(stream.names), atomic_(atomic) {}
  /// Returns the task that recorded the event; none: a tracer does not show this event.
  std::optional<TracedTask> next(const Event& e);

 private:
  const Names& names_;
  bool atomic_;
  TracedTask worker(const Event& e);

  /// The kworkers so far, by the CPU on which they run and the CPU for which they work.
  std::map<std::pair<CpuId, CpuId>, TracedTask> workers_;
  std::map<CpuId, std::uint32_t> workers_on_;
  std::uint32_t next_pid_ = 155;
  /// A control task is the kernel's boot task until an operation other than a boot begins.
  bool booting_ = true;
};

/// True for an event with interrupts off.
inline bool irqs_off(const Event& e) { return e.role == Role::ApBoot || e.role == Role::Stopper; }

}  // namespace cpuhp
