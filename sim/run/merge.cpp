#include "sim/run/merge.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <span>

#include "model/random.hpp"
#include "sim/engine/event_memory.hpp"

namespace cpuhp {
namespace {

/// Finds the log with the earliest next event: a tree of losers (Knuth, TAOCP 3, 5.4.1). A Key has
/// the time in its high bits and the CPU in its low bits, and the smaller key wins.
template <typename Key>
class Tournament {
 public:
  Tournament(const std::vector<CpuLog>& logs, std::vector<CpuLog>* freed, unsigned cpu_bits)
      : logs_(logs),
        freed_(freed),
        cpu_bits_(cpu_bits),
        leaves_(std::size_t{1} << cpu_bits),
        places_(logs.size()),
        loser_(leaves_) {
    for (std::size_t cpu = 0; cpu < logs.size(); ++cpu) open_block(cpu);
    winner_ = play(1);
  }

  bool over() const { return winner_ == kOver; }

  /// Appends the next events of the winner (the log with the earliest event) to `out`, as long as
  /// they come before those of all other logs.
  void pass_on(std::vector<Event>& out) {
    const std::size_t cpu = cpu_of(winner_);
    pass_until(cpu, winner_, out);  // events with the same time
    // A CPU that wins again may win many times more, so now only the runner-up is compared with it.
    if (over() || cpu_of(winner_) != cpu) return;
    pass_until(cpu, runner_up(cpu), out);
  }

 private:
  static constexpr Key kOver = static_cast<Key>(-1);

  /// Position in a log: the next event to merge, and the end of its block.
  struct Place {
    const Event* next = nullptr;
    const Event* end = nullptr;
    std::size_t block = 0;  ///< index of the block that follows
  };

  std::size_t cpu_of(Key key) const { return static_cast<std::size_t>(key) & (leaves_ - 1); }
  Key head(std::size_t cpu) const {
    if (cpu >= places_.size() || places_[cpu].next == nullptr) return kOver;
    return static_cast<Key>(places_[cpu].next->time.v) << cpu_bits_ | cpu;
  }
  void open_block(std::size_t cpu) {
    Place& p = places_[cpu];
    if (freed_ != nullptr && p.block > 0) (*freed_)[cpu].free_block(p.block - 1);
    const std::span<const Event> events = logs_[cpu].block(p.block++);
    p.next = events.empty() ? nullptr : events.data();
    p.end = events.data() + events.size();
  }
  void pass_until(std::size_t cpu, Key end, std::vector<Event>& out) {
    Place& p = places_[cpu];
    Key now{};
    do {
      out.push_back(*p.next);
      __builtin_prefetch(p.next + 2);  // with many CPUs, these events are not in the cache
      if (++p.next == p.end) open_block(cpu);
      now = head(cpu);
    } while (now <= end && now != kOver);
    replay(cpu, now);
  }
  Key play(std::size_t node) {
    if (node >= leaves_) return head(node - leaves_);
    const Key a = play(2 * node), b = play(2 * node + 1);
    loser_[node] = std::max(a, b);
    return std::min(a, b);
  }
  void replay(std::size_t cpu, Key best) {
    for (std::size_t node = (cpu + leaves_) / 2; node > 0; node /= 2) {
      const Key other = loser_[node];
      loser_[node] = std::max(other, best);
      best = std::min(other, best);
    }
    winner_ = best;
  }
  /// Returns the smallest key among the logs that lost directly against the winner.
  Key runner_up(std::size_t cpu) const {
    Key best = kOver;
    for (std::size_t node = (cpu + leaves_) / 2; node > 0; node /= 2)
      best = std::min(best, loser_[node]);
    return best;
  }

  const std::vector<CpuLog>& logs_;
  std::vector<CpuLog>* freed_;  ///< the same logs, or nullptr: they keep their blocks
  unsigned cpu_bits_;
  std::size_t leaves_;
  std::vector<Place> places_;
  std::vector<Key> loser_;  ///< the loser of each game, indexed as in a heap from 1 on
  Key winner_{};
};

template <typename Key>
void merge(const std::vector<CpuLog>& logs, std::vector<CpuLog>* freed, unsigned cpu_bits,
           std::vector<Event>& events) {
  Tournament<Key> tournament(logs, freed, cpu_bits);
  while (!tournament.over()) tournament.pass_on(events);
}

EventStream merged(const std::vector<CpuLog>& logs, std::vector<CpuLog>* freed) {
  EventStream stream;
  stream.nr_cpus = static_cast<CpuId>(logs.size());
  std::size_t total = 0;
  Ns latest{};
  for (const CpuLog& log : logs) {
    total += log.size();
    if (log.size() > 0) latest = std::max(latest, log[log.size() - 1].time);
  }
  if (total == 0) return stream;
  stream.events.reserve(total);
  wish_large_pages(stream.events.data(), total * sizeof(Event));
  const auto cpu_bits = static_cast<unsigned>(std::bit_width(logs.size() - 1));
  const auto date_bits =
      static_cast<unsigned>(std::bit_width(static_cast<std::uint64_t>(latest.v)));
  if (date_bits + cpu_bits < 64)
    merge<std::uint64_t>(logs, freed, cpu_bits, stream.events);
  else
    merge<u128>(logs, freed, cpu_bits, stream.events);
  return stream;
}

}  // namespace

EventStream merged(const std::vector<CpuLog>& logs) { return merged(logs, nullptr); }

EventStream merged_and_freed(std::vector<CpuLog>& logs) {
  EventStream stream = merged(logs, &logs);
  for (CpuLog& log : logs) log.free_all();
  return stream;
}

}  // namespace cpuhp
