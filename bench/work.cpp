// Runs one of the works that scripts/bench measures on this simulator, as `cpuhp-sim run` would.
//
//   build/bench/bench_work walk-4096x200.json [--exact|--plain] [--runs N] [--design D]
//
// Prints one JSON object: for each run the CPU time in ns a step and ns an event, including the
// machine's construction and the digest; the checksum of the work, which must equal every peer's;
// peak memory of those runs.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "bench/checksum.hpp"
#include "bench/measure.hpp"
#include "model/blueprint.hpp"
#include "sim/run/run.hpp"
#include "sim/scenario/scenario.hpp"

namespace cpuhp {
namespace {

/// The steps, and a checksum of their ends, counted from the beginning of the CPU's walk.
struct Work {
  std::uint64_t steps = 0;
  std::uint64_t checksum = 0;
};

Work work_of(const EventStream& stream) {
  Work work;
  std::vector<Ns> begin(stream.nr_cpus, Ns{-1});
  std::vector<std::uint64_t> done(stream.nr_cpus);
  for (const Event& e : stream.events) {
    if (e.step < bench::kFirstStep || e.role != Role::CpuhpThread) continue;
    if (e.kind != EventKind::Exit) {
      if (begin[e.cpu] < Ns{}) begin[e.cpu] = e.time;
      continue;
    }
    ++work.steps;
    work.checksum += bench::stamp((e.time - begin[e.cpu]).v, e.cpu, done[e.cpu]++);
  }
  return work;
}

struct Request {
  std::string file, design;
  bool exact = false, plain = false;
  int runs = 5;
};

void measure(const Request& request) {
  std::vector<SetOverride> sets;
  if (!request.design.empty()) sets.push_back({"/design", '"' + request.design + '"'});
  const Scenario scenario = load_scenario(request.file, sets);
  const auto blueprint = std::make_shared<const Blueprint>(scenario.config);
  const auto run = [&](Simulator& simulator) {
    RunOptions options{.exact = request.exact,
                       .plain = request.plain,
                       .keep_events = false,
                       .blueprint = blueprint};
    std::vector<double> seconds;
    RunResult r;
    for (int i = 0; i < request.runs; ++i) {
      const double before = bench::cpu_seconds();
      r = simulator.run(scenario.config, options);
      seconds.push_back(bench::cpu_seconds() - before);
    }
    const long kib = bench::peak_kib();  // later runs are no part of it
    options.keep_events = true;
    const Work work = work_of(simulator.run(scenario.config, options).stream);
    std::printf(
        "{\"steps\": %llu, \"checksum\": \"%016llx\", \"digest\": \"%s\", \"kib\": %ld, "
        "\"engine_events\": %llu, ",
        static_cast<unsigned long long>(work.steps), static_cast<unsigned long long>(work.checksum),
        r.digest.c_str(), kib, static_cast<unsigned long long>(r.engine_events));
    bench::print_each("ns", seconds, static_cast<double>(std::max<std::uint64_t>(1, work.steps)));
    std::printf(", ");
    bench::print_each("event_ns", seconds, static_cast<double>(r.events));
    std::printf("}\n");
  };
  with_simulator(scenario.config.topology.nr_cpus(), run,
                 request.plain ? Hosts::EachCpu : Hosts::None);
}

}  // namespace
}  // namespace cpuhp

int main(int argc, char** argv) {
  cpuhp::Request request;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--exact")
      request.exact = true;
    else if (word == "--plain")
      request.plain = true;
    else if (word == "--runs" && i + 1 < argc)
      request.runs = std::max(2, std::atoi(argv[++i]));
    else if (word == "--design" && i + 1 < argc)
      request.design = argv[++i];
    else
      request.file = word;
  }
  cpuhp::measure(request);
}
