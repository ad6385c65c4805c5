#include "model/faults/plan.hpp"

#include <algorithm>
#include <cassert>

#include "model/random.hpp"

namespace cpuhp {
namespace {

/// Part of the key of a fault's random number, so that it differs from the keys of costs.
constexpr std::uint32_t kFaultStream = 0x100'0000;
constexpr std::uint32_t kCertain = 1'000'000;

bool fits(const Fault& f, FaultKind kind, const FaultPlace& at) {
  if (f.state >= 0 && (f.state != at.state || (f.direction == Direction::Up) != at.bringup))
    return false;
  if (f.cpu != kNoCpu && f.cpu != at.cpu) return false;
  if (f.phase != at.phase) return false;
  // A fault without a state hits any callback. NoMemory is the exception: without a state, it hits
  // only the allocation of the idle task.
  if (f.state < 0 && kind == FaultKind::NoMemory && at.state >= 0) return false;
  if (f.state < 0 && info(kind).takes(kStep) && kind != FaultKind::NoMemory && !f.phase &&
      (f.direction == Direction::Up) != at.bringup)
    return false;
  if (f.instance != 0xffff && f.instance != at.instance) return false;
  if (f.sleeper != Sleeper::Any && f.sleeper != at.sleeper) return false;
  if (f.rollback && !at.rollback) return false;
  return !f.during || *f.during == at.operation;
}

}  // namespace

FaultPlan::FaultPlan(const std::vector<Fault>& faults, std::uint64_t seed)
    : faults_(faults), seed_(seed), counts_(faults.size()), hits_(faults.size()) {
  for (std::size_t i = 0; i < faults.size(); ++i) {
    const Fault& f = faults[i];
    of_kind_[static_cast<std::size_t>(f.kind)].push_back({i, f.state});
    phases_ = phases_ || f.phase;
    counts_alone_ = counts_alone_ && (f.cpu != kNoCpu || f.nth == 0);
    if (!info(f.kind).takes(kStep) || f.phase) continue;
    if (f.state < 0) any_state_ = true;
    if (f.state >= 0 && f.state < kMaxStates) states_.set(static_cast<std::size_t>(f.state));
  }
}

/// True when the fault hits by its probability. The random number depends only on what is hit, not
/// on the order in which code ran.
bool FaultPlan::drawn(std::size_t index, const FaultPlace& at) const {
  if (faults_[index].chance_ppm >= kCertain) return true;
  const std::int32_t place = at.phase ? -1 - static_cast<std::int32_t>(*at.phase) : at.state;
  const DrawKey key{seed_,
                    kFaultStream + static_cast<std::uint32_t>(index),
                    at.cpu,
                    place,
                    static_cast<std::uint32_t>(at.bringup),
                    at.occurrence << 8 | ((at.instance + 1u) & 0xffu)};
  return scale_bits(draw_bits(key), kCertain - 1) < faults_[index].chance_ppm;
}

void FaultPlan::go_on_from(const std::vector<std::uint32_t>& counts) {
  assert(counts.size() <= counts_.size());
  std::copy(counts.begin(), counts.end(), counts_.begin());
}

const Fault* FaultPlan::strikes(FaultKind kind, const FaultPlace& place, Runtime& rt) {
  const Fault* hit = nullptr;
  std::size_t which = 0;
  for (const auto [i, state] : of(kind)) {
    if (state >= 0 && state != place.state) continue;
    const Fault& f = faults_[i];
    if (!fits(f, kind, place) || !drawn(i, place)) continue;
    // The n-th occasion is counted over all CPUs, so the others must reach this time first.
    if (f.cpu == kNoCpu && f.nth != 0) rt.settle(writes(Object::FaultCount));
    const std::uint32_t count = ++counts_[i];
    if (hit != nullptr || (f.nth != 0 && f.nth != count)) continue;
    hit = &f;
    which = i;
  }
  if (hit == nullptr) return nullptr;
  FaultHits& hits = hits_[which];
  if (hits.count == 0)
    hits = {.first = rt.now(), .instance = place.instance, .operation = place.operation};
  ++hits.count;
  return hit;
}

}  // namespace cpuhp
