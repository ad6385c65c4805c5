// Look-ups in a stream of events, to follow causes back in time.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "model/events.hpp"

namespace cpuhp {

inline constexpr std::uint32_t kNoEvent = 0xffff'ffffu;

/// True for tasks that drive operations. False for a CPU's own tasks, such as its hotplug thread.
bool drives(Role role);
/// True for an event at which a callback, a phase or a wait begins.
bool opens(EventKind kind);
/// True when `end` ends what began at `begin`.
bool closes(const Event& end, const Event& begin);

/// Returns a number for the task of an event, by CPU and role. `one_driver`: all tasks that drive
/// operations count as one task, on any CPU.
std::size_t task_number(const Event& e, bool one_driver);

/// Returns list[i], after adding copies of `none` when the list is too short.
template <typename T>
T& grown_at(std::vector<T>& list, std::size_t i, const T& none) {
  if (list.size() <= i) list.resize(i + 1, none);
  return list[i];
}

class ChainIndex {
 public:
  /// `one_driver`: as in task_number().
  ChainIndex(const EventStream& stream, bool one_driver);

  /// Returns the previous event of the same task. Like all look-ups, returns kNoEvent when there is
  /// none.
  std::uint32_t task(std::uint32_t i) const { return task_[i]; }
  /// Returns the previous event that was executed on the same CPU.
  std::uint32_t on_cpu(std::uint32_t i) const { return on_cpu_[i]; }
  /// Returns the previous event about the same CPU (Event::cpu), executed by any task on any CPU.
  std::uint32_t subject(std::uint32_t i) const { return subject_[i]; }
  /// Returns the beginning of the callback, phase or wait around event `i`.
  std::uint32_t inside(std::uint32_t i) const { return inside_[i]; }

  /// Returns the latest event of that kind for that CPU (kNoCpu: any) before the time of event `i`.
  std::uint32_t last(EventKind kind, CpuId cpu, std::uint32_t i) const {
    return last(kind, cpu, kAnyName, i);
  }
  /// Returns the latest event of that kind, CPU and name before the time of event `i`.
  std::uint32_t last(EventKind kind, CpuId cpu, NameId name, std::uint32_t i) const;
  /// Returns the latest event of that kind, CPU and name that is not later than event `i`.
  std::uint32_t until(EventKind kind, CpuId cpu, NameId name, std::uint32_t i) const;

 private:
  static constexpr NameId kAnyName = 0xffff'ffffu;

  struct Key {
    EventKind kind;
    CpuId cpu;
    NameId name;
    auto operator<=>(const Key&) const = default;
  };
  std::uint32_t before(const Key& key, Ns date) const;

  const EventStream& stream_;
  std::vector<std::uint32_t> task_, on_cpu_, subject_, inside_;
  std::map<Key, std::vector<std::uint32_t>> signals_;
};

}  // namespace cpuhp
