// The policy that runs every order once, up to the places of turns that touch nothing in common.
#include <algorithm>
#include <optional>

#include "sim/explore/policy.hpp"

namespace cpuhp {
namespace {

/// Somebody whose next turn was tried at this place, or before it with nothing in between that
/// touches the same: another try would show nothing new.
struct Tried {
  std::uint64_t who = 0;
  std::vector<Touched> touches;
};

/// A place where a run could go on in several ways.
struct Fork {
  std::vector<ReadyTurn> ready;
  std::vector<Tried> sleep;
  std::vector<std::uint64_t> wanted;  ///< those whose turns are tried here, and have been
  std::uint64_t chosen = 0;
};

bool contains(const std::vector<std::uint64_t>& all, std::uint64_t who) {
  return std::ranges::find(all, who) != all.end();
}
template <typename All>
auto find_who(All& all, std::uint64_t who) {
  return std::ranges::find_if(all, [who](const auto& one) { return one.who == who; });
}

class Dpor final : public Policy {
 public:
  bool prepare() override {
    redundant_ = false;
    at_ = 0;
    if (std::exchange(begun_, true)) {
      learn();
      if (!next_way()) {
        complete_ = true;
        return false;
      }
    }
    return true;
  }
  bool redundant() const override { return redundant_; }
  bool complete() const override { return complete_; }

 private:
  std::size_t pick(std::span<const ReadyTurn> ready) override {
    if (at_ < places_.size()) {
      const auto found = find_who(ready, places_[at_++].chosen);
      return static_cast<std::size_t>(found - ready.begin());
    }
    Fork place{{ready.begin(), ready.end()}, sleepers(), {}, 0};
    const auto awake = std::ranges::find_if(ready, [&](const ReadyTurn& r) {
      return find_who(place.sleep, r.who) == place.sleep.end();
    });
    if (awake == ready.end()) {
      redundant_ = true;
      return kNoTurn;
    }
    place.chosen = awake->who;
    place.wanted.push_back(awake->who);
    places_.push_back(std::move(place));
    ++at_;
    return static_cast<std::size_t>(awake - ready.begin());
  }

  /// Returns those that still sleep after the last turn.
  std::vector<Tried> sleepers() const {
    std::vector<Tried> still;
    if (places_.empty()) return still;
    const TurnTaken& last = turns().back();
    for (const Tried& s : places_.back().sleep)
      if (s.who != last.is.who && !conflict(s.touches, last.touches)) still.push_back(s);
    return still;
  }

  /// Finds the races in what the last run had of its own, and wants each the other way round.
  void learn() {
    std::vector<HappensBefore::Race> races;
    const std::size_t length = std::min(places_.size(), turns().size());
    while (order_.size() < length) {
      races.clear();
      order_.add(turns(), &races);
      for (const HappensBefore::Race& race : races) reverse(race);
    }
    if (length > 0) let_others_come_before_the_end(length - 1);
  }

  /// A panic ends the run for all, also for those who had no turn before it.
  void let_others_come_before_the_end(std::size_t last) {
    const Touched everything{.thing = 0, .writes = true};
    if (std::ranges::find(turns()[last].touches, everything) == turns()[last].touches.end()) return;
    // Also those whose CPU was stopped then: they go before it was.
    std::vector<std::uint64_t> known;
    for (std::size_t at = last + 1; at-- > 0;) {
      for (const ReadyTurn& r : places_[at].ready) {
        if (contains(known, r.who)) continue;
        known.push_back(r.who);
        want(places_[at], r.who);
      }
      if (!contains(known, turns()[at].is.who)) known.push_back(turns()[at].is.who);
    }
  }

  void reverse(const HappensBefore::Race& race) {
    const TurnTaken& second = turns()[race.second];
    Fork& place = places_[race.first];
    const bool was_made = second.is.made_in <= race.first;
    if (second.is.deadline && find_who(place.ready, second.is.who) == place.ready.end()) return;
    if (was_made && find_who(place.ready, second.is.who) == place.ready.end()) {
      // It was there, and could not happen, because its CPU was stopped. So it has to come before that.
      for (std::size_t at = race.first; at-- > second.is.made_in;)
        if (find_who(places_[at].ready, second.is.who) != places_[at].ready.end())
          return want(places_[at], second.is.who);
      return;
    }
    // The turns after `first` that do not depend on it, and then `second`: who could be the first?
    std::vector<std::size_t> rest;
    for (std::size_t i = race.first + 1; i < race.second; ++i)
      if (!order_.before(race.first, i)) rest.push_back(i);
    rest.push_back(race.second);
    std::optional<std::uint64_t> one;
    for (std::size_t i = 0; i < rest.size(); ++i) {
      const std::uint64_t who = turns()[rest[i]].is.who;
      bool first = true;
      for (std::size_t j = 0; j < i && first; ++j)
        first = turns()[rest[j]].is.who != who && !order_.before(rest[j], rest[i]);
      if (!first || find_who(place.ready, who) == place.ready.end()) continue;
      if (contains(place.wanted, who)) return;
      if (find_who(place.sleep, who) != place.sleep.end()) return;
      if (!one || who == second.is.who) one = who;
    }
    if (one) place.wanted.push_back(*one);
  }

  static void want(Fork& place, std::uint64_t who) {
    if (!contains(place.wanted, who)) place.wanted.push_back(who);
  }

  /// Goes back to the last place that has another way to go on.
  bool next_way() {
    while (!places_.empty()) {
      Fork& place = places_.back();
      const std::size_t at = places_.size() - 1;
      if (at < turns().size()) place.sleep.push_back({place.chosen, turns()[at].touches});
      order_.truncate(at);
      for (const std::uint64_t who : place.wanted)
        if (find_who(place.sleep, who) == place.sleep.end()) {
          place.chosen = who;
          return true;
        }
      places_.pop_back();
    }
    return false;
  }

  std::vector<Fork> places_;
  HappensBefore order_;
  std::size_t at_ = 0;
  bool begun_ = false;
  bool redundant_ = false;
  bool complete_ = false;
};

}  // namespace

std::unique_ptr<Policy> make_dpor() { return std::make_unique<Dpor>(); }

}  // namespace cpuhp
