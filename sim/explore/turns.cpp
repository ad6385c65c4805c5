#include "sim/explore/turns.hpp"

#include <algorithm>

#include "model/random.hpp"

namespace cpuhp {

bool conflict(const Touched& a, const Touched& b) {
  if (!a.writes && !b.writes) return false;
  if (a.thing == 0 || b.thing == 0) return true;
  return a.thing == b.thing && (a.cpu == b.cpu || a.cpu == kNoCpu || b.cpu == kNoCpu);
}

bool conflict(std::span<const Touched> a, std::span<const Touched> b) {
  return std::ranges::any_of(a, [b](const Touched& x) {
    return std::ranges::any_of(b, [&x](const Touched& y) { return conflict(x, y); });
  });
}

void Things::begin(const Names& names) {
  names_ = &names;
  of_name_.clear();
}

Touched Things::of(const Touch& touch) {
  if (touch.object == Object::Everything) return {0, kNoCpu, touch.writes};
  std::uint64_t name = touch.name;
  if (touch.object != Object::Task && name != 0) {
    if (of_name_.size() <= name) of_name_.resize(name + 1);
    std::uint64_t& known = of_name_[name];
    if (known == 0) {
      known = 1;
      for (const char c : (*names_)[touch.name])
        known = mix64(known ^ static_cast<unsigned char>(c));
    }
    name = known;
  }
  const std::uint64_t thing = mix64(name) ^ static_cast<std::uint64_t>(touch.object);
  return {thing == 0 ? 1 : thing, touch.cpu, touch.writes};
}

void HappensBefore::truncate(std::size_t length) {
  if (before_.size() > length) before_.resize(length);
}

void HappensBefore::add(std::span<const TurnTaken> turns, std::vector<Race>* races) {
  const std::size_t at = before_.size();
  const TurnTaken& turn = turns[at];
  std::vector<std::uint64_t> earlier(at / 64 + 1);
  for (std::size_t i = at; i-- > 0;) {
    if ((earlier[i / 64] >> (i % 64) & 1u) != 0) continue;
    const TurnTaken& other = turns[i];
    const bool same = other.is.who == turn.is.who;
    const bool made = turn.is.made_in == i + 1;
    if (!same && !made && !conflict(other.touches, turn.touches)) continue;
    for (std::size_t w = 0; w < before_[i].size(); ++w) earlier[w] |= before_[i][w];
    earlier[i / 64] |= std::uint64_t{1} << (i % 64);
    if (!same && !made) races->push_back({i, at});
  }
  before_.push_back(std::move(earlier));
}

}  // namespace cpuhp
