// SystemC: one thread for each CPU, one wait for each step. A process can simulate only once, so
// the runs follow each other within one simulation.
#define SC_INCLUDE_DYNAMIC_PROCESSES
#include <systemc>

#include "bench/peers/peer.hpp"

namespace {

struct Work {
  const bench::Shape& shape;
  std::uint64_t sum = 0;

  void walk(std::uint32_t cpu) {
    const std::uint64_t begin = sc_core::sc_time_stamp().value();
    for (std::uint32_t step = 0; step < shape.steps; ++step) {
      sc_core::wait(static_cast<double>(shape.cost(cpu, step)), sc_core::SC_NS);
      sum += bench::stamp(static_cast<std::int64_t>(sc_core::sc_time_stamp().value() - begin), cpu,
                          step);
    }
  }
  sc_core::sc_process_handle spawn(std::uint32_t cpu) {
    sc_core::sc_spawn_options options;
    options.set_stack_size(64 * 1024);
    return sc_core::sc_spawn([this, cpu] { walk(cpu); }, sc_core::sc_gen_unique_name("ap"),
                             &options);
  }
  void once() {
    sum = 0;
    if (shape.handshake) {
      for (std::uint32_t cpu = 1; cpu < shape.cpus; ++cpu)
        sc_core::wait(spawn(cpu).terminated_event());
      return;
    }
    sc_core::sc_event_and_list all;
    std::vector<sc_core::sc_process_handle> walks;
    for (std::uint32_t cpu = 1; cpu < shape.cpus; ++cpu) walks.push_back(spawn(cpu));
    for (auto& walk : walks) all &= walk.terminated_event();
    sc_core::wait(all);
  }
};

}  // namespace

int sc_main(int argc, char** argv) {
  if (argc != 6) return 2;
  const bench::Shape shape = bench::shape_of(argv);
  sc_core::sc_set_time_resolution(1, sc_core::SC_NS);
  Work work{shape};
  bench::Result result;
  sc_core::sc_spawn([&] {
    for (int i = 0; i < std::atoi(argv[5]); ++i) {
      const double begin = bench::cpu_seconds();
      work.once();
      result.add(begin, work.sum);
    }
  });
  sc_core::sc_start();
  result.print(shape);
  return 0;
}
