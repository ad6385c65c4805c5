// Plain SimGrid: one actor for each CPU, one sleep for each step. One simulated second stands for
// one nanosecond, so that its doubles are exact.
#include <simgrid/s4u.hpp>

#include "bench/peers/peer.hpp"

namespace sg4 = simgrid::s4u;

namespace {

void walk(const bench::Shape& shape, std::uint32_t cpu, std::uint64_t* sum) {
  const double begin = sg4::Engine::get_clock();
  for (std::uint32_t step = 0; step < shape.steps; ++step) {
    sg4::this_actor::sleep_for(static_cast<double>(shape.cost(cpu, step)));
    *sum += bench::stamp(static_cast<std::int64_t>(sg4::Engine::get_clock() - begin), cpu, step);
  }
}

std::uint64_t work(const bench::Shape& shape, const std::vector<sg4::Host*>& hosts) {
  std::uint64_t sum = 0;
  if (shape.handshake)
    sg4::Actor::create("control", hosts[0], [&] {
      for (std::uint32_t cpu = 1; cpu < shape.cpus; ++cpu) {
        const auto up = sg4::Semaphore::create(0);
        sg4::Actor::create("ap", hosts[cpu], [&shape, cpu, &sum, up] {
          walk(shape, cpu, &sum);
          up->release();
        });
        up->acquire();
      }
    });
  else
    for (std::uint32_t cpu = 1; cpu < shape.cpus; ++cpu)
      sg4::Actor::create("ap", hosts[cpu], [&shape, cpu, &sum] { walk(shape, cpu, &sum); });
  sg4::Engine::get_instance()->run();
  return sum;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> words{"simgrid", "--cfg=contexts/stack-size:64",
                                 "--cfg=contexts/guard-size:1", "--log=root.thres:critical"};
  std::vector<char*> own;
  for (std::string& w : words) own.push_back(w.data());
  own.push_back(nullptr);
  int count = static_cast<int>(words.size());
  sg4::Engine engine(&count, own.data());
  sg4::Engine::set_config("cpu/optim:TI");  // the fastest of its modes for this work
  std::vector<sg4::Host*> hosts;
  sg4::NetZone* const zone = sg4::create_empty_zone("machine");
  for (std::uint32_t cpu = 0; argc == 6 && cpu < bench::shape_of(argv).cpus; ++cpu)
    hosts.push_back(zone->create_host("cpu" + std::to_string(cpu), 1.0));
  zone->seal();
  return bench::run_peer(argc, argv, [&](const bench::Shape& s) { return work(s, hosts); });
}
