#include "model/faults/applies.hpp"

namespace cpuhp {
namespace {

Applies error_applies(Section section, Direction direction, const Rules& rules) {
  const bool up = direction == Direction::Up;
  switch (section) {
    case Section::Prepare:
      if (up)
        return {true, "nothing runs on the CPU yet, so the kernel undoes the PREPARE callbacks"};
      return {false, "a DEAD callback must not fail, because the CPU is already dead"};
    case Section::Starting:
      if (rules.atomic_errors_ignored)
        return {true, "the kernel logs the error and continues the walk (6f855b39e460)"};
      return {false,
              "the callback must not fail, because before 6.2 the walk stops in the middle of the "
              "section"};
    case Section::Online:
      if (up) return {true, "the bring-up fails, and the CPU goes down again"};
      return {true, "the callback refuses the takedown, so the CPU stays online"};
    case Section::Teardown:
      return {false,
              "takedown_cpu() fails only when the architecture refuses: use the fault "
              "refused_takedown"};
    case Section::None:
      break;
  }
  return {false, "the section has no callbacks"};
}

Applies callback_applies(const FaultKindInfo& kind, Section section, Direction direction,
                         const Rules& rules) {
  if (kind.error != 0) return error_applies(section, direction, rules);
  if (section == Section::None || section == Section::Teardown)
    return {false, "the section has no callback of a driver"};
  return {true, "any callback may be slow, never return, or panic"};
}

Applies handshake_applies(Section wanted, Section section, Direction direction) {
  const Direction way = wanted == Section::Teardown ? Direction::Down : Direction::Up;
  if (section == wanted && direction == way)
    return {true, "hardware and firmware may behave in this way"};
  return {false,
          "the handshake that this fault affects does not take place in this section and "
          "direction"};
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
        return {true,
                "wake-ups between the control CPU and the CPU's hotplug thread may be "
                "late, lost or doubled, on the way up and on the way down"};
      return {false, "no thread is woken in this section"};
  }
  return {false, "unknown"};
}

bool is_handshake(FaultKind kind) { return info(kind).occasion != Occasion::Callback; }

}  // namespace cpuhp
