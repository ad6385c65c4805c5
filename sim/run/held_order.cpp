#include "sim/run/held_order.hpp"

#include <algorithm>

namespace cpuhp {
namespace {

/// True when the two have the same name, whatever their numbers.
bool same_name(const NamedTurn& a, const NamedTurn& b) {
  return a.operation == b.operation && a.cpu == b.cpu && a.role == b.role && a.point == b.point;
}

}  // namespace

std::string point_text(const Touch& point, const Names& names) {
  if (point.object == Object::None) return "step";
  std::string text(to_string(point.object));
  if (point.name != 0) text += " " + std::string(names[point.name]);
  if (point.cpu != kNoCpu) text += " of CPU " + std::to_string(point.cpu);
  return text;
}

NamedTurn named(const ReadyTurn& turn, const Names& names) {
  return {.cpu = turn.cpu, .role = turn.role, .point = point_text(turn.first, names)};
}

NamedTurn TurnCounts::next(NamedTurn turn) const {
  const auto known =
      std::ranges::find_if(counts_, [&](const auto& c) { return same_name(c.first, turn); });
  turn.nth = known == counts_.end() ? 1 : known->second + 1;
  return turn;
}

void TurnCounts::ran(const NamedTurn& turn) {
  const auto known =
      std::ranges::find_if(counts_, [&](const auto& c) { return same_name(c.first, turn); });
  if (known == counts_.end())
    counts_.emplace_back(turn, 1);
  else
    ++known->second;
}

HeldOrder::HeldOrder(const std::vector<Hold>& holds) {
  for (const Hold& hold : holds) holds_.push_back({hold});
}

std::size_t HeldOrder::choose(std::span<const ReadyTurn> ready) {
  std::vector<NamedTurn> turns;
  for (const ReadyTurn& r : ready) {
    NamedTurn turn = named(r, *names_);
    turn.operation = operation_;
    turns.push_back(counts_.next(std::move(turn)));
  }
  std::size_t chosen = turns.size();
  for (std::size_t i = 0; i < turns.size() && chosen == turns.size(); ++i) {
    bool held = false;
    for (const Live& h : holds_) held |= !h.over && h.hold.held == turns[i];
    if (!held) chosen = i;
  }
  if (chosen == turns.size()) chosen = 0;
  for (Live& h : holds_) h.over |= h.hold.until == turns[chosen];
  counts_.ran(turns[chosen]);
  return chosen;
}

void HeldOrder::come_to(std::uint32_t operation) {
  operation_ = operation;
  counts_.clear();
}

}  // namespace cpuhp
