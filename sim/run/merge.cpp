#include "sim/run/merge.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>

#include "model/random.hpp"
#include "sim/engine/event_memory.hpp"

namespace cpuhp {
namespace {

/// Of many logs the one whose next event comes first: a tree of losers (Knuth, TAOCP 3, 5.4.1). A
/// Key holds a date above `cpu_bits` bits for the CPU: what is smaller comes first.
template <typename Key>
class Tournament {
 public:
  Tournament(const std::vector<CpuLog>& logs, unsigned cpu_bits)
      : logs_(logs),
        cpu_bits_(cpu_bits),
        leaves_(std::size_t{1} << cpu_bits),
        next_(logs.size()),
        loser_(leaves_) {
    winner_ = play(1);
  }

  bool over() const { return winner_ == kOver; }

  /// Hands out the winner's next events, as long as they come first.
  template <typename Out>
  void pass_on(Out out) {
    const std::size_t cpu = cpu_of(winner_);
    const CpuLog& log = logs_[cpu];
    std::size_t& next = next_[cpu];
    const auto until = [&](Key end) {
      do out(log[next]);
      while (++next < log.size() && head(cpu) <= end);
    };
    until(winner_);  // of one date
    replay(cpu);
    // A CPU that wins twice may be the only one that does anything: asks once for how long.
    if (over() || cpu_of(winner_) != cpu) return;
    until(runner_up(cpu));
    replay(cpu);
  }

 private:
  static constexpr Key kOver = static_cast<Key>(-1);

  std::size_t cpu_of(Key key) const { return static_cast<std::size_t>(key) & (leaves_ - 1); }
  Key head(std::size_t cpu) const {
    if (cpu >= logs_.size() || next_[cpu] == logs_[cpu].size()) return kOver;
    return static_cast<Key>(logs_[cpu][next_[cpu]].time.v) << cpu_bits_ | cpu;
  }
  Key play(std::size_t node) {
    if (node >= leaves_) return head(node - leaves_);
    const Key a = play(2 * node), b = play(2 * node + 1);
    loser_[node] = std::max(a, b);
    return std::min(a, b);
  }
  void replay(std::size_t cpu) {
    Key best = head(cpu);
    for (std::size_t node = (cpu + leaves_) / 2; node > 0; node /= 2) {
      const Key other = loser_[node];
      loser_[node] = std::max(other, best);
      best = std::min(other, best);
    }
    winner_ = best;
  }
  /// The first of those that lost to the winner.
  Key runner_up(std::size_t cpu) const {
    Key best = kOver;
    for (std::size_t node = (cpu + leaves_) / 2; node > 0; node /= 2)
      best = std::min(best, loser_[node]);
    return best;
  }

  const std::vector<CpuLog>& logs_;
  unsigned cpu_bits_;
  std::size_t leaves_;
  std::vector<std::size_t> next_;  ///< of each log: the event that was not handed out yet
  std::vector<Key> loser_;         ///< of each game, as in a heap; 0 is not used
  Key winner_{};
};

template <typename Key>
void merge(const std::vector<CpuLog>& logs, unsigned cpu_bits, std::vector<Event>& events) {
  Tournament<Key> tournament(logs, cpu_bits);
  while (!tournament.over()) tournament.pass_on([&](const Event& e) { events.push_back(e); });
}

}  // namespace

EventStream merged(const std::vector<CpuLog>& logs) {
  EventStream stream;
  stream.nr_cpus = static_cast<CpuId>(logs.size());
  std::size_t total = 0;
  Ns latest{};
  for (const CpuLog& log : logs) {
    total += log.size();
    if (log.size() > 0) latest = std::max(latest, log[log.size() - 1].time);
  }
  stream.events.reserve(total);
  wish_large_pages(stream.events.data(), total * sizeof(Event));
  const auto cpu_bits = static_cast<unsigned>(std::bit_width(logs.size()));
  const auto date_bits =
      static_cast<unsigned>(std::bit_width(static_cast<std::uint64_t>(latest.v)));
  if (date_bits + cpu_bits < 64)
    merge<std::uint64_t>(logs, cpu_bits, stream.events);
  else
    merge<u128>(logs, cpu_bits, stream.events);
  return stream;
}

}  // namespace cpuhp
