#include "sim/analysis/bringup_calls.hpp"

namespace cpuhp {

std::vector<BringupCalls> bringup_calls(const EventStream& stream) {
  std::vector<BringupCalls> all(stream.nr_cpus);
  Ns begin{};
  for (const Event& e : stream.events) {
    if (e.kind == EventKind::BootDone) break;
    const bool ours = e.role == Role::Control && e.cpu < stream.nr_cpus &&
                      (e.kind == EventKind::Acquire || e.kind == EventKind::Unlock) &&
                      stream.names[e.name] == "cpu_add_remove_lock";
    if (!ours) continue;
    if (e.kind == EventKind::Acquire) {
      begin = e.time;
      continue;
    }
    BringupCalls& cpu = all[e.cpu];
    ++cpu.calls;
    cpu.sum += e.time - begin;
    (cpu.calls == 1 ? cpu.prepare : cpu.online) += e.time - begin;
  }
  for (BringupCalls& cpu : all)
    if (cpu.calls == 1) cpu.prepare = Ns{};
  return all;
}

}  // namespace cpuhp
