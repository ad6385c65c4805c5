#include "model/hotplug/readers.hpp"

#include <algorithm>
#include <string>

#include "model/machine.hpp"

namespace cpuhp {
namespace {

enum class Drawn : std::int32_t { Every, Hold };

/// One reader, for its own task.
struct Self {
  Machine& m;
  std::uint16_t number;
  const LockReader& is;
  LiveReader& live() const { return m.readers.live[number]; }
};

Ns draw_length(const Self& r, const Dist& dist, Drawn what) {
  return r.m.core.drawn(dist, {.seed = r.m.config.seed,
                               .stream = kReaderStream,
                               .cpu = r.number,
                               .state = static_cast<std::int32_t>(what),
                               .occurrence = r.live().rounds});
}

/// Sleeps until the date, or until somebody wakes the reader.
void sleep_until(const Self& r, Ns until, bool idle) {
  r.live().sleeper = r.m.rt.current();
  r.live().sleeps_on = r.m.rt.cpu();
  r.m.rt.block({.cpu = r.m.rt.cpu(), .instance = r.number, .idle = idle}, until);
  r.live().sleeper = nullptr;
}

/// Waits for the next round. Returns false when there is none.
bool wait_for_round(const Self& r, Ns until) {
  r.m.rt.settle(writes(Object::Readers));
  const auto wanted = [&] { return r.m.readers.over || r.live().queued; };
  if (!wanted()) sleep_until(r, std::max(until, r.m.rt.now()), true);
  return !r.m.readers.over;
}

/// Works in slices, between which other tasks have the CPU. A CPU that goes down is left then.
void work_in_slices(const Self& r, Ns left) {
  constexpr Ns kSlice = 1_ms;
  while (left > Ns{} && !r.m.readers.over) {
    const Ns slice = std::min(left, kSlice);
    r.m.rt.work(slice);
    left -= slice;
    r.m.rt.settle(writes(Object::Readers));
    r.m.rt.block({.cpu = r.m.rt.cpu(), .instance = r.number}, r.m.rt.now() + 1_ns);
  }
}

void hold_lock(const Self& r) {
  if (r.is.work) return work_in_slices(r, draw_length(r, *r.is.hold, Drawn::Hold));
  const Ns length = r.is.hold ? draw_length(r, *r.is.hold, Drawn::Hold) : kNever;
  if (length == Ns{}) return;
  r.m.rt.settle(writes(Object::Readers));
  if (!r.m.readers.over) sleep_until(r, r.is.hold ? r.m.rt.now() + length : kNever, !r.is.hold);
}

void do_round(const Self& r) {
  const bool of_rcu = r.is.lock == ReaderLock::Rcu;
  Ns begun{};
  r.live().in_round = true;
  r.live().queued = false;
  if (of_rcu)
    begun = r.m.core.rcu.read_lock(r.m.core, r.m.rt.cpu(), r.number);
  else
    cpus_read_lock(r.m, r.m.rt.cpu(), r.number);
  hold_lock(r);
  if (of_rcu)
    r.m.core.rcu.read_unlock(r.m.core, r.m.rt.cpu(), r.number, begun);
  else
    cpus_read_unlock(r.m, r.m.rt.cpu(), r.number);
  r.m.rt.settle(writes(Object::Readers));
  r.live().in_round = false;
  ++r.live().rounds;
}

/// Lets those go on who wait for a round that is over.
void wake_flushers(const Self& r, std::uint32_t rounds) {
  std::vector<LiveReader::Flusher>& all = r.live().flushers;
  const auto waits = std::stable_partition(
      all.begin(), all.end(), [rounds](const auto& flusher) { return flusher.round <= rounds; });
  for (auto flusher = all.begin(); flusher != waits; ++flusher) flusher->done->complete(r.m.core);
  all.erase(all.begin(), waits);
}

/// The life of a reader: what its task runs.
void live_as(const Self& r, Ns from) {
  while (wait_for_round(r, from + draw_length(r, r.is.every, Drawn::Every))) {
    do_round(r);
    wake_flushers(r, r.live().rounds);
    if (r.live().rounds == r.is.rounds) break;
    from = r.m.rt.now();
  }
  wake_flushers(r, LockReader::kNoEnd);
  r.live().lives = false;
  if (--r.m.readers.living == 0) r.m.readers.live.clear();
}

/// kernel: queue_work() and flush_work(). Work that runs already runs once more.
void flush_work(Machine& m, std::size_t number, CpuId cpu) {
  m.rt.settle(writes(Object::Readers));
  if (number >= m.readers.live.size()) return;
  LiveReader& reader = m.readers.live[number];
  if (!reader.lives) return;
  Completion done(m.core.name(flush_of(m.config.readers[number].name)), cpu);
  reader.flushers.push_back({reader.rounds + (reader.in_round ? 2 : 1), &done});
  reader.queued = true;
  if (reader.sleeper != nullptr && !reader.in_round)
    m.rt.wake(reader.sleeper, m.core.wake_latency(WaitMode::Asleep, reader.sleeps_on));
  done.wait(m.core, WaitMode::Asleep);
}

}  // namespace

void begin_readers(Machine& m, bool booted) {
  const std::vector<LockReader>& all = m.config.readers;
  if (all.empty() || m.operations.returned == m.config.operations.size()) return;
  m.readers.live.resize(all.size());
  m.readers.over = false;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (m.readers.live[i].lives || (!booted && !all[i].from)) continue;
    m.readers.live[i] = {.lives = true};
    ++m.readers.living;
    const CpuId cpu = all[i].cpu == kNoCpu ? m.config.boot_cpu : all[i].cpu;
    const Self self{m, static_cast<std::uint16_t>(i), all[i]};
    m.rt.start(cpu, Role::Reader, 1_ns,
               [self] { live_as(self, self.is.from.value_or(self.m.rt.now())); });
  }
  if (m.readers.living == 0) m.readers.live.clear();
}

void end_readers(Machine& m) {
  if (m.readers.live.empty()) return;
  m.rt.settle(writes(Object::Readers));
  m.readers.over = true;
  for (const LiveReader& reader : m.readers.live)
    if (reader.sleeper != nullptr) m.rt.wake(reader.sleeper, 1_ns);
}

void flush_readers(Machine& m, CpuId cpu, StateId key, bool bringup) {
  const CallbackOf here{key, bringup ? Direction::Up : Direction::Down};
  for (std::size_t i = 0; i < m.config.readers.size(); ++i)
    if (m.config.readers[i].flushed_by == here) flush_work(m, i, cpu);
}

}  // namespace cpuhp
