// Look-ups in a stream of events, for walking it backwards.
//
//   const ChainIndex index(stream, callbacks_only);
//   index.task(i);                        // the event before, of the same task
//   index.inside(i);                      // the callback, phase or wait that was open before event
//   i index.last(EventKind::Kick, 3, i);    // CPU 3's latest kick before event i's date
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "model/events.hpp"

namespace cpuhp {

inline constexpr std::uint32_t kNoEvent = 0xffff'ffffu;

/// Does this task drive operations, rather than belong to the CPU that is plugged?
bool drives(Role role);
/// What opens a callback, a phase or a wait.
bool opens(EventKind kind);
/// The event that ends what `begin` opened.
bool closes(const Event& end, const Event& begin);

class ChainIndex {
 public:
  /// `one_driver`: whatever drives operations is one task, on whatever CPU.
  ChainIndex(const EventStream& stream, bool one_driver);

  /// kNoEvent: there is none.
  std::uint32_t task(std::uint32_t i) const { return task_[i]; }
  std::uint32_t on_cpu(std::uint32_t i) const { return on_cpu_[i]; }
  /// The event before that is about the same CPU, whoever executed it.
  std::uint32_t subject(std::uint32_t i) const { return subject_[i]; }
  std::uint32_t inside(std::uint32_t i) const { return inside_[i]; }

  /// Latest event of that kind about that CPU (kNoCpu: any) before the date of event i.
  std::uint32_t last(EventKind kind, CpuId cpu, std::uint32_t i) const;
  /// The same with a name.
  std::uint32_t last(EventKind kind, CpuId cpu, NameId name, std::uint32_t i) const;
  /// Up to that date.
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
