// No engine at all: a loop around a std::priority_queue.
#include <functional>
#include <queue>

#include "bench/peers/peer.hpp"

namespace {

struct Entry {
  std::int64_t time;
  std::uint32_t cpu, step;
  bool operator>(const Entry& o) const { return time != o.time ? time > o.time : cpu > o.cpu; }
};

std::uint64_t work(const bench::Shape& shape) {
  std::uint64_t sum = 0;
  std::vector<std::int64_t> begin(shape.cpus);
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> queue;
  const auto start = [&](std::uint32_t cpu, std::int64_t now) {
    begin[cpu] = now;
    queue.push({now + shape.cost(cpu, 0), cpu, 0});
  };
  if (shape.handshake)
    start(1, 0);
  else
    for (std::uint32_t cpu = 1; cpu < shape.cpus; ++cpu) start(cpu, 0);
  while (!queue.empty()) {
    const Entry e = queue.top();
    queue.pop();
    sum += bench::stamp(e.time - begin[e.cpu], e.cpu, e.step);
    if (e.step + 1 < shape.steps)
      queue.push({e.time + shape.cost(e.cpu, e.step + 1), e.cpu, e.step + 1});
    else if (shape.handshake && e.cpu + 1 < shape.cpus)
      start(e.cpu + 1, e.time);
  }
  return sum;
}

}  // namespace

int main(int argc, char** argv) { return bench::run_peer(argc, argv, work); }
