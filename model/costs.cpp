#include "model/costs.hpp"

#include <algorithm>
#include <utility>

namespace cpuhp {

Ns Dist::mean() const {
  if (quantiles.size() <= 1) return quantiles.empty() ? Ns{} : quantiles.front();
  std::int64_t doubled = 0;
  for (std::size_t i = 0; i + 1 < quantiles.size(); ++i)
    doubled += quantiles[i].v + quantiles[i + 1].v;
  return {doubled / 2 / static_cast<std::int64_t>(quantiles.size() - 1)};
}

bool Cost::is_nothing() const {
  return std::all_of(parts.begin(), parts.end(), [](const CostPart& p) {
    return p.work.is_nothing() && p.wait.is_nothing() && p.per_online == Ns{} &&
           p.per_online_squared == Ns{} && p.per_interrupt == Ns{} && p.grace_periods_permille == 0;
  });
}

Ns Cost::mean_work() const {
  Ns sum{};
  for (const CostPart& part : parts) sum += part.work.mean();
  return sum;
}

CostProfile::CostProfile() : lock_names(kCoreLocks.begin(), kCoreLocks.end()) {
  for (const PhaseInfo& info : kPhaseInfos) {
    if (info.work != Ns{} || info.wait != Ns{})
      phase(info.value).parts = {{.work = Dist::fixed(info.work), .wait = Dist::fixed(info.wait)}};
  }
  for (const SizeLaw& law : kSizeLaws) {
    std::vector<CostPart>& parts = phase(law.phase).parts;
    if (parts.empty()) parts.push_back({.wait = Dist::fixed(law.wait)});
    parts.front().per_online = law.per_online;
    parts.front().per_online_squared = law.per_online_squared;
    parts.front().per_interrupt = law.per_interrupt;
  }
}

void CostProfile::set_step(StateId id, Direction d, Cost cost) {
  const auto side = static_cast<std::size_t>(d);
  const auto index = static_cast<std::size_t>(id);
  if (index >= steps_[side].size()) {
    steps_[side].resize(index + 1);
    named_[side].resize(index + 1);
  }
  steps_[side][index] = std::move(cost);
  named_[side][index] = true;
}

LockId CostProfile::lock(std::string_view wanted) {
  const auto found = std::find(lock_names.begin(), lock_names.end(), wanted);
  if (found != lock_names.end()) return static_cast<LockId>(found - lock_names.begin());
  lock_names.emplace_back(wanted);
  return static_cast<LockId>(lock_names.size() - 1);
}

}  // namespace cpuhp
