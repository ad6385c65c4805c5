// Finds what an event had to wait for: the previous event of its task, or an event on another CPU
// that signalled the task. An Edge leads back to that event.
#pragma once

#include <optional>
#include <string>

#include "sim/analysis/chain_index.hpp"
#include "sim/analysis/critical_chain.hpp"
#include "sim/analysis/span.hpp"

namespace cpuhp {

struct Edge {
  std::uint32_t from = kNoEvent;
  /// Kind of the signal; no value: the same task continued without one.
  std::optional<LinkKind> kind;
  std::string what;
  std::string why;
  Ns waited{};
  std::string reason;  ///< why a task waits for the events before `from`; empty: `why` says it
};

class HappenedBefore {
 public:
  /// `stream` and `facts` must outlive this object.
  HappenedBefore(const EventStream& stream, const StreamFacts& facts);
  /// Returns the edge from event `i` back to its cause.
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
