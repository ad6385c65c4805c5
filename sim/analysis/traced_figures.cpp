#include "sim/analysis/traced_figures.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "sim/analysis/trace_subject.hpp"
#include "sim/analysis/traced_walks.hpp"
#include "sim/error.hpp"
#include "sim/trace/recording.hpp"
#include "sim/trace/text_file.hpp"
#include "sim/trace/text_search.hpp"

namespace cpuhp {

namespace {

/// Returns the calls of cpu_up() in the boot: a CPU's callbacks that the control CPU ran without
/// those of another CPU between them. The calls of a CPU that went down before are left out.
std::vector<BringupCalls> calls_by_callbacks(const EventStream& stream) {
  const std::vector<bool> registered = registrations_of_trace(stream);
  std::vector<BringupCalls> all(stream.nr_cpus);
  std::vector<bool> went_down(stream.nr_cpus);
  CpuId current = kNoCpu;
  Ns before{};
  for (std::size_t i = 0; i < stream.events.size(); ++i) {
    const Event& e = stream.events[i];
    if (!is_callback(e.kind) || registered[i] || e.cpu >= stream.nr_cpus) continue;
    const bool enter = e.kind != EventKind::Exit;
    if (enter && e.value < e.step) went_down[e.cpu] = true;
    if (e.role != Role::Control || went_down[e.cpu]) continue;
    BringupCalls& cpu = all[e.cpu];
    if (e.cpu != current) {
      ++cpu.calls;
      before = e.time;
      current = e.cpu;
    }
    const Ns more = e.time - before;
    before = e.time;
    cpu.sum += more;
    (cpu.calls == 1 ? cpu.prepare : cpu.online) += more;
  }
  for (BringupCalls& cpu : all)
    if (cpu.calls == 1) cpu.prepare = Ns{};
  return all;
}

/// Returns the time from the first callback of the boot to the last one.
Ns bringup_by_callbacks(const EventStream& stream) {
  Ns begin{}, end{};
  bool any = false;
  for (const Span& walk : cpu_walks_of_trace(stream)) {
    if (walk.what == "down") break;
    if (!any) begin = walk.begin;
    any = true;
    end = std::max(end, walk.end);
  }
  return end - begin;
}

/// Returns the mean duration of the ways up or down of each of the row's CPUs. A way up counts if
/// the CPU went down before.
Measured ways(const PublishedRow& row, const EventStream& stream) {
  const bool asked_down = row.quantity == Quantity::Down;
  std::map<CpuId, std::vector<Ns>> durations;
  std::set<CpuId> went_down;
  for (const Span& walk : cpu_walks_of_trace(stream)) {
    if (!row.cpus.test(walk.cpu)) continue;
    const bool down = walk.what == "down";
    if (down == asked_down && (down || went_down.count(walk.cpu) > 0))
      durations[walk.cpu].push_back(walk.end - walk.begin);
    if (down) went_down.insert(walk.cpu);
  }
  Measured m;
  for (const auto& [cpu, all] : durations) {
    Ns sum{};
    for (const Ns duration : all) sum += duration;
    m.add(Ns{sum.v / static_cast<std::int64_t>(all.size())});
  }
  return m;
}

/// Returns the duration of the boot's bring-up in a kernel log.
Ns bringup_in_log(const std::string& file) {
  std::optional<Ns> begin, end;
  const std::string text = read_text(file);
  for_each_line(text, [&](std::string_view line, std::size_t, bool) {
    const std::size_t open = line.find('['), close = line.find(']');
    if (open == std::string_view::npos || close == std::string_view::npos || end) return;
    const std::optional<Ns> time = parse_log_stamp(line.substr(open + 1, close - open - 1));
    if (has(line, "smp: Bringing up secondary CPUs")) begin = time;
    if (begin && has(line, "smp: Brought up ")) end = time;
  });
  return begin && end ? *end - *begin : Ns{};
}

}  // namespace

void Measured::add(Ns value) {
  total += value;
  max = std::max(max, value);
  ++cpus;
  values.push_back(value);
}

Measured measure_calls(const PublishedRow& row, const std::vector<BringupCalls>& calls) {
  Measured m;
  Ns max_prepare{}, max_online{};
  for (CpuId cpu = row.cpus.first(); cpu != kNoCpu && cpu < calls.size();
       cpu = row.cpus.next(cpu + 1)) {
    const BringupCalls& c = calls[cpu];
    const Ns value = row.quantity == Quantity::Calls     ? c.sum
                     : row.quantity == Quantity::Prepare ? c.prepare
                                                         : c.online;
    if (value > Ns{}) m.add(value);
    max_prepare = std::max(max_prepare, c.prepare);
    max_online = std::max(max_online, c.online);
  }
  if (row.max_of_sums) m.max = max_prepare + max_online;
  return m;
}

Measured measure_callbacks(const PublishedRow& row, const EventStream& stream) {
  if (row.quantity == Quantity::Bringup) return {.total = bringup_by_callbacks(stream)};
  if (row.quantity == Quantity::Up || row.quantity == Quantity::Down) return ways(row, stream);
  return measure_calls(row, calls_by_callbacks(stream));
}

void measure_traces(Published& published) {
  for (PublishedRow& row : published.rows) {
    if (row.trace.empty() && row.log.empty()) continue;
    const std::string& file = row.log.empty() ? row.trace : row.log;
    const Measured m = row.log.empty() ? measure_callbacks(row, load_trace_subject(file).stream)
                                       : Measured{.total = bringup_in_log(file)};
    if (m.total <= Ns{})
      throw BadInput{BadInputAt{
          .file = file,
          .message = "this file does not show row " + row.id + ", " + row.what + ", with times"}};
    row.total = m.total;
    row.traced_cpus = m.cpus;
    if (row.max_permille) row.max = m.max;
  }
}

}  // namespace cpuhp
