#include "sim/explore/policy.hpp"

#include <algorithm>

namespace cpuhp {

void Policy::begin(const Names& names) {
  things.begin(names);
  turns_.clear();
  ready_.clear();
}

std::size_t Policy::choose(std::span<const ReadyTurn> ready) {
  const std::size_t chosen = pick(ready);
  if (chosen == kNoTurn) return chosen;
  turns_.push_back({ready[chosen], {}});
  ready_.emplace_back(ready.begin(), ready.end());
  return chosen;
}

void Policy::touched(const Touch& what) {
  if (turns_.empty() || what.object == Object::None || things.is_dropped(what.object)) return;
  const Touched t = things.of(what);
  std::vector<Touched>& all = turns_.back().touches;
  for (Touched& known : all)
    if (known.thing == t.thing && known.cpu == t.cpu) {
      known.writes |= t.writes;
      return;
    }
  all.push_back(t);
}

}  // namespace cpuhp
