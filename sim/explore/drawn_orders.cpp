// The policies that draw orders: each turn with equal chances, and by random priorities.
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <map>

#include "model/random.hpp"
#include "sim/explore/policy.hpp"

namespace cpuhp {
namespace {

/// Numbers that follow from a seed and from how many were drawn before.
class Draws {
 public:
  explicit Draws(std::uint64_t seed) : mixed_(mix64(seed)) {}
  std::uint64_t next() { return mix64(mixed_ ^ mix64(++count_)); }
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(next() % n); }

 private:
  std::uint64_t mixed_;
  std::uint64_t count_ = 0;
};

class RandomOrders final : public Policy {
 public:
  RandomOrders(std::uint64_t seed, std::uint64_t runs) : draws_(seed), runs_(runs) {}
  bool prepare() override { return done_++ < runs_; }
  bool complete() const override { return false; }
  std::string bound() const override {
    return fmt::format("{} orders were drawn, which proves nothing of the others", runs_);
  }

 private:
  std::size_t pick(std::span<const ReadyTurn> ready) override { return draws_.below(ready.size()); }
  Draws draws_;
  std::uint64_t runs_, done_ = 0;
};

class Pct final : public Policy {
 public:
  Pct(std::uint64_t seed, std::size_t depth, std::uint64_t runs)
      : draws_(seed), depth_(std::max<std::size_t>(depth, 1)), runs_(runs) {}

  bool prepare() override {
    most_turns_ = std::max(most_turns_, turns().size());
    most_tasks_ = std::max(most_tasks_, priority_.size());
    if (done_ == runs_) return false;
    // The first run is the order of the dates. It says how many turns and tasks there are.
    if (done_++ > 0) {
      priority_.clear();
      lowered_.clear();
      for (std::size_t i = 0; i + 1 < depth_; ++i) lowered_.push_back(draws_.below(most_turns_));
    }
    return true;
  }
  bool complete() const override { return false; }
  std::string bound() const override {
    double chance = 1.0 / static_cast<double>(std::max<std::size_t>(most_tasks_, 1));
    for (std::size_t i = 0; i + 1 < depth_; ++i)
      chance /= static_cast<double>(std::max<std::size_t>(most_turns_, 1));
    return fmt::format(
        "a bug of depth {} shows in a run with a probability of about 1 in {:.0f} or more ({} "
        "tasks "
        "and messages, {} turns, as far as they were seen); {} orders of each part were drawn",
        depth_, 1 / chance, most_tasks_, most_turns_, runs_);
  }

 private:
  std::size_t pick(std::span<const ReadyTurn> ready) override {
    for (const ReadyTurn& r : ready)
      if (!priority_.contains(r.who)) priority_[r.who] = depth_ + (draws_.next() >> 8);
    if (done_ <= 1) return 0;
    const auto best = [&] {
      return std::ranges::max_element(ready, {},
                                      [&](const ReadyTurn& r) { return priority_.at(r.who); });
    };
    auto chosen = best();
    for (std::size_t i = 0; i < lowered_.size(); ++i)
      if (lowered_[i] == turns().size()) {
        priority_[chosen->who] = i;  // below all others
        chosen = best();
      }
    return static_cast<std::size_t>(chosen - ready.begin());
  }

  Draws draws_;
  std::size_t depth_;
  std::uint64_t runs_, done_ = 0;
  std::map<std::uint64_t, std::uint64_t> priority_;  ///< by who
  std::vector<std::size_t> lowered_;                 ///< turns at which a priority is lowered
  std::size_t most_turns_ = 0, most_tasks_ = 0;
};

}  // namespace

std::unique_ptr<Policy> make_pct(std::uint64_t seed, std::size_t depth, std::uint64_t runs) {
  return std::make_unique<Pct>(seed, depth, runs);
}
std::unique_ptr<Policy> make_random(std::uint64_t seed, std::uint64_t runs) {
  return std::make_unique<RandomOrders>(seed, runs);
}

}  // namespace cpuhp
