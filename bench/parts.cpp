// The parts of a run, each measured by itself (Google Benchmark).
//
//   build/bench/bench_parts scenarios --benchmark_filter=Boot
#include <benchmark/benchmark.h>

#include <algorithm>
#include <memory>
#include <string>

#include "model/blueprint.hpp"
#include "model/checks/checks.hpp"
#include "model/judged_run.hpp"
#include "sim/run/digest.hpp"
#include "sim/run/run.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/trace/ftrace_reader.hpp"
#include "sim/trace/ftrace_writer.hpp"

namespace cpuhp {
namespace {

std::string scenarios = "scenarios";

Scenario eight_cpus() { return load_scenario(scenarios + "/boot-8-cpus.json"); }

/// Counts the events of the state's loop, for events a second.
void count_events(benchmark::State& state, std::uint64_t events) {
  state.SetItemsProcessed(static_cast<std::int64_t>(events * state.iterations()));
}

void Draw(benchmark::State& state) {
  const Dist cost{{100_ns, 1'000_ns, 20_us}};
  DrawKey key{.seed = 1, .cpu = 3};
  for (auto _ : state) {
    ++key.state;
    benchmark::DoNotOptimize(cost.draw(draw_bits(key)));
  }
}
BENCHMARK(Draw);

void Append(benchmark::State& state) {
  constexpr int kEvents = 4'096;
  CpuLog log;
  Event e{.time = 5_ns, .cpu = 1, .on = 1};
  for (auto _ : state) {
    log.clear();
    for (int i = 0; i < kEvents; ++i) {
      ++e.time.v;
      log.append(e);
    }
    benchmark::DoNotOptimize(log.size());
  }
  count_events(state, kEvents);
}
BENCHMARK(Append);

void Digest(benchmark::State& state) {
  constexpr int kEvents = 4'096;
  std::vector<CpuLog> logs(64);
  for (CpuLog& log : logs)
    for (int i = 0; i < kEvents / 64; ++i) log.append({.time = Ns{i}});
  const Names names;
  for (auto _ : state) benchmark::DoNotOptimize(digest_of(logs, names, 1));
  count_events(state, kEvents);
}
BENCHMARK(Digest);

void Load(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(eight_cpus());
}
BENCHMARK(Load);

/// Boots eight CPUs and makes the digest.
void Boot(benchmark::State& state) {
  const Scenario scenario = eight_cpus();
  with_bare_simulator([&](Simulator& simulator) {
    std::uint64_t events = 0;
    for (auto _ : state) events = simulator.run(scenario.config, {.keep_events = false}).events;
    count_events(state, events);
  });
}
BENCHMARK(Boot);

/// Runs as a campaign does, with a shared blueprint.
void run_again_and_again(benchmark::State& state, const MachineConfig& config) {
  const auto blueprint = std::make_shared<const Blueprint>(config);
  with_bare_simulator([&](Simulator& simulator) {
    std::uint64_t events = 0;
    for (auto _ : state)
      events = simulator.run(config, {.keep_events = false, .blueprint = blueprint}).events;
    count_events(state, events);
  });
}

void BootAgain(benchmark::State& state) { run_again_and_again(state, eight_cpus().config); }
BENCHMARK(BootAgain);

/// The same boot, with its events in one stream.
void BootMerged(benchmark::State& state) {
  const Scenario scenario = eight_cpus();
  with_bare_simulator([&](Simulator& simulator) {
    std::uint64_t events = 0;
    for (auto _ : state) events = simulator.run(scenario.config).events;
    count_events(state, events);
  });
}
BENCHMARK(BootMerged);

/// Takes one CPU down and up many times: the boot is negligible next to these walks.
void Walk(benchmark::State& state) {
  constexpr int kTimes = 200;
  Scenario scenario = eight_cpus();
  scenario.config.operations = {{.kind = OpKind::Boot}};
  for (int i = 0; i < kTimes; ++i) {
    scenario.config.operations.push_back({.kind = OpKind::Down, .cpu = 3});
    scenario.config.operations.push_back({.kind = OpKind::Up, .cpu = 3});
  }
  run_again_and_again(state, scenario.config);
}
BENCHMARK(Walk);

/// Parses a kernel's `trace` file of a boot.
void FtraceParse(benchmark::State& state) {
  std::string text;
  with_bare_simulator([&](Simulator& simulator) {
    text = format_ftrace(simulator.run(eight_cpus().config).stream);
  });
  std::uint64_t events = 0;
  for (auto _ : state) events = parse_ftrace(text, "trace.txt").stream.events.size();
  count_events(state, events);
}
BENCHMARK(FtraceParse);

void Checks(benchmark::State& state) {
  const Scenario scenario = eight_cpus();
  with_bare_simulator([&](Simulator& simulator) {
    const auto blueprint = std::make_shared<const Blueprint>(scenario.config);
    const RunResult result = simulator.run(scenario.config, {.blueprint = blueprint});
    Judged judged = judged_by(scenario.config, true);
    remember(judged, blueprint->names);
    for (auto _ : state) benchmark::DoNotOptimize(check_all(result.stream, judged));
    count_events(state, result.events);
  });
}
BENCHMARK(Checks);

}  // namespace
}  // namespace cpuhp

int main(int argc, char** argv) {
  if (argc > 1 && argv[1][0] != '-') {
    cpuhp::scenarios = argv[1];
    --argc;
    std::copy(argv + 2, argv + argc + 1, argv + 1);
  }
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
