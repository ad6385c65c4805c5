// Ranges: what a trace does not tell of another design lies between the readings' times. Machines
// whose truth is known are traced under one design, imported, and compared under all designs.
#include <gtest/gtest.h>
#include <spdlog/fmt/fmt.h>

#include <array>
#include <cstdlib>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "model/designs/design.hpp"
#include "sim/analysis/readings.hpp"
#include "sim/conform/traced_twin.hpp"
#include "sim/report/comparison_report.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/trace/ftrace_writer.hpp"
#include "sim/trace/import.hpp"
#include "sim/trace/kernel_log_writer.hpp"
#include "tests/sim/random_machine.hpp"
#include "tests/sim/scenario_files.hpp"

namespace cpuhp {
namespace {

using nlohmann::ordered_json;
using test::Draws;

/// Draws a duration of a few `unit`s, the same for each CPU or not.
Dist length_of(Draws& d, Ns unit) {
  const Ns low = unit + Ns{unit.v * d.below(40) / 10};
  return d.once_in(2) ? Dist::fixed(low) : Dist{.quantiles = {low, low + unit}, .measured = {}};
}

/// Draws the costs of a boot: of each phase, with locks and with conditions on the CPU.
void draw_costs(Draws& d, CostProfile& costs, const StateTable& table) {
  constexpr Ns kUnits[] = {10_us, 50_us, 300_us, 1_ms};
  constexpr When kOnce[] = {When::FirstOfSocket, When::RemoteNode, When::Secondary, When::Primary};
  const auto phase = [&](Phase p, Ns unit, std::initializer_list<When> conditions = {}) {
    Cost& cost = costs.phase(p);
    cost.parts = {{.work = length_of(d, unit)}};
    for (const When when : conditions)
      if (d.once_in(3)) cost.parts.push_back({.when = when, .work = length_of(d, unit)});
  };
  costs.phase(Phase::WakeUp) = Cost::fixed(1_us + 1_us * d.below(4));
  phase(Phase::Kick, d.once_in(4) ? 300_us : 10_us);
  phase(Phase::Alive, d.one_of(kUnits), {When::Primary, When::Secondary});
  if (d.once_in(3)) {
    phase(Phase::Microcode, d.one_of(kUnits));
    costs.phase(Phase::Microcode).parts.front().when = When::Primary;
    if (d.once_in(2)) {
      const LockId lock = costs.lock("microcode");
      costs.phase(Phase::Microcode).parts.front().lock = lock;
      costs.raw_locks.push_back(lock);
    }
  }
  phase(Phase::CpuInit, Ns{d.one_of(kUnits).v / 2}, {When::Secondary, When::RemoteNode});
  if (d.once_in(4)) phase(Phase::Callin, 100_us, {When::Primary});
  if (d.once_in(4)) costs.phase(Phase::Calibrate).parts = {
      {.when = d.one_of(kOnce), .work = length_of(d, 1_ms)}};
  if (d.once_in(3)) costs.phase(Phase::TscSync).parts = {
      {.when = d.once_in(2) ? When::FirstOfSocket : When::Always, .work = length_of(d, 200_us)}};
  for (const State& s : table.all()) {
    if (s.startup.empty() || table.is_core(s.id)) continue;
    CostPart part{.work = length_of(d, d.once_in(5) ? 30_us : 2_us)};
    constexpr LockId kLocks[] = {kKthreadd, kWorkqueuePool, kTextMutex};
    const bool atomic = s.section == Section::Starting;
    if (!atomic && d.once_in(6)) part.lock = d.one_of(kLocks);
    if (!atomic && d.once_in(10)) part.wait = length_of(d, 10_us);
    if (s.section == Section::Online && d.once_in(12)) part.per_online = Ns{d.below(1'000)};
    Cost cost{{part}};
    if (s.section == Section::Online && d.once_in(12))
      cost.parts.push_back({.when = When::FirstSibling, .work = length_of(d, 300_us)});
    costs.set_step(s.id, Direction::Up, std::move(cost));
  }
}

struct Traced {
  std::string states, trace, log, machine;
};

/// Traces a machine's boot as the kernel would.
Traced trace_of(const MachineConfig& config, Simulator& simulator) {
  Traced t;
  const StateTable table = effective_table(config);
  for (const State& s : table.all())
    if (!s.name.empty()) t.states += fmt::format("{:3d}: {}\n", s.id, s.name);
  const RunResult result = simulator.run(config);
  std::ostringstream log;
  t.trace = format_ftrace(result.stream);
  write_kernel_log(log, result.stream, config);
  t.log = log.str();
  for (CpuId cpu = 0; cpu < config.topology.nr_cpus(); ++cpu) {
    const CpuPlace& place = config.topology.place(cpu);
    const auto add = [&](const char* file, const auto& value) {
      t.machine +=
          fmt::format("/sys/devices/system/cpu/cpu{}/topology/{}:{}\n", cpu, file, value);
    };
    add("physical_package_id", place.socket);
    add("core_id", place.core);
    std::string siblings;
    for (CpuId other = 0; other < config.topology.nr_cpus(); ++other)
      if (config.topology.place(other).socket == place.socket &&
          config.topology.place(other).core == place.core)
        siblings += (siblings.empty() ? "" : ",") + std::to_string(other);
    add("thread_siblings_list", siblings);
  }
  return t;
}

struct Sum {
  std::size_t all = 0, given = 0, wide = 0, outside = 0;
  double width = 0;
  double ranged_width = 0;
};

class Ranges : public testing::Test {
 protected:
  /// Imports the traces of one machine and compares each design with the truth. `kind`: what was
  /// traced.
  void compare(const MachineConfig& truth, const std::vector<Traced>& traced, bool log,
               const std::string& kind, Simulator& simulator) {
    ImportOptions options{.states = folder_.write("states", traced.front().states),
                          .traces = {},
                          .name = "own",
                          .kernel = truth.table.kernel(),
                          .arch = truth.table.arch()};
    for (std::size_t i = 0; i < traced.size(); ++i)
      options.traces.push_back(folder_.write("trace" + std::to_string(i), traced[i].trace));
    if (log) options.dmesg = folder_.write("log", traced.front().log);
    Import made = import_table(options);
    ordered_json twin = twin_of_traces(made, folder_.write("machine", traced.front().machine));
    if (std::getenv("DUMP")) std::cout << kind << "\n" << made.costs_text() << twin["operations"] << "\n";
    for (const Named<Design>& d : kDesigns) {
      twin["design"] = d.name;
      const Scenario scenario = parse_scenario(twin.dump(), "twin.json");
      RunFigures f = figures(simulator.run(scenario.config));
      widen(f, scenario, [&](const MachineConfig& c) { return simulator.run(c); });
      MachineConfig original = truth;
      original.design = d.value;
      const RunResult real = simulator.run(original);
      Sum& sum = sums_[{kind, std::string(d.name)}];
      ++sum.all;
      if (!f.told) {
        if (!f.bringup.is_one() && !holds(f, real)) ++sum.wide;
        continue;
      }
      ++sum.given;
      const double width = static_cast<double>((f.bringup.high - f.bringup.low).v) * 2 /
                           static_cast<double>((f.bringup.high + f.bringup.low).v);
      sum.width += width;
      if (holds(f, real)) continue;
      ++sum.outside;
      ADD_FAILURE() << name_ << ", " << kind << ", " << d.name << ": " << real.bringup.v << " is not in "
                    << f.bringup.low.v << " to " << f.bringup.high.v << " ns, width " << width;
    }
  }

  /// True when the truth is within the range. A trace has microseconds, and so has each CPU's part.
  static bool holds(const RunFigures& f, const RunResult& real) {
    const Ns dust = 2_us * real.cpus;
    return real.bringup >= f.bringup.low - dust && real.bringup <= f.bringup.high + dust;
  }

  void show() const {
    double width = 0, other = 0, given = 0, all = 0;
    for (const auto& [key, s] : sums_) {
      const bool own = key.first.starts_with("serial") ? key.second == "symmetric"
                     : key.first.starts_with("parallel") ? key.second == "parallel" : key.second == "symmetric";
      if (own) continue;
      width += s.width;
      given += s.given;
      all += s.all;
    }
    other = width / given;
    std::cout << "other designs: mean width " << other * 100 << " %, given " << given << " of " << all << "\n";
    for (const auto& [key, s] : sums_)
      std::cout << fmt::format("{:32} {:10} {:4} given {:4} refused {:4} outside {} (refused outside {}) width {:.1f} %\n", key.first,
                               key.second, s.all, s.given, s.all - s.given, s.outside, s.wide,
                               s.given == 0 ? 0 : 100 * s.width / static_cast<double>(s.given));
  }

  std::string name_;
  ScenarioFolder folder_;
  std::map<std::pair<std::string, std::string>, Sum> sums_;
};

TEST_F(Ranges, HoldTheTruthOfRandomMachines) {
  const char* const tables[] = {"x86_64-6.12", "x86_64-6.1", "arm64-6.12", "x86_64-6.12"};
  const std::uint64_t many = std::getenv("N") ? std::stoul(std::getenv("N")) : 200;
  const std::uint64_t from = std::getenv("FROM") ? std::stoul(std::getenv("FROM")) : 1;
  with_bare_simulator([&](Simulator& simulator) {
    for (std::uint64_t seed = from; seed < from + many; ++seed) {
      Draws d(seed);
      const std::string table = d.one_of(tables);
      std::uint32_t sockets = 1 + d.below(2), cores = 1 + d.below(6), threads = 1 + d.below(2);
      if (sockets * cores * threads == 1) cores = 2;
      MachineConfig truth =
          folder_
              .load(fmt::format(
                  R"({{"version":2,"name":"m","machine":{{"sockets":{},"cores":{},"threads":{}}},)"
                  R"("table":"{}","operations":[{{"op":"boot"}}]}})",
                  sockets, cores, threads, source_path("scenarios/tables/" + table + ".json")))
              .config;
      truth.seed = seed;
      draw_costs(d, truth.costs, truth.table);
      name_ = fmt::format("machine {} ({} CPUs, {})", seed, truth.topology.nr_cpus(), table);
      truth.design = Design::Symmetric;
      const Traced serial = trace_of(truth, simulator);
      compare(truth, {serial}, false, "serial " + table, simulator);
      if (table == "arm64-6.12") compare(truth, {serial}, true, "serial with log " + table, simulator);
      if (!truth.table.rules().split_startup) continue;
      truth.design = Design::Parallel;
      const Traced parallel = trace_of(truth, simulator);
      compare(truth, {parallel}, false, "parallel " + table, simulator);
      compare(truth, {serial, parallel}, false, "both " + table, simulator);
    }
  });
  show();
}

}  // namespace
}  // namespace cpuhp
