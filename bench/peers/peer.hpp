// Shared by the programs of the other engines: the shape of the work, the clock, the result. The
// work is done several times in one process, so that all runs but the first are warm.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "bench/checksum.hpp"
#include "bench/measure.hpp"

namespace bench = cpuhp::bench;

namespace cpuhp::bench {

struct Shape {
  bool handshake = false;  ///< work B: one CPU after another; otherwise A: all at once
  std::uint32_t cpus = 0;  ///< CPU 0 is up from the start: CPUs 1 to cpus - 1 walk
  std::uint32_t steps = 0;
  std::uint32_t instances = 0;
  std::int64_t cost(std::uint32_t cpu, std::uint32_t step) const {
    return bench::cost(cpu, step, instances);
  }
};

/// Times of the runs so far, and their sums.
struct Result {
  std::vector<double> seconds;
  std::uint64_t checksum = 0;
  void add(double since, std::uint64_t sum) {
    seconds.push_back(cpu_seconds() - since);
    checksum = sum;
  }
  void print(const Shape& shape) const {
    const double steps = static_cast<double>(shape.cpus - 1) * shape.steps;
    std::printf("{\"steps\": %.0f, \"checksum\": \"%016llx\", \"kib\": %ld, ", steps,
                static_cast<unsigned long long>(checksum), peak_kib());
    print_each("ns", seconds, steps);
    std::printf("}\n");
  }
};

/// Parses PROGRAM walk|handshake CPUS STEPS INSTANCES RUNS.
inline Shape shape_of(char** argv) {
  const auto number = [](const char* text) {
    return static_cast<std::uint32_t>(std::strtoul(text, nullptr, 10));
  };
  return {std::string(argv[1]) == "handshake", number(argv[2]), number(argv[3]), number(argv[4])};
}

/// Runs a peer; `once` does the whole work and returns its sum.
template <typename Once>
int run_peer(int argc, char** argv, Once once) {
  if (argc != 6) return 2;
  const Shape shape = shape_of(argv);
  Result result;
  for (int i = 0; i < std::atoi(argv[5]); ++i) {
    const double begin = cpu_seconds();
    result.add(begin, once(shape));
  }
  result.print(shape);
  return 0;
}

}  // namespace cpuhp::bench
