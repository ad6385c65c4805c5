#include "sim/campaign/shard.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <charconv>
#include <string_view>
#include <vector>

#include "sim/error.hpp"

namespace cpuhp {
namespace {

constexpr std::string_view kAuto = "auto";

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

[[noreturn]] void refuse_auto(const std::string& what) { throw BadInput{"--shard auto: " + what}; }

/// What one engine says. `of` is 0 where it does not tell how many shards there are.
struct Said {
  Shard shard;
  std::string by;
};

/// Reads variables, and keeps which ones it has read, for messages.
class Variables {
 public:
  explicit Variables(const Environment& environment) : environment_(environment) {}

  bool has(const std::string& name) const { return environment_(name).has_value(); }
  std::uint64_t number(const std::string& name) {
    const std::optional<std::string> text = environment_(name);
    if (!text) refuse_auto(fmt::format("{} is not set, although {}", name, read_));
    read_ += (read_.empty() ? "" : ", ") + name + '=' + *text;
    const std::optional<std::uint64_t> value = parse_number(*text);
    if (!value) refuse_auto(fmt::format("expected a whole number, found {}={}", name, *text));
    return *value;
  }
  const std::string& read() const { return read_; }

 private:
  const Environment& environment_;
  std::string read_;
};

std::optional<Said> said_by_slurm(const Environment& environment) {
  Variables v(environment);
  if (!v.has("SLURM_ARRAY_TASK_ID")) return std::nullopt;
  const std::uint64_t id = v.number("SLURM_ARRAY_TASK_ID"), min = v.number("SLURM_ARRAY_TASK_MIN"),
                      max = v.number("SLURM_ARRAY_TASK_MAX"),
                      count = v.number("SLURM_ARRAY_TASK_COUNT"),
                      step = v.has("SLURM_ARRAY_TASK_STEP") ? v.number("SLURM_ARRAY_TASK_STEP") : 1;
  // Some tasks of an array that are submitted once more (--array=3,7) are no array of two shards.
  const bool even = step > 0 && min <= id && id <= max && (max - min) / step + 1 == count &&
                    (max - min) % step == 0 && (id - min) % step == 0 &&
                    min <= std::max<std::uint64_t>(1, step);
  if (!even)
    refuse_auto("this array is not a whole one from 0 or 1 on (" + v.read() +
                "), so no shard follows from the task's number; give --shard I/N");
  return Said{{(id - min) / step, count}, v.read()};
}

std::optional<Said> said_by_parallel(const Environment& environment) {
  Variables v(environment);
  if (!v.has("PARALLEL_SEQ")) return std::nullopt;
  return Said{{v.number("PARALLEL_SEQ") - 1, 0}, v.read()};
}

/// `first`: the number of the first shard.
std::optional<Said> said_by_pair(const Environment& environment, const std::string& index,
                                 const std::string& of, std::uint64_t first) {
  Variables v(environment);
  if (!v.has(index) && !v.has(of)) return std::nullopt;
  if (!v.has(index)) {
    v.number(of);
    v.number(index);  // says that it is missing
  }
  const std::uint64_t number = v.number(index);
  return Said{{number - first, v.number(of)}, v.read()};
}

/// Throws BadInput unless this is a shard.
void require_shard(const Said& said) {
  if (said.shard.of >= 1 && said.shard.of <= kShardsMax && said.shard.index < said.shard.of) return;
  refuse_auto(fmt::format("no shard has the number that {} says; at most {} shards are possible",
                          said.by, kShardsMax));
}

}  // namespace

std::string to_string(const Shard& shard) {
  return fmt::format("{}/{}", shard.index + 1, shard.of);
}

Shard parse_shard(const std::string& word) {
  if (word.empty()) return {};
  const std::size_t slash = std::min(word.find('/'), word.size());
  const std::string_view text = word;
  const std::optional<std::uint64_t> index = parse_number(text.substr(0, slash)),
                                     of = parse_number(
                                         text.substr(std::min(slash + 1, text.size())));
  if (index && of && *index >= 1 && *index <= *of && *of <= kShardsMax) return {*index - 1, *of};
  throw BadInput{"--shard: expected I/N with I from 1 to N, such as 2/4, or auto, found \"" + word +
                 '"'};
}

bool is_auto_shard(const std::string& word) {
  return word == kAuto || word.starts_with(std::string(kAuto) + '/');
}

NamedShard shard_of_environment(const std::string& word, const Environment& environment) {
  std::optional<std::uint64_t> total;
  if (word != kAuto) {
    total = parse_number(std::string_view(word).substr(kAuto.size() + 1));
    if (!total || *total < 1 || *total > kShardsMax)
      throw BadInput{fmt::format("--shard: expected auto/N with N from 1 to {}, found \"{}\"",
                                 kShardsMax, word)};
  }
  std::optional<Said> first;
  for (std::optional<Said> said :
       {said_by_slurm(environment), said_by_parallel(environment),
        said_by_pair(environment, "GTEST_SHARD_INDEX", "GTEST_TOTAL_SHARDS", 0),
        said_by_pair(environment, "SHARD_INDEX", "SHARD_NUMBER", 1)}) {
    if (!said) continue;
    if (said->shard.of == 0 && !total)
      refuse_auto(said->by + " does not tell of how many; give --shard auto/N");
    if (said->shard.of == 0) said->shard.of = *total;
    if (total && said->shard.of != *total)
      refuse_auto(
          fmt::format("{} says {} shards, the option {}", said->by, said->shard.of, *total));
    require_shard(*said);
    if (first && to_string(first->shard) != to_string(said->shard))
      refuse_auto(
          fmt::format("{} is shard {}, but {} is shard {}; unset one of them, or give "
                      "--shard I/N",
                      first->by, to_string(first->shard), said->by, to_string(said->shard)));
    if (first)
      first->by += ", " + said->by;
    else
      first = std::move(said);
  }
  if (!first)
    refuse_auto(
        "the environment names no shard; expected SLURM_ARRAY_TASK_ID, PARALLEL_SEQ, "
        "GTEST_SHARD_INDEX or SHARD_INDEX, as Slurm arrays, GNU parallel, googletest and LAVA set "
        "them; or give --shard I/N");
  return {first->shard, first->by};
}

}  // namespace cpuhp
