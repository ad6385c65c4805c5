#include "sim/campaign/random_case.hpp"

#include <algorithm>
#include <numeric>
#include <string>

#include "model/draws.hpp"
#include "model/faults/candidates.hpp"

namespace cpuhp {
namespace {

constexpr std::uint32_t kCampaignStream = 0x200'0000;
constexpr std::uint32_t kOrderStream = 0x400'0000;
constexpr std::int64_t kVictimsMax = 3, kOperationsMax = 8, kFaultsMax = 3, kNthMax = 3;
constexpr std::int64_t kReadersMax = 4, kRoundsMax = 50;
constexpr Ns kEveryMin = 1_us;
constexpr Ns kLagMax = 10_ms;
constexpr Ns kDelayMax = 20_s;  // the kernel waits 10 s, so half of the delays are longer

std::vector<CpuId> draw_victims(DrawSequence& draws, const CpuMask& present) {
  std::vector<CpuId> all, victims;
  for (CpuId cpu = present.first(); cpu != kNoCpu; cpu = present.next(cpu + 1)) all.push_back(cpu);
  const auto wanted =
      std::min<std::size_t>(all.size(), static_cast<std::size_t>(draws.between(1, kVictimsMax)));
  while (victims.size() < wanted) {
    const std::size_t i = draws.below(all.size());
    victims.push_back(all[i]);
    all.erase(all.begin() + static_cast<std::ptrdiff_t>(i));
  }
  return victims;
}

/// Returns the states of the ONLINE section at which an operation may leave a CPU.
std::vector<StateId> resting_places(const MachineConfig& config) {
  std::vector<StateId> states;
  if (config.design == Design::Notifier || !config.state_control) return states;
  for (const State& s : config.table.all())
    if (s.section == Section::Online && !s.name.empty() && !s.cant_stop) states.push_back(s.id);
  return states;
}

/// In one call of four, makes `op` concurrent with the latest operation that is not concurrent.
void draw_concurrency(DrawSequence& draws, const RandomDraw& draw, Operation& op) {
  constexpr std::size_t kConcurrent = 4;  // one operation in 4 is concurrent
  if (draw.operations.empty() || draws.below(kConcurrent) != 0) return;
  std::size_t latest = draw.operations.size() - 1;
  while (draw.operations[latest].with) --latest;
  op.with = static_cast<std::uint32_t>(latest);
  op.delay = Ns{draws.between(0, kLagMax.v)};
}

Operation draw_operation(DrawSequence& draws, const RandomDraw& draw,
                         const std::vector<StateId>& rests) {
  constexpr std::size_t kPartial = 6;  // one operation in 6 goes only a part of the way
  Operation op{.kind = draws.below(2) == 0 ? OpKind::Down : OpKind::Up,
               .cpu = draws.one_of(draw.victims)};
  if (!rests.empty() && draws.below(kPartial) == 0) op.target = draws.one_of(rests);
  draw_concurrency(draws, draw, op);
  return op;
}

/// In one case of four, draws readers of cpu_hotplug_lock. Each has so few rounds that it has ended
/// before the probes.
std::vector<LockReader> draw_readers(DrawSequence& draws, const CpuMask& present) {
  constexpr std::size_t kWithReaders = 4, kAsleep = 2, kOfRcu = 3;
  std::vector<LockReader> readers;
  if (draws.below(kWithReaders) != 0) return readers;
  std::vector<CpuId> all;
  for (CpuId cpu = present.first(); cpu != kNoCpu; cpu = present.next(cpu + 1)) all.push_back(cpu);
  for (auto n = draws.between(1, kReadersMax); n > 0; --n)
    readers.push_back(
        {.name = "drawn reader " + std::to_string(readers.size()),
         .lock = draws.below(kOfRcu) == 0 ? ReaderLock::Rcu : ReaderLock::CpuHotplugLock,
         .cpu = draws.one_of(all),
         .every = Dist::fixed(Ns{draws.between(kEveryMin.v, kLagMax.v)}),
         .hold = Dist::fixed(Ns{draws.between(0, kLagMax.v)}),
         .work = draws.below(kAsleep) == 0,
         .rounds = static_cast<std::uint32_t>(draws.between(1, kRoundsMax))});
  return readers;
}

/// In one case of four, has the kernel wait for RCU in another way.
std::optional<RcuConfig> draw_rcu(DrawSequence& draws, RcuConfig rcu) {
  constexpr std::size_t kWithAnother = 4, kBusy = 2;
  if (draws.below(kWithAnother) != 0) return {};
  rcu.policy = static_cast<RcuPolicy>(draws.below(kRcuPolicies.size()));
  rcu.busy = draws.below(kBusy) == 0;
  return rcu;
}

/// Chooses a random fault. `veto`: operations in which a teardown may fail; empty: all operations.
Fault draw_fault(DrawSequence& draws, const std::vector<Fault>& candidates,
                 const std::vector<std::uint32_t>& veto) {
  Fault f = draws.one_of(candidates);
  const bool vetoes = (f.kind == FaultKind::Error && f.direction == Direction::Down) ||
                      f.kind == FaultKind::RefusedTakedown;
  if (vetoes && !veto.empty()) f.during = draws.one_of(veto);
  f.nth = static_cast<std::uint32_t>(draws.between(1, kNthMax));
  if (f.delay != Ns{}) f.delay = Ns{draws.between(1, kDelayMax.v)};
  return f;
}

}  // namespace

RandomDraw draw_random_case(const MachineConfig& config, const std::vector<Fault>& candidates,
                            std::uint64_t seed, std::uint64_t index) {
  DrawSequence draws(kCampaignStream, seed, index);
  RandomDraw draw;
  draw.seed = draws.bits() >> 1;
  draw.jitter = draws.one_of(std::vector<std::uint32_t>{1, 2, 16});
  draw.victims = draw_victims(draws, config.present);
  const std::vector<StateId> rests = resting_places(config);
  for (auto n = draws.between(1, kOperationsMax); n > 0; --n)
    draw.operations.push_back(draw_operation(draws, draw, rests));
  std::vector<Operation> operations = config.operations;
  operations.insert(operations.end(), draw.operations.begin(), draw.operations.end());
  const std::vector<std::uint32_t> veto = operations_with_veto(operations);
  for (auto n = draws.between(1, kFaultsMax); n > 0; --n) {
    const CpuId cpu = draws.one_of(draw.victims);
    if (candidates.empty()) continue;
    draw.faults.push_back(draw_fault(draws, candidates, veto));
    draw.faults.back().cpu = cpu;
  }
  draw.readers = draw_readers(draws, config.present);
  draw.rcu = draw_rcu(draws, config.rcu);
  return draw;
}

void lead_to(RandomDraw& draw, const Fault& aim) {
  std::erase(draw.victims, aim.cpu);
  draw.victims.insert(draw.victims.begin(), aim.cpu);
  for (Operation& op : draw.operations)
    if (op.with) *op.with += 2;
  draw.operations.insert(draw.operations.begin(), {{.kind = OpKind::Down, .cpu = aim.cpu},
                                                   {.kind = OpKind::Up, .cpu = aim.cpu}});
  draw.faults.insert(draw.faults.begin(), aim);
}

std::size_t permuted(std::uint64_t turn, std::size_t n, std::uint64_t seed) {
  DrawSequence draws(kOrderStream, seed, n);
  // Steps of a length without a common divisor go through all numbers.
  const std::uint64_t begin = draws.below(n);
  std::uint64_t step = 1 + draws.below(n);
  while (std::gcd(step, std::uint64_t{n}) != 1) ++step;
  return static_cast<std::size_t>((begin + turn % n * (step % n)) % n);
}

}  // namespace cpuhp
