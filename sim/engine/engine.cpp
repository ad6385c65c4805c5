#include "sim/engine/engine.hpp"

#include <algorithm>
#include <tuple>

namespace cpuhp {

void log_hangs(std::vector<HungTask>& hung, Ns date, std::vector<CpuLog>& logs) {
  std::stable_sort(hung.begin(), hung.end(), [](const HungTask& a, const HungTask& b) {
    return std::tuple(a.on, a.since, a.role) < std::tuple(b.on, b.since, b.role);
  });
  for (const HungTask& t : hung) {
    Event e{.time = date, .cpu = t.wait.cpu, .on = t.on, .name = t.wait.what};
    e.instance = t.wait.instance;
    e.kind = EventKind::Hang;
    e.role = t.role;
    logs[t.on].append(e);
  }
}

}  // namespace cpuhp
