#include "model/faults/applies.hpp"

namespace cpuhp {
namespace {

Applies error_applies(Section section, Direction direction, const Rules& rules) {
  const bool up = direction == Direction::Up;
  switch (section) {
    case Section::Prepare:
      if (up) return {true, "nothing runs on the CPU yet: what is prepared is undone"};
      return {false, "a dead callback must not fail: the CPU is gone"};
    case Section::Starting:
      if (rules.atomic_errors_ignored) return {true, "logged, and the walk goes on (6f855b39e460)"};
      return {false, "must not fail: before 6.2 the walk stops in the middle of it"};
    case Section::Online:
      if (up) return {true, "the CPU goes down again"};
      return {true, "a veto: the CPU stays online"};
    case Section::Teardown:
      return {false, "takedown_cpu() fails where the architecture refuses: refused_takedown"};
    case Section::None:
      break;
  }
  return {false, "no callbacks"};
}

Applies callback_applies(const FaultKindInfo& kind, Section section, Direction direction,
                         const Rules& rules) {
  if (kind.error != 0) return error_applies(section, direction, rules);
  if (section == Section::None || section == Section::Teardown)
    return {false, "no callback of a driver"};
  return {true, "code may be slow, never come back, or be the end, anywhere"};
}

Applies handshake_applies(Section wanted, Section section, Direction direction) {
  const Direction way = wanted == Section::Teardown ? Direction::Down : Direction::Up;
  if (section == wanted && direction == way) return {true, "hardware and firmware may do that"};
  return {false, "no handshake of that kind there"};
}

}  // namespace

Applies applies(FaultKind kind, Section section, Direction direction, const Rules& rules) {
  switch (info(kind).occasion) {
    case Occasion::Callback:
      return callback_applies(info(kind), section, direction, rules);
    case Occasion::BringUp:
      return handshake_applies(Section::Prepare, section, direction);
    case Occasion::Takedown:
      return handshake_applies(Section::Teardown, section, direction);
    case Occasion::Wakeup:
      if (section == Section::Online && direction == Direction::Up)
        return {true, "the CPU's hotplug thread, on each of its ways"};
      return {false, "no wake-up there"};
  }
  return {false, "unknown"};
}

bool is_handshake(FaultKind kind) { return info(kind).occasion != Occasion::Callback; }

}  // namespace cpuhp
