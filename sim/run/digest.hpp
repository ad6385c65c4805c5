// The digest of an event stream. The same run has the same digest on every machine and in every
// mode.
//
// Each CPU's events are hashed into a chain of its own as soon as they are final. A chain needs
// only one number, and up to three events of an incomplete chunk. At the end the chains are
// combined in CPU order. The events' times contain their order between CPUs.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/event_log.hpp"
#include "model/events.hpp"

namespace cpuhp {

/// The hash chain of one CPU's events.
class EventChain {
 public:
  static constexpr std::size_t kChunk = 4;
  /// Adds the XXH3 of each chunk of kChunk events to the chain. Only in the last call may the last
  /// chunk be shorter.
  void add(std::span<const Event> events);
  std::uint64_t value() const { return value_; }
  bool operator==(const EventChain&) const = default;

 private:
  std::uint64_t value_ = 0;
};

/// A CPU's part of the digest, as long as the run goes on.
struct CpuDigest {
  EventChain chain;
  std::uint64_t events = 0;
  /// Events of a chunk that is not complete, names already hashed: the first events % kChunk.
  std::array<Event, EventChain::kChunk - 1> open{};
  bool operator==(const CpuDigest&) const = default;
};

/// Combines the chains of all CPUs.
class Digest {
 public:
  /// Adds the chain of the next CPU, and the number of its events.
  void add(const EventChain& chain, std::uint64_t events);
  /// Returns 16 hex digits.
  std::string text() const;

 private:
  std::uint64_t value_ = 0;
};

/// Adds the events of the CPUs' logs to `cpus`, which is empty at first. The digest uses the texts,
/// not the ids, of names added during the run (ids from `fixed_names` on), because exact and normal
/// mode may give them different ids.
void add_to_digest(std::vector<CpuDigest>& cpus, const std::vector<CpuLog>& logs,
                   const Names& names, std::size_t fixed_names);
/// Returns the digest of a run whose events are all added.
std::string digest_of(std::vector<CpuDigest> cpus);
/// Returns the digest of a run with these logs.
std::string digest_of(const std::vector<CpuLog>& logs, const Names& names, std::size_t fixed_names);

/// Returns the XXH3 of a text as 16 hex digits.
std::string digest_of(std::string_view text);

}  // namespace cpuhp
