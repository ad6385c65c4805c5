// ns-3's core, with the scheduler that was its fastest here: callbacks, no processes.
#include <ns3/priority-queue-scheduler.h>
#include <ns3/simulator.h>

#include "bench/peers/peer.hpp"

namespace {

struct Work {
  const bench::Shape& shape;
  std::uint64_t sum = 0;
  std::vector<std::int64_t> begin;

  void start(std::uint32_t cpu) {
    begin[cpu] = ns3::Simulator::Now().GetNanoSeconds();
    ns3::Simulator::Schedule(ns3::NanoSeconds(shape.cost(cpu, 0)), &Work::step, this, cpu, 0u);
  }
  void step(std::uint32_t cpu, std::uint32_t done) {
    sum += bench::stamp(ns3::Simulator::Now().GetNanoSeconds() - begin[cpu], cpu, done);
    if (done + 1 < shape.steps)
      ns3::Simulator::Schedule(ns3::NanoSeconds(shape.cost(cpu, done + 1)), &Work::step, this, cpu,
                               done + 1);
    else if (shape.handshake && cpu + 1 < shape.cpus)
      ns3::Simulator::ScheduleNow(&Work::start, this, cpu + 1);
  }
};

std::uint64_t work(const bench::Shape& shape) {
  ns3::ObjectFactory factory("ns3::PriorityQueueScheduler");
  ns3::Simulator::SetScheduler(factory);
  Work w{shape, 0, std::vector<std::int64_t>(shape.cpus)};
  if (shape.handshake)
    ns3::Simulator::ScheduleNow(&Work::start, &w, 1u);
  else
    for (std::uint32_t cpu = 1; cpu < shape.cpus; ++cpu)
      ns3::Simulator::ScheduleNow(&Work::start, &w, cpu);
  ns3::Simulator::Run();
  ns3::Simulator::Destroy();
  return w.sum;
}

}  // namespace

int main(int argc, char** argv) { return bench::run_peer(argc, argv, work); }
