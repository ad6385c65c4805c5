// A digest of an event stream: the same run has the same digest, wherever and however it ran.
//
// Each CPU's events are a chain of their own, which grows as they become final: its state is one
// number, and fewer than four events that wait for their chunk. The dates tell in what order the
// CPUs did things beside each other; the chains are folded at the end, in the order of the CPUs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/event_log.hpp"
#include "model/events.hpp"

namespace cpuhp {

/// The events of one CPU so far.
class EventChain {
 public:
  static constexpr std::size_t kChunk = 4;
  /// Adds the XXH3 of each chunk to the chain. A number of events that is no multiple of kChunk is
  /// the end: events added in two calls count as in one only if the first call adds whole chunks.
  void add(std::span<const Event> events);
  std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0;
};

/// The chains of all CPUs.
class Digest {
 public:
  /// Adds the chain of the next CPU, which has that many events.
  void add(const EventChain& chain, std::uint64_t events);
  /// Returns 16 hex digits.
  std::string text() const;

 private:
  std::uint64_t value_ = 0;
};

/// The digest of the CPUs' logs. Names added during the run (ids from `fixed_names` on) count by
/// their text, because two modes may meet them in another order.
std::string digest_of(const std::vector<CpuLog>& logs, const Names& names, std::size_t fixed_names);

/// XXH3 of a text; 16 hex digits.
std::string digest_of(std::string_view text);

}  // namespace cpuhp
