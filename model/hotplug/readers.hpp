// Readers: tasks that take cpus_read_lock() now and then, as many parts of the kernel do. They let
// bring-ups and takedowns wait, and wait for these.
//
// A reader sleeps between two rounds. This is an idle wait (WaitFor::idle), so that no run goes on
// for its readers alone. They end with the last operation that the configuration asks for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "model/lock_reader.hpp"
#include "model/runtime.hpp"

namespace cpuhp {

class Completion;
struct Machine;

/// A reader in a run.
struct LiveReader {
  /// A task that waits in flush_work() for the end of a round.
  struct Flusher {
    std::uint32_t round = 0;
    Completion* done = nullptr;
    bool operator==(const Flusher&) const = default;
  };

  bool lives = false;
  Task* sleeper = nullptr;   ///< the task while it may be woken: between two rounds, or in a hold
  CpuId sleeps_on = kNoCpu;  ///< CPU of the sleeper
  bool in_round = false;
  bool queued = false;       ///< a callback wants the next round now
  std::uint32_t rounds = 0;  ///< rounds that are over
  std::vector<Flusher> flushers;
  bool operator==(const LiveReader&) const = default;
};

struct Readers {
  std::vector<LiveReader> live;  ///< by number of the reader; empty: none of them lives
  std::uint32_t living = 0;
  bool over = false;  ///< each reader ends as soon as it can
  bool operator==(const Readers&) const = default;
};

/// Starts the readers that begin now. To be called at power-on, and at the end of each boot.
void begin_readers(Machine& m, bool booted);
/// Has the readers let go and end. Those that sleep do so at once.
void end_readers(Machine& m);
/// Does the part of a callback that waits for readers (LockReader::flushed_by). `key`: the number of its
/// state in costs and faults.
void flush_readers(Machine& m, CpuId cpu, StateId key, bool bringup);

}  // namespace cpuhp
