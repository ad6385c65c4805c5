// Ranges: what a trace does not tell of another design lies between the readings' times. Machines
// whose truth is known are traced under one design, imported, and compared under all designs.
#include <gtest/gtest.h>
#include <spdlog/fmt/fmt.h>

#include <iostream>
#include <map>
#include <nlohmann/json.hpp>

#include "model/designs/design.hpp"
#include "sim/analysis/readings.hpp"
#include "sim/conform/traced_twin.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/trace/ftrace_writer.hpp"
#include "sim/trace/import.hpp"
#include "tests/sim/compared_runs.hpp"
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
  if (d.once_in(4))
    costs.phase(Phase::Calibrate).parts = {{.when = d.one_of(kOnce), .work = length_of(d, 1_ms)}};
  if (d.once_in(3))
    costs.phase(Phase::TscSync).parts = {
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
  std::string states, trace, machine;
};

/// Traces a machine's boot as the kernel would.
Traced trace_of(const MachineConfig& config, Simulator& simulator) {
  Traced t;
  const StateTable table = effective_table(config);
  for (const State& s : table.all())
    if (!s.name.empty()) t.states += fmt::format("{:3d}: {}\n", s.id, s.name);
  t.trace = format_ftrace(simulator.run(config).stream);
  for (CpuId cpu = 0; cpu < config.topology.nr_cpus(); ++cpu) {
    const CpuPlace& place = config.topology.place(cpu);
    const auto add = [&](const char* file, const auto& value) {
      t.machine += fmt::format("/sys/devices/system/cpu/cpu{}/topology/{}:{}\n", cpu, file, value);
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

/// What came out for one traced design and one other design.
struct Sum {
  std::size_t all = 0, given = 0;
  double width = 0;
};

class Ranges : public testing::Test {
 protected:
  /// Imports the traces of one machine and compares each design with the truth. `kind`: what was
  /// traced.
  void compare(const MachineConfig& truth, const std::vector<Traced>& traced,
               const std::string& kind, const std::string& name, Simulator& simulator) {
    ImportOptions options{.states = folder_.write("states", traced.front().states),
                          .traces = {},
                          .name = "own",
                          .kernel = truth.table.kernel(),
                          .arch = truth.table.arch()};
    for (std::size_t i = 0; i < traced.size(); ++i)
      options.traces.push_back(folder_.write("trace" + std::to_string(i), traced[i].trace));
    Import made = import_table(options);
    ordered_json twin = twin_of_traces(made, folder_.write("machine", traced.front().machine));
    for (const Named<Design>& d : kDesigns) {
      twin["design"] = d.name;
      const Scenario scenario = parse_scenario(twin.dump(), "twin.json");
      RunFigures f = figures(simulator.run(scenario.config));
      widen(f, scenario, [&](const MachineConfig& c) { return simulator.run(c); });
      MachineConfig original = truth;
      original.design = d.value;
      const RunResult real = simulator.run(original);
      // A trace has microseconds, and so has each CPU's part.
      const Ns dust = 2_us * real.cpus;
      const TimeRange& t = f.bringup;
      Sum& sum = sums_[{kind, std::string(d.name)}];
      ++sum.all;
      // A range that is too wide for a figure is shown, so it has to hold as well.
      if (f.told || !t.is_one()) {
        EXPECT_TRUE(real.bringup >= t.low - dust && real.bringup <= t.high + dust)
            << name << ", " << kind << ", " << d.name << ": " << real.bringup.v << " is not in "
            << t.low.v << " to " << t.high.v << " ns";
      }
      if (!f.told) continue;
      ++sum.given;
      sum.width +=
          static_cast<double>((t.high - t.low).v) * 2 / static_cast<double>((t.high + t.low).v);
      if (d.value == scenario.untold.design) {
        EXPECT_TRUE(f.is_one()) << name << ", " << kind << ": the traced design has one figure";
      }
    }
  }

  /// Compares a machine's serial boot, its parallel boot, and both together.
  void compare(MachineConfig truth, const std::string& name, Simulator& simulator) {
    truth.design = Design::Symmetric;
    const Traced serial = trace_of(truth, simulator);
    const bool known = truth.table.rules().split_startup;
    compare(truth, {serial}, known ? "serial" : "serial, up to 6.4 or arm64", name, simulator);
    if (!known) return;
    truth.design = Design::Parallel;
    const Traced parallel = trace_of(truth, simulator);
    compare(truth, {parallel}, "parallel", name, simulator);
    compare(truth, {serial, parallel}, "both", name, simulator);
  }

  /// Expects that the ranges of designs that were not traced are narrow on the average, and shows
  /// them.
  void expect_narrow() const {
    Sum others;
    for (const auto& [key, s] : sums_) {
      const double mean = s.given == 0 ? 0 : 100 * s.width / static_cast<double>(s.given);
      std::cout << fmt::format("traced {}, {}: {} of {} have a figure, mean width {:.1f} %\n",
                               key.first, key.second, s.given, s.all, mean);
      const bool serial = key.second == "symmetric", parallel = key.second == "parallel";
      if (key.first == "parallel" ? parallel : key.first == "both" ? serial || parallel : serial)
        continue;
      others.all += s.all;
      others.given += s.given;
      others.width += s.width;
    }
    ASSERT_GT(others.given, 0u);
    const double mean = 100 * others.width / static_cast<double>(others.given);
    std::cout << fmt::format("other designs: {} of {} have a figure, mean width {:.1f} %\n",
                             others.given, others.all, mean);
    EXPECT_LE(mean, 30);
  }

  ScenarioFolder folder_;
  std::map<std::pair<std::string, std::string>, Sum> sums_;  ///< by what was traced, and by design
};

TEST_F(Ranges, HoldTheTruthOfRandomMachines) {
  const char* const tables[] = {"x86_64-6.12", "x86_64-6.1", "arm64-6.12", "x86_64-6.12"};
  with_bare_simulator([&](Simulator& simulator) {
    for (std::uint64_t seed = 1; seed <= test::machines_wanted(200); ++seed) {
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
      compare(std::move(truth),
              fmt::format("machine {} ({} CPUs, {})", seed, sockets * cores * threads, table),
              simulator);
    }
  });
  expect_narrow();
}

TEST_F(Ranges, HoldTheTruthOfTheShippedBoots) {
  with_bare_simulator([&](Simulator& simulator) {
    const auto compare_file = [&](const std::string& file, const std::vector<SetOverride>& sets) {
      Scenario s = load_scenario(source_path("scenarios/" + file + ".json"), sets);
      s.config.boot_work = {};
      // The trace of a guest does not show what polling APs will cost its host.
      if (s.config.costs.phase(Phase::PollYield).mean_work() > Ns{}) return;
      compare(s.config, file + ", " + s.config.table.name(), simulator);
    };
    for (const char* file : {"boot-8-cpus", "skylake-112-boot", "bytedance-128-kexec",
                             "arm64-hip12-192-boot", "arm64-kvm-128-boot", "hpe-1920-boot"})
      compare_file(file, {});
    // The same machines with a kernel that can bring up CPUs in parallel.
    for (const char* file : {"boot-8-cpus", "skylake-112-boot", "bytedance-128-kexec"})
      compare_file(file, {parse_set_override("/table=tables/x86_64-6.12.json")});
  });
  expect_narrow();
}

}  // namespace
}  // namespace cpuhp
