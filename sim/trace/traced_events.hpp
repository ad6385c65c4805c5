// The events that a kernel's tracer would record in a run: the three cpuhp events, each with its
// task. Tasks and pids are invented, but are the same in every run: swapper/0 controls a boot, and
// kworkers or sh control any other operation.
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

/// Finds the task for each event. Has to get the events in the order of the stream.
class TracedEvents {
 public:
  /// `atomic`: includes the callbacks of the STARTING section. A real trace never has these,
  /// because tracepoints are off on a CPU that is not online.
  explicit TracedEvents(const EventStream& stream, bool atomic = false)
      : names_(stream.names), atomic_(atomic) {}
  /// Returns the task that records the event; no value when a tracer does not show the event.
  std::optional<TracedTask> next(const Event& e);

 private:
  const Names& names_;
  bool atomic_;
  TracedTask worker(const Event& e);

  /// The kworkers so far, by the CPU where they run and the CPU for which they work.
  std::map<std::pair<CpuId, CpuId>, TracedTask> workers_;
  std::map<CpuId, std::uint32_t> workers_on_;
  std::uint32_t next_pid_ = 155;
  /// True until an operation other than a boot begins. Till then the control task is the boot task.
  bool booting_ = true;
};

/// True for an event that happens with interrupts off.
inline bool irqs_off(const Event& e) { return e.role == Role::ApBoot || e.role == Role::Stopper; }

}  // namespace cpuhp
