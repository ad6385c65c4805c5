// Socket, core, thread and node of each CPU. They decide which CPU is a primary thread (SMT), which
// CPU is the first of its socket (TSC synchronisation), and how pictures group CPUs.
//
//   Topology t = Topology::grid({.sockets = 2, .cores_per_socket = 28, .threads_per_core = 2});
//   bool primary = t.is_primary(56);   // false: firmware numbers second threads last
#pragma once

#include <cstdint>
#include <vector>

#include "model/cpumask.hpp"

namespace cpuhp {

struct CpuPlace {
  std::uint32_t socket = 0;
  std::uint32_t core = 0;    ///< within the socket
  std::uint32_t thread = 0;  ///< within the core; 0 is the primary thread
  std::uint32_t node = 0;    ///< NUMA node
  bool operator==(const CpuPlace&) const = default;
};

/// The order in which firmware numbers threads.
enum class Numbering : std::uint8_t {
  ThreadsLast,      ///< all primary threads first, then all second threads (most x86 servers)
  ThreadsAdjacent,  ///< 0,1 are the threads of core 0 (QEMU -smp threads=2, POWER)
};

struct Grid {
  std::uint32_t sockets = 1;
  std::uint32_t cores_per_socket = 1;
  std::uint32_t threads_per_core = 1;
  std::uint32_t nodes_per_socket = 1;
  Numbering numbering = Numbering::ThreadsLast;
};

class Topology {
 public:
  Topology() = default;
  explicit Topology(std::vector<CpuPlace> places);
  /// Returns a regular machine whose CPUs are numbered as firmware does it.
  static Topology grid(const Grid& g);

  CpuId nr_cpus() const { return static_cast<CpuId>(places_.size()); }
  const CpuPlace& place(CpuId cpu) const { return places_[cpu]; }
  std::uint32_t sockets() const { return sockets_; }
  std::uint32_t threads_per_core() const { return threads_per_core_; }
  bool smt() const { return threads_per_core_ > 1; }
  bool is_primary(CpuId cpu) const { return places_[cpu].thread == 0; }
  bool same_socket(CpuId a, CpuId b) const { return places_[a].socket == places_[b].socket; }
  bool same_core(CpuId a, CpuId b) const {
    return same_socket(a, b) && places_[a].core == places_[b].core;
  }

 private:
  std::vector<CpuPlace> places_;
  std::uint32_t sockets_ = 0;
  std::uint32_t threads_per_core_ = 1;
};

}  // namespace cpuhp
