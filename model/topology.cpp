#include "model/topology.hpp"

#include <algorithm>
#include <utility>

namespace cpuhp {

Topology::Topology(std::vector<CpuPlace> places) : places_(std::move(places)) {
  for (const CpuPlace& p : places_) {
    sockets_ = std::max(sockets_, p.socket + 1);
    threads_per_core_ = std::max(threads_per_core_, p.thread + 1);
  }
}

Topology Topology::grid(const Grid& g) {
  std::vector<CpuPlace> places;
  places.reserve(std::size_t{g.sockets} * g.cores_per_socket * g.threads_per_core);
  const auto place = [&](std::uint32_t socket, std::uint32_t core, std::uint32_t thread) {
    const std::uint32_t node_in_socket = core * g.nodes_per_socket / g.cores_per_socket;
    places.push_back({socket, core, thread, socket * g.nodes_per_socket + node_in_socket});
  };
  const std::uint32_t outer = g.numbering == Numbering::ThreadsLast ? g.threads_per_core : 1;
  const std::uint32_t inner = g.numbering == Numbering::ThreadsLast ? 1 : g.threads_per_core;
  for (std::uint32_t o = 0; o < outer; ++o)
    for (std::uint32_t s = 0; s < g.sockets; ++s)
      for (std::uint32_t c = 0; c < g.cores_per_socket; ++c)
        for (std::uint32_t i = 0; i < inner; ++i) place(s, c, o + i);
  return Topology(std::move(places));
}

}  // namespace cpuhp
