#include "sim/run/digest.hpp"

#include <xxhash.h>
#if __has_include(<xxh_x86dispatch.h>) && defined(__x86_64__)
#include <xxh_x86dispatch.h>  // the same hash by the widest instructions that the host has
#endif

#include <algorithm>
#include <array>
#include <bit>
#include <cstdio>
#include <span>

namespace cpuhp {

// The bytes of an Event are hashed as they stand in memory.
static_assert(std::endian::native == std::endian::little);

namespace {

std::string hexadecimal(XXH64_hash_t hash) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(hash));
  return text;
}

using Block = std::array<Event, CpuLog::kBlock>;

/// Names that came up in the run have no number of their own in every run: their text stands for
/// them.
std::span<const Event> with_names_hashed(std::span<const Event> events, const Names& names,
                                         std::size_t fixed_names, Block& copy) {
  std::copy(events.begin(), events.end(), copy.begin());
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (events[i].name < fixed_names) continue;
    const std::string& text = names[events[i].name];
    copy[i].name = static_cast<NameId>(XXH3_64bits(text.data(), text.size())) | 0x8000'0000u;
  }
  return {copy.data(), events.size()};
}

}  // namespace

std::string digest_of(const std::vector<CpuLog>& logs, const Names& names,
                      std::size_t fixed_names) {
  XXH3_state_t* state = XXH3_createState();
  XXH3_64bits_reset(state);
  const bool dynamic = names.size() > fixed_names;
  Block copy;
  for (const CpuLog& log : logs) {
    const std::uint64_t size = log.size();
    XXH3_64bits_update(state, &size, sizeof size);
    for (std::size_t b = 0;; ++b) {
      std::span<const Event> events = log.block(b);
      if (events.empty()) break;
      if (dynamic) events = with_names_hashed(events, names, fixed_names, copy);
      XXH3_64bits_update(state, events.data(), events.size_bytes());
    }
  }
  const XXH64_hash_t hash = XXH3_64bits_digest(state);
  XXH3_freeState(state);
  return hexadecimal(hash);
}

std::string digest_of(std::string_view text) {
  return hexadecimal(XXH3_64bits(text.data(), text.size()));
}

}  // namespace cpuhp
