// Who waits for whom: completions, the handshakes of starting and dying, hangs (I21 to I24).
#pragma once

#include <vector>

#include "model/checks/finding.hpp"
#include "model/checks/judged.hpp"
#include "model/events.hpp"

namespace cpuhp {

/// - I21: when no operation is under way, nobody's completion is left over;
/// - I22: whoever waits is woken: a hang that the environment does not explain is a finding, as is
///   a kernel that dies by itself ("panic");
/// - I23: waits for a sign of life or a last word end within 10 s, and a CPU that was given up does
///   not come online;
/// - I24: the sync state moves as facts.md 3.8 says, each move by its own side.
std::vector<Finding> check_sync(const EventStream& stream, const Judged& judged);

}  // namespace cpuhp
