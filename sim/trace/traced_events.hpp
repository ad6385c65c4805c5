// The events that a kernel's tracer would have recorded in a run: the three cpuhp events, each with
// its task. Tasks and pids are invented, but the same for every run: swapper/0 drives a boot,
// kworkers or sh drive everything else. Internal to the writers of traces.
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

/// Finds the task of each event; gets the events of a stream in order.
class TracedEvents {
 public:
  /// `atomic`: shows also the callbacks of the STARTING section, which run with interrupts off. A
  /// real trace never has them: tracepoints are off on a CPU that is not online.
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
  /// True until an operation other than a boot begins: the boot task is then the control task.
  bool booting_ = true;
};

/// True for an event that happens with interrupts off.
inline bool irqs_off(const Event& e) { return e.role == Role::ApBoot || e.role == Role::Stopper; }

}  // namespace cpuhp
