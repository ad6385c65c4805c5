// What an event had to wait for: the edge back to the event before it, on the same task or on
// another CPU that signalled it.
//
//   HappenedBefore edges(stream, facts);
//   const Edge e = edges.of(i);
//   e.from;       // index of the event before
//   e.kind;       // LinkKind::SpinExit: the control CPU's flag was set
#pragma once

#include <optional>
#include <string>

#include "sim/analysis/chain_index.hpp"
#include "sim/analysis/critical_chain.hpp"
#include "sim/analysis/span.hpp"

namespace cpuhp {

struct Edge {
  std::uint32_t from = kNoEvent;
  /// None: the same task went on; what it did is what it had open.
  std::optional<LinkKind> kind;
  std::string what;
  std::string why;
  Ns waited{};
  std::string reason;  ///< why what came before matters; empty: `why`
};

class HappenedBefore {
 public:
  HappenedBefore(const EventStream& stream, const StreamFacts& facts);
  Edge of(std::uint32_t i) const;
  const ChainIndex& index() const { return index_; }

 private:
  const Event& at(std::uint32_t i) const { return stream_.events[i]; }
  bool later(std::uint32_t a, std::uint32_t b) const;
  std::string who(std::uint32_t i) const;
  const std::string& name(const Event& e) const { return stream_.names[e.name]; }

  Edge simulated(std::uint32_t i) const;
  Edge traced(std::uint32_t i) const;
  Edge end_of_wait(std::uint32_t i) const;
  Edge begin_of_wait(std::uint32_t i) const;
  Edge on_ap(std::uint32_t i) const;
  Edge after_gap_on_ap(std::uint32_t i) const;
  Edge on_thread(std::uint32_t i) const;
  Edge on_worker(std::uint32_t i) const;
  Edge on_control(std::uint32_t i) const;
  Edge of_general_work(std::uint32_t i) const;
  Edge of_interrupt(std::uint32_t i) const;
  Edge of_stop(std::uint32_t i) const;
  std::uint32_t signal_of(std::uint32_t wait_end, std::uint32_t wait_begin) const;
  std::uint32_t stop_between(std::uint32_t i) const;
  std::uint32_t primary_alive(std::uint32_t i) const;

  const EventStream& stream_;
  const StreamFacts& facts_;
  ChainIndex index_;
  NameId online_, alive_, finished_, sparse_irq_, work_on_cpu_, general_work_, tsc_partner_;
};

}  // namespace cpuhp
