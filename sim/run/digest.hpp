// A digest of an event stream: the same run has the same digest, wherever and however it ran.
//
// Each CPU's events are hashed into their own chain, which grows as events become final: its state
// is one number, and up to three events of an incomplete chunk. The chains are combined at the end,
// in the order of the CPUs; the events' dates hold their order between CPUs.
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
  /// Adds the XXH3 of each chunk of kChunk events to the chain. Needs whole chunks in every call
  /// but the last one, whose last chunk may be shorter.
  void add(std::span<const Event> events);
  std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0;
};

/// The chains of all CPUs.
class Digest {
 public:
  /// Adds the chain of the next CPU, which has `events` events.
  void add(const EventChain& chain, std::uint64_t events);
  /// Returns 16 hex digits.
  std::string text() const;

 private:
  std::uint64_t value_ = 0;
};

/// Returns the digest of the CPUs' logs. Names added during the run (ids of `fixed_names` or more)
/// count by their text, because two modes may add them in different orders.
std::string digest_of(const std::vector<CpuLog>& logs, const Names& names, std::size_t fixed_names);

/// Returns the XXH3 of a text as 16 hex digits.
std::string digest_of(std::string_view text);

}  // namespace cpuhp
