// Finds the event that a given event had to wait for: the previous event of the same task, or an
// event on another CPU that signalled the task. An Edge leads back to it.
#pragma once

#include <optional>
#include <string>

#include "sim/analysis/chain_index.hpp"
#include "sim/analysis/critical_chain.hpp"
#include "sim/analysis/span.hpp"

namespace cpuhp {

struct Edge {
  std::uint32_t from = kNoEvent;
  /// The kind of the signal; none: no signal was needed, the same task continued its open bracket.
  std::optional<LinkKind> kind;
  std::string what;
  std::string why;
  Ns waited{};
  std::string reason;  ///< why somebody waits for the events before `from`; empty: as in `why`
};

class HappenedBefore {
 public:
  /// `stream` and `facts` have to live as long as this object.
  HappenedBefore(const EventStream& stream, const StreamFacts& facts);
  /// Returns the edge that leads back from event `i`.
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
  std::uint32_t socket_online(std::uint32_t i) const;

  const EventStream& stream_;
  const StreamFacts& facts_;
  ChainIndex index_;
  NameId online_, alive_, finished_, sparse_irq_, work_on_cpu_, general_work_;
};

}  // namespace cpuhp
