// Counter-based random numbers. A number depends only on its key, not on the order in which code
// ran. So two designs on the same machine get the same cost for each step, and one more random
// number does not change the others.
#pragma once

#include <cstdint>

namespace cpuhp {

__extension__ using u128 = unsigned __int128;

/// DrawKey::stream of the first part of a cost: of a phase, of a callback, of a callback that a
/// registration calls; of a reader's times; of grace periods. The next part adds 0x1000, the part's
/// wait 0x100, the question whether it waits for one more grace period 0x80.
inline constexpr std::uint32_t kPhaseStream = 1, kStepStream = 2, kRegistrationStream = 3,
                               kReaderStream = 4, kGracePeriodStream = 5, kOneMoreStream = 0x80;

struct DrawKey {
  std::uint64_t seed = 0;
  std::uint32_t stream = 0;
  std::uint32_t cpu = 0;
  std::int32_t state = 0;
  std::uint32_t direction = 0;
  std::uint32_t occurrence = 0;
};

/// splitmix64's finaliser (Steele, Lea, Flood 2014): a bijection of 64 bits that passes PractRand
/// as a counter-based generator.
constexpr std::uint64_t mix64(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

/// Returns the random number of a key. `mixed` must be mix64(k.seed), which many calls can share.
constexpr std::uint64_t draw_bits(std::uint64_t mixed, const DrawKey& k) {
  const std::uint64_t place = (std::uint64_t{k.cpu} << 32) | static_cast<std::uint32_t>(k.state);
  const std::uint64_t time =
      (std::uint64_t{k.occurrence} << 32) | (std::uint64_t{k.stream} << 1 | (k.direction & 1u));
  return mix64(mix64(mixed ^ place) ^ time);
}
constexpr std::uint64_t draw_bits(const DrawKey& k) { return draw_bits(mix64(k.seed), k); }

/// Returns an integer in [0, n], n < 2^63, without floating point (Lemire's multiply-shift).
constexpr std::int64_t scale_bits(std::uint64_t bits, std::int64_t n) {
  const auto range = static_cast<u128>(n) + 1;
  return static_cast<std::int64_t>((static_cast<u128>(bits) * range) >> 64);
}

}  // namespace cpuhp
