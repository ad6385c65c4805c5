// One part of a campaign, and what an engine that starts many programs says of it.
//
//   const Shard third = parse_shard("3/8");  // third.index == 2, third.of == 8
//   const NamedShard mine = shard_of_environment(
//       "auto/8", [](const std::string& name) -> std::optional<std::string> {
//         return name == "PARALLEL_SEQ" ? std::optional<std::string>("3") : std::nullopt;
//       });  // mine.shard is the same; mine.by == "PARALLEL_SEQ=3"
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace cpuhp {

/// The cases of one campaign file: every `of`-th case, from case `index` on.
struct Shard {
  std::uint64_t index = 0;
  std::uint64_t of = 1;
  std::uint64_t cases(std::uint64_t all) const {
    return all <= index ? 0 : (all - index - 1) / of + 1;
  }
  std::uint64_t number(std::uint64_t i) const { return index + i * of; }
};

/// A campaign has at most so many shards.
inline constexpr std::uint64_t kShardsMax = 65'536;

/// Returns the shard as the option has it: "2/4".
std::string to_string(const Shard& shard);

/// Parses a shard: "2/4" is the second of four, an empty word is the whole. Throws BadInput.
Shard parse_shard(const std::string& word);

/// True for "auto" and "auto/N", which leave it to the environment which shard to run.
bool is_auto_shard(const std::string& word);

/// A shard, and the variables that name it: "SLURM_ARRAY_TASK_ID=3, SLURM_ARRAY_TASK_COUNT=8, ...".
struct NamedShard {
  Shard shard;
  std::string by;
};

/// Returns the value of a variable of the environment; no value: it is not set, or empty.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

/// Reads what an engine tells each program that it starts: a Slurm array (SLURM_ARRAY_TASK_ID, _MIN,
/// _MAX, _COUNT, _STEP), GNU parallel (PARALLEL_SEQ, from 1), googletest (GTEST_SHARD_INDEX, from 0,
/// GTEST_TOTAL_SHARDS), and Linaro's test definitions in LAVA (SHARD_INDEX, from 1, SHARD_NUMBER).
/// `word`: "auto", or "auto/N" where the number of shards is N, which GNU parallel does not tell.
/// Throws BadInput when nothing is set, when something is missing, and when two do not agree.
NamedShard shard_of_environment(const std::string& word, const Environment& environment);

}  // namespace cpuhp
