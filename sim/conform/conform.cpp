#include "sim/conform/conform.hpp"

#include <algorithm>
#include <filesystem>
#include <numeric>
#include <set>

#include "model/checks/checks.hpp"
#include "model/checks/explain.hpp"
#include "model/judged_run.hpp"
#include "sim/conform/twin_writers.hpp"
#include "sim/error.hpp"
#include "sim/report/finding_report.hpp"
#include "sim/trace/text_file.hpp"

namespace cpuhp {
namespace {

namespace fs = std::filesystem;

template <typename F>
std::size_t count_units(const Conformance& c, F wanted) {
  std::size_t n = 0;
  for (const Replay& replay : c.replays)
    n += static_cast<std::size_t>(std::count_if(replay.units.begin(), replay.units.end(), wanted));
  return n;
}

/// Parses the generated scenario of a twin, which repeats the recording. An error in it comes from
/// the recording or the table. So the message names these two, and no line of the generated text.
Scenario scenario_of(const Twin& twin, const std::string& path, const Recording& recording,
                     const StateTable& table) {
  try {
    return parse_scenario(twin.scenario, path);
  } catch (const BadInput& error) {
    refuse(recording.file, 0,
           "this recording and the table \"" + table.name() + "\" of kernel " + table.kernel() +
               " do not match: " + error.message);
  }
}

void run_twin(Replay& replay, Simulator& simulator) {
  const RunResult result = simulator.run(replay.scenario.config);
  replay.digest = result.digest;
  const Judged judged = judged_by(replay.scenario.config, result.ok());
  replay.findings = check_all(result.stream, judged);
  // The recorded kernel panicked or hung. So a panic or hang of the simulated one is no finding.
  if (std::ranges::any_of(replay.twin.units,
                          [](const TwinUnit& u) { return u.end != TwinEnd::Returned; }))
    std::erase_if(replay.findings,
                  [](const Finding& f) { return f.invariant == "panic" || f.invariant == "I22"; });
  explain(replay.findings, result.stream, judged);
  name_run(replay.findings, result, replay.scenario.config);
  const OperationPlaces places = operation_places(result.stream);
  replay.units.clear();
  for (const TwinUnit& unit : replay.twin.units)
    replay.units.push_back(compare(unit, replay.twin, replay.scenario, result, places));
}

std::size_t differences(const UnitResult& unit) {
  return unit.differences.size() + unit.diff.size();
}

/// Tries other orders of a unit's writes. Keeps the first one that gives what was recorded, or else
/// the one with the fewest differences. Returns how many runs that took.
std::size_t find_order(Replay& replay, std::size_t unit, Simulator& simulator, std::size_t most) {
  const Twin as_traced = replay.twin;
  std::vector<std::size_t> order(as_traced.units[unit].writers);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::size_t runs = 0;
  while (runs < most && !replay.units[unit].identical() &&
         std::ranges::next_permutation(order).found) {
    Replay other{.twin = reordered(as_traced, unit, order), .path = replay.path, .reordered = true};
    other.scenario = parse_scenario(other.twin.scenario, other.path);
    run_twin(other, simulator);
    ++runs;
    if (differences(other.units[unit]) < differences(replay.units[unit])) replay = std::move(other);
  }
  return runs;
}

/// The kernel does writes that began together one after the other, and only what came of them tells
/// in which order.
void find_orders(Replay& replay, Simulator& simulator) {
  // All orders of four writers. A recording that differs everywhere is not searched for ever.
  constexpr std::size_t kOrders = 24, kRuns = 480;
  std::size_t left = kRuns;
  for (std::size_t unit = 0; unit < replay.twin.units.size() && left > 0; ++unit)
    if (replay.twin.units[unit].writers > 1 && !replay.units[unit].identical())
      left -= find_order(replay, unit, simulator, std::min(left, kOrders - 1));
}

}  // namespace

std::size_t Conformance::operations() const {
  return count_units(*this, [](const UnitResult&) { return true; });
}
std::size_t Conformance::identical() const {
  return count_units(*this, [](const UnitResult& u) { return u.identical(); });
}
std::size_t Conformance::with_events() const {
  return count_units(*this, [](const UnitResult& u) { return u.events > 0; });
}
std::size_t Conformance::identical_with_events() const {
  return count_units(*this, [](const UnitResult& u) { return u.events > 0 && u.identical(); });
}
std::size_t Conformance::sequences() const {
  std::set<std::string> distinct;
  for (const Replay& replay : replays)
    for (const UnitResult& u : replay.units)
      if (u.events > 0) distinct.insert(u.sequence);
  return distinct.size();
}
bool Conformance::ok() const {
  return identical() == operations() &&
         std::ranges::all_of(replays, [](const Replay& r) { return r.findings.empty(); });
}

std::string path_from(const std::string& file, const std::string& scenario_path) {
  std::error_code error;
  const fs::path to = fs::absolute(file, error);
  const fs::path place = fs::absolute(scenario_path, error).parent_path();
  const fs::path relative = to.lexically_proximate(place);
  return relative.empty() ? to.string() : relative.string();
}

std::string twin_path(const std::string& scenario_path, std::size_t n) {
  if (n == 0) return scenario_path;
  const fs::path path(scenario_path);
  fs::path name = path.stem();
  name += "-" + std::to_string(n + 1);
  name += path.extension();
  return (path.parent_path() / name).string();
}

Conformance prepare_conformance(const Recording& recording, const std::string& table_path,
                                const std::string& scenario_path) {
  const TableFile table = load_table(table_path);
  Conformance c{.recording = recording.file, .replays = {}};
  for (Twin& twin : make_twins(recording, table.table, path_from(table_path, scenario_path))) {
    std::string path = twin_path(scenario_path, c.replays.size());
    Scenario scenario = scenario_of(twin, path, recording, table.table);
    c.replays.push_back({.twin = std::move(twin),
                         .path = std::move(path),
                         .scenario = std::move(scenario),
                         .digest = {},
                         .units = {},
                         .findings = {}});
  }
  return c;
}

CpuId max_cpus(const Conformance& c) {
  CpuId most = 1;
  for (const Replay& replay : c.replays)
    most = std::max(most, replay.scenario.config.topology.nr_cpus());
  return most;
}

void run_conformance(Conformance& c, Simulator& simulator) {
  for (Replay& replay : c.replays) {
    run_twin(replay, simulator);
    find_orders(replay, simulator);
  }
}

}  // namespace cpuhp
