// The parts of a run's events that a trace can hold, for comparing a run with the trace read back.
#pragma once

#include <string>
#include <tuple>
#include <vector>

#include "sim/trace/ftrace_reader.hpp"
#include "sim/trace/traced_events.hpp"

namespace cpuhp::test {

/// The parts that text can hold: not the instance, and of a role only the part that a task name
/// tells.
using TextEvent =
    std::tuple<std::int64_t, EventKind, CpuId, CpuId, Role, int, int, int, std::string>;

inline Role told(const Event& e) {
  switch (e.role) {
    case Role::Background:
    case Role::Other:
      return Role::Control;
    case Role::ApBoot:
    case Role::Idle:
    case Role::Irq:
      return role_of("<idle>", 0, e.on, e.cpu);
    default:
      return e.role;
  }
}

/// `unit`: number of ns to which a stamp is rounded; `atomic`: see TracedEvents.
inline std::vector<TextEvent> text_events(const EventStream& s, std::int64_t unit,
                                          bool atomic = false) {
  std::vector<TextEvent> all;
  TracedEvents traced(s, atomic);
  for (const Event& e : s.events)
    if (traced.next(e))
      all.emplace_back((e.time.v + unit / 2) / unit * unit, e.kind, e.cpu, e.on, told(e), e.step,
                       e.value, e.ret, s.names[e.name]);
  return all;
}

}  // namespace cpuhp::test
