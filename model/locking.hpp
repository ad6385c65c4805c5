// Completions and locks. Each wait and each signal makes an event.
#pragma once

#include <cassert>
#include <cstdint>
#include <list>

#include "model/ns.hpp"
#include "model/runtime.hpp"

namespace cpuhp {

class Core;

/// Time that a task needs to see another CPU's change. So the task acts later than the change.
inline constexpr Ns kSeen = 1_ns;

/// The kernel's struct completion or, with WaitMode::Spinning, a polled flag. Only one task may
/// wait at a time.
class Completion {
 public:
  Completion() = default;
  Completion(NameId what, CpuId cpu) : what_(what), cpu_(cpu) {}

  /// Waits for one complete(), and consumes it. Returns false when the deadline came first.
  bool wait(Core& core, WaitMode mode, Ns deadline = kNever);
  void complete(Core& core, bool lost = false);
  /// Like complete(), but without an event, for a sender that has made one. `lost`: the waiter is
  /// not woken.
  void signal(Core& core, bool lost = false);
  /// True when there is a complete() that no wait has consumed. The caller must call settle()
  /// before.
  bool done() const { return count_ > 0; }
  void reset() { forget(count_); }
  /// Returns what a task touches that waits for it or completes it.
  Touch touch() const { return {Object::Completion, true, cpu_, what_}; }
  /// Forgets when it was completed. For comparing machines at rest.
  void forget_date() { completed_ = Ns{-1}; }
  bool waited_for() const { return waiter_.task != nullptr; }
  bool operator==(const Completion&) const = default;

 private:
  struct Waiter {
    Task* task = nullptr;
    CpuId on = kNoCpu;
    WaitMode mode = WaitMode::Asleep;
    bool operator==(const Waiter&) const = default;
  };
  void forget(std::uint32_t signals);

  NameId what_ = 0;
  CpuId cpu_ = kNoCpu;
  std::uint32_t count_ = 0;
  Ns completed_{-1};  ///< time of the last complete(), while a complete() is not consumed
  Waiter waiter_;
};

/// A lock, either sleeping or a raw spinlock. Tasks get it in the order in which they ask, by
/// (time, CPU), because unlock() hands the lock to the next task. With readers it is like the
/// kernel's rw_semaphore: a waiting writer keeps later readers out. (Up to 4.12 this was not so for
/// cpu_hotplug_lock.)
class Mutex {
 public:
  explicit Mutex(NameId name, WaitMode mode = WaitMode::Asleep) : name_(name), mode_(mode) {}
  /// `cpu`: the CPU for which the caller works.
  void lock(Core& core, CpuId cpu);
  /// Takes the lock if it is free. Returns false when it is held.
  bool try_lock(Core& core, CpuId cpu);
  void unlock(Core& core, CpuId cpu);
  /// `reader`: Event::instance of the events.
  void read_lock(Core& core, CpuId cpu, std::uint16_t reader = 0);
  void read_unlock(Core& core, CpuId cpu, std::uint16_t reader = 0);
  /// A mutant for tests: a writer does not wait for the readers inside.
  void let_writers_pass() { writers_pass_ = true; }
  bool held() const { return held_ || readers_ > 0; }
  /// True when nobody holds the lock, and nobody waits for it.
  bool idle() const { return !held() && waiters_.empty(); }
  /// True when a task that asks for the lock now gets it without a wait, for which it must have
  /// arrived (Runtime::arrive_then()).
  bool is_free(const Core& core) const;
  /// Asserts that a writer holds the lock. Only for code that runs under the lock. Elsewhere the
  /// answer may be wrong, because other tasks may be ahead in simulated time.
  void assert_held() const { assert(held_); }
  NameId name() const { return name_; }
  /// Returns what a task touches that asks for it or lets it go.
  Touch touch() const { return {Object::Lock, true, kNoCpu, name_}; }
  /// Forgets when and where it was let go. For comparing machines at rest.
  void forget_date() {
    released_ = Ns{-1};
    released_on_ = kNoCpu;
  }
  bool sleeps() const { return mode_ == WaitMode::Asleep; }
  bool operator==(const Mutex&) const = default;

 private:
  struct Waiter {
    Task* task = nullptr;
    CpuId on = kNoCpu;
    bool reads = false;
    bool operator==(const Waiter&) const = default;
  };
  void wait(Core& core, CpuId cpu, bool reads, std::uint16_t reader = 0);
  bool free_for_writer() const;
  void hand_over(Core& core);
  /// Makes the caller's time at least 1 ns later than a release on another CPU.
  void see_release(Core& core) const;
  bool released_elsewhere(const Core& core) const;
  void let_go(Core& core, bool reads);

  NameId name_;
  WaitMode mode_;
  bool held_ = false;  ///< a writer holds it
  bool writers_pass_ = false;
  std::uint32_t readers_ = 0;
  Ns released_{-1};  ///< time of the last release
  CpuId released_on_ = kNoCpu;
  std::list<Waiter> waiters_;
};

}  // namespace cpuhp
