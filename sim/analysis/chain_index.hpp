// Look-ups in a stream of events, for walking it backwards.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "model/events.hpp"

namespace cpuhp {

inline constexpr std::uint32_t kNoEvent = 0xffff'ffffu;

/// True for tasks that drive operations, false for tasks of the CPU that is plugged.
bool drives(Role role);
/// True for an event that opens a callback, a phase or a wait.
bool opens(EventKind kind);
/// True when `end` ends what `begin` opened.
bool closes(const Event& end, const Event& begin);

class ChainIndex {
 public:
  /// With `one_driver`, all tasks that drive operations count as one, on whatever CPU.
  ChainIndex(const EventStream& stream, bool one_driver);

  /// Returns the previous event of the task of event `i`; kNoEvent: none, as in all look-ups.
  std::uint32_t task(std::uint32_t i) const { return task_[i]; }
  /// Returns the previous event that executed on the same CPU.
  std::uint32_t on_cpu(std::uint32_t i) const { return on_cpu_[i]; }
  /// Returns the previous event about the same CPU, whichever task executed it.
  std::uint32_t subject(std::uint32_t i) const { return subject_[i]; }
  /// Returns the event that opened the callback, phase or wait around event `i`.
  std::uint32_t inside(std::uint32_t i) const { return inside_[i]; }

  /// Returns the latest event of that kind about that CPU (kNoCpu: any) before event i's date.
  std::uint32_t last(EventKind kind, CpuId cpu, std::uint32_t i) const;
  /// Returns the latest such event that also has that name.
  std::uint32_t last(EventKind kind, CpuId cpu, NameId name, std::uint32_t i) const;
  /// Returns the latest such event with that name at or before event i's date.
  std::uint32_t until(EventKind kind, CpuId cpu, NameId name, std::uint32_t i) const;

 private:
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
