#include "sim/analysis/run_time_figures.hpp"

#include <algorithm>
#include <map>

#include "model/operation.hpp"
#include "sim/analysis/span.hpp"

namespace cpuhp {

namespace {

/// Returns the row's operations: those of a kind, or one.
std::vector<Span> operations_of_row(const PublishedRow& row, const EventStream& stream) {
  std::vector<Span> all = operations_of(stream);
  std::erase_if(all, [&](const Span& span) {
    return row.kind ? span.what != row_of(kOperations, *row.kind).name
                    : span.operation != static_cast<int>(row.operation);
  });
  return all;
}

/// Returns by CPU the time since the series was done with the CPU before it. It is done with a CPU
/// when it lets go of cpu_hotplug_lock, whether the CPU is there or not.
std::map<CpuId, Ns> intervals(const Span& series, const EventStream& stream) {
  std::map<CpuId, Ns> all;
  Ns before = series.begin;
  for (std::size_t i = series.first; i <= series.last; ++i) {
    const Event& e = stream.events[i];
    if (e.kind == EventKind::OpBegin && e.instance == series.operation) before = e.time;
    const bool done = e.kind == EventKind::Unlock && e.value == 0 && e.cpu < stream.nr_cpus &&
                      stream.names[e.name] == kCoreLocks[kCpuHotplugLock];
    if (!done) continue;
    all[e.cpu] += e.time - before;
    before = e.time;
  }
  return all;
}

/// Returns by CPU the time from idle:dead until it has got the lock of its phase `die`; without a
/// lock, until its report that it is dead.
std::map<CpuId, Ns> deaths(const EventStream& stream) {
  std::map<CpuId, Ns> since, all;
  for (const Event& e : stream.events) {
    if (e.kind == EventKind::IdleDead) {
      since[e.cpu] = e.time;
      all.erase(e.cpu);
    }
    const bool gets_lock = e.kind == EventKind::Acquire && e.on == e.cpu && since.contains(e.cpu);
    if (gets_lock || (e.kind == EventKind::Dead && !all.contains(e.cpu)))
      all[e.cpu] = e.time - since[e.cpu];
    if (e.kind == EventKind::Dead) since.erase(e.cpu);
  }
  return all;
}

}  // namespace

bool is_of_run_time(Quantity quantity) {
  return quantity == Quantity::Operations || quantity == Quantity::Interval ||
         quantity == Quantity::Die;
}

Measured measure_run_time(const PublishedRow& row, const EventStream& stream) {
  Measured m;
  const auto add = [&](const std::map<CpuId, Ns>& by_cpu) {
    for (const auto& [cpu, value] : by_cpu)
      if (row.cpus.test(cpu)) m.add(value);
  };
  if (row.quantity == Quantity::Die) {
    add(deaths(stream));
    std::ranges::sort(m.values);
    return m;
  }
  for (const Span& span : operations_of_row(row, stream)) {
    if (row.quantity == Quantity::Operations)
      m.add(span.total());
    else
      add(intervals(span, stream));
  }
  return m;
}

}  // namespace cpuhp
