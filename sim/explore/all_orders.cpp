// The policy without a reduction, and the one that has it for orders with few holds.
#include <algorithm>
#include <limits>

#include "sim/explore/policy.hpp"

namespace cpuhp {
namespace {

/// A place where a run could go on in several ways, which are tried in the order of the dates.
struct Choice {
  std::size_t ways = 1;
  std::size_t way = 0;
  std::size_t holds = 0;  ///< how many there are so far, with this way
};

class AllOrders final : public Policy {
 public:
  explicit AllOrders(std::size_t most) : most_(most) {}

  bool prepare() override {
    at_ = 0;
    held_.clear();
    if (!std::exchange(begun_, true)) return true;
    while (!places_.empty()) {
      Choice& last = places_.back();
      if (++last.way < last.ways) return true;
      places_.pop_back();
    }
    over_ = true;
    return false;
  }
  bool complete() const override { return over_ && !cut_; }
  std::string bound() const override {
    return "every order with at most " + std::to_string(most_) + " holds was run";
  }

 private:
  std::size_t pick(std::span<const ReadyTurn> ready) override {
    if (at_ == places_.size()) places_.push_back(new_place(ready));
    Choice& place = places_[at_++];
    place.holds = holds_before(at_ - 1);
    for (std::size_t i = 0; i < place.way; ++i) place.holds += held(ready[i].who) ? 0 : 1;
    for (std::size_t i = 0; i < place.way; ++i)
      if (!held(ready[i].who)) held_.push_back(ready[i].who);
    std::erase(held_, ready[place.way].who);
    return place.way;
  }
  std::size_t holds_before(std::size_t place) const {
    return place == 0 ? 0 : places_[place - 1].holds;
  }
  /// A place with the ways that stay within the bound: each one passes over one more than the last.
  Choice new_place(std::span<const ReadyTurn> ready) {
    std::size_t holds = holds_before(places_.size());
    Choice place;
    for (place.ways = 1; place.ways < ready.size(); ++place.ways) {
      holds += held(ready[place.ways - 1].who) ? 0 : 1;
      if (holds > most_) break;
    }
    cut_ |= place.ways < ready.size();
    return place;
  }
  bool held(std::uint64_t who) const { return std::ranges::find(held_, who) != held_.end(); }

  std::size_t most_;
  std::vector<Choice> places_;
  std::vector<std::uint64_t> held_;  ///< those that stand still at this place of the run
  std::size_t at_ = 0;
  bool begun_ = false;
  bool over_ = false;
  bool cut_ = false;
};

}  // namespace

std::unique_ptr<Policy> make_all_orders() {
  return std::make_unique<AllOrders>(std::numeric_limits<std::size_t>::max());
}
std::unique_ptr<Policy> make_bounded(std::size_t holds) {
  return std::make_unique<AllOrders>(holds);
}

}  // namespace cpuhp
