#include "sim/analysis/ledger.hpp"

#include <algorithm>
#include <utility>

#include "sim/analysis/chain_index.hpp"

namespace cpuhp {
namespace {

/// One CPU of a trace, and the callbacks that have begun and not ended on it.
struct TracedCpu {
  std::vector<Event> open;
  Ns since{};
};

/// True for a callback in which the control task waits for the AP.
bool waits_for_ap(const Event& e, const Names& names) {
  const std::string& callback = names[e.name];
  return callback == "cpuhp_kick_ap_work" || callback == "bringup_cpu" ||
         callback == "cpuhp_bringup_ap" || callback == "takedown_cpu";
}

void spend(Ledger& ledger, TracedCpu& cpu, Ns until, const Names& names) {
  const Ns spent = until - std::exchange(cpu.since, until);
  if (cpu.open.empty())
    ledger.idle += spent;
  else if (waits_for_ap(cpu.open.back(), names))
    ledger.sleeping += spent;
  else
    ledger.useful += spent;
}

}  // namespace

MachineLedger trace_ledger(const EventStream& stream, const Span& span) {
  MachineLedger all{.total = span.total(), .from_trace = true};
  std::vector<TracedCpu> cpus;
  const auto within = [&](Ns date) { return std::clamp(date, span.begin, span.end); };
  for (const Event& e : stream.events) {
    if (e.on == kNoCpu) continue;
    if (cpus.size() <= e.on) {
      cpus.resize(e.on + 1, {.open = {}, .since = span.begin});
      all.cpus.resize(cpus.size());
    }
    TracedCpu& cpu = cpus[e.on];
    spend(all.cpus[e.on], cpu, std::max(within(e.time), cpu.since), stream.names);
    if (opens(e.kind)) {
      cpu.open.push_back(e);
      continue;
    }
    const auto found = std::find_if(cpu.open.rbegin(), cpu.open.rend(),
                                    [&](const Event& o) { return closes(e, o); });
    if (found != cpu.open.rend()) cpu.open.erase(std::next(found).base());
  }
  for (std::size_t cpu = 0; cpu < cpus.size(); ++cpu)
    spend(all.cpus[cpu], cpus[cpu], span.end, stream.names);
  return all;
}

}  // namespace cpuhp
