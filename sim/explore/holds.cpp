#include "sim/explore/holds.hpp"

#include <algorithm>
#include <optional>

#include "sim/run/held_order.hpp"

namespace cpuhp {

std::vector<Hold> holds_of(std::span<const TurnTaken> turns,
                           std::span<const std::vector<ReadyTurn>> ready, const Names& names,
                           std::uint32_t operation) {
  struct Open {
    std::uint64_t who = 0;
    std::size_t hold = 0;
  };
  std::vector<Hold> holds;
  std::vector<Open> open;
  TurnCounts counts;
  const auto name_of = [&](const ReadyTurn& turn) {
    NamedTurn is = named(turn, names);
    is.operation = operation;
    return counts.next(std::move(is));
  };
  for (std::size_t t = 0; t < turns.size(); ++t) {
    const NamedTurn chosen = name_of(turns[t].is);
    for (const ReadyTurn& passed : ready[t]) {
      if (passed.who == turns[t].is.who) break;
      const auto known = std::ranges::find(open, passed.who, &Open::who);
      if (known != open.end()) {
        holds[known->hold].until = chosen;
      } else {
        open.push_back({passed.who, holds.size()});
        holds.push_back({name_of(passed), chosen});
      }
    }
    std::erase_if(open, [&](const Open& o) { return o.who == turns[t].is.who; });
    counts.ran(chosen);
  }
  return holds;
}

std::vector<Hold> fewest_holds(std::vector<Hold> holds,
                               const std::function<bool(const std::vector<Hold>&)>& shows) {
  for (std::size_t size = holds.size() / 2; size > 0; size = size == 1 ? 0 : size / 2) {
    bool again = true;
    while (again) {
      again = false;
      for (std::size_t at = 0; at < holds.size();) {
        std::vector<Hold> less = holds;
        const std::size_t n = std::min(size, less.size() - at);
        less.erase(less.begin() + static_cast<std::ptrdiff_t>(at),
                   less.begin() + static_cast<std::ptrdiff_t>(at + n));
        if (shows(less)) {
          holds = std::move(less);
          again = true;
        } else {
          at += n;
        }
      }
      if (size > 1) break;
    }
  }
  // One that is left alone may be needless, too.
  if (holds.size() == 1 && shows({})) holds.clear();
  return holds;
}

}  // namespace cpuhp
