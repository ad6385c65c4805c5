#include "sim/run/digest.hpp"

#define XXH_INLINE_ALL  // inlined, because a call would take longer than the hash of a chunk
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <bit>
#include <span>
#include <utility>

namespace cpuhp {

// Events are hashed as they are in memory, so the byte order matters.
static_assert(std::endian::native == std::endian::little);

namespace {

std::string hexadecimal(std::uint64_t hash) {
  std::string text(16, '0');
  for (auto digit = text.rbegin(); digit != text.rend(); ++digit, hash >>= 4)
    *digit = "0123456789abcdef"[hash & 0xf];
  return text;
}

using Block = std::array<Event, CpuLog::kBlock>;
static_assert(CpuLog::kFirst % EventChain::kChunk == 0);
static_assert(CpuLog::kBlock % EventChain::kChunk == 0);

/// Replaces the ids of names that were added during the run by hashes of their texts, because these
/// ids differ from run to run. Clears the value of Injected events, which their name determines.
std::span<const Event> with_names_hashed(std::span<const Event> events, const Names& names,
                                         std::size_t fixed_names, Block& copy) {
  std::copy(events.begin(), events.end(), copy.begin());
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (events[i].kind == EventKind::Injected && events[i].ret == 0) copy[i].value = 0;
    if (events[i].name < fixed_names) continue;
    const std::string& text = names[events[i].name];
    copy[i].name = static_cast<NameId>(XXH3_64bits(text.data(), text.size())) | 0x8000'0000u;
  }
  return {copy.data(), events.size()};
}

/// Returns the chain, extended by the hash of a chunk. The function is a bijection in each
/// argument, so different chains stay different when equal chunks are added. A chunk's hash does
/// not depend on the chain, so the processor can compute several in parallel.
std::uint64_t chained(std::uint64_t chain, std::uint64_t hash) {
  constexpr std::uint64_t kOdd = 0x9e3779b185ebca87;
  return std::rotl(chain * kOdd ^ hash, 31);
}

std::uint64_t hash_of(std::span<const Event> events) {
  return XXH3_64bits(events.data(), events.size_bytes());
}

/// Adds an event to the open chunk, and this to the chain when it is complete.
void add_to_open(CpuDigest& d, const Event& e) {
  const std::size_t open = d.events++ % EventChain::kChunk;
  if (open < d.open.size()) {
    d.open[open] = e;
    return;
  }
  std::array<Event, EventChain::kChunk> chunk;
  std::ranges::copy(d.open, chunk.begin());
  chunk.back() = e;
  d.chain.add(chunk);
  d.open = {};
}

}  // namespace

// Not inlined: g++ would warn of the prefetches, which lie beyond a chunk of its own.
[[gnu::noinline]] void EventChain::add(std::span<const Event> events) {
  // A CPU's blocks mostly follow one another in memory, and are no longer in the cache.
  constexpr std::size_t kAhead = 64;
  for (std::size_t i = 0; i < events.size(); i += kChunk) {
    __builtin_prefetch(events.data() + i + kAhead);
    __builtin_prefetch(events.data() + i + kAhead + kChunk / 2);
    value_ = chained(value_, hash_of(events.subspan(i, std::min(kChunk, events.size() - i))));
  }
}

void Digest::add(const EventChain& chain, std::uint64_t events) {
  const std::uint64_t cpu[] = {chain.value(), events};
  value_ = chained(value_, XXH3_64bits(cpu, sizeof cpu));
}

std::string Digest::text() const { return hexadecimal(value_); }

void add_to_digest(std::vector<CpuDigest>& cpus, const std::vector<CpuLog>& logs,
                   const Names& names, std::size_t fixed_names) {
  const bool dynamic = names.size() > fixed_names;
  cpus.resize(logs.size());
  Block copy;
  for (std::size_t cpu = 0; cpu < logs.size(); ++cpu) {
    CpuDigest& d = cpus[cpu];
    for (std::size_t b = 0;; ++b) {
      std::span<const Event> events = logs[cpu].block(b);
      if (events.empty()) break;
      if (dynamic) events = with_names_hashed(events, names, fixed_names, copy);
      for (; d.events % EventChain::kChunk != 0 && !events.empty(); events = events.subspan(1))
        add_to_open(d, events.front());
      const std::size_t open = events.size() % EventChain::kChunk;
      d.chain.add(events.first(events.size() - open));
      d.events += events.size() - open;
      for (const Event& e : events.last(open)) add_to_open(d, e);
    }
  }
}

std::string digest_of(std::vector<CpuDigest> cpus) {
  Digest digest;
  for (CpuDigest& d : cpus) {
    d.chain.add(std::span(d.open).first(d.events % EventChain::kChunk));
    digest.add(d.chain, d.events);
  }
  return digest.text();
}

std::string digest_of(const std::vector<CpuLog>& logs, const Names& names,
                      std::size_t fixed_names) {
  std::vector<CpuDigest> cpus;
  add_to_digest(cpus, logs, names, fixed_names);
  return digest_of(std::move(cpus));
}

std::string digest_of(std::string_view text) {
  return hexadecimal(XXH3_64bits(text.data(), text.size()));
}

}  // namespace cpuhp
