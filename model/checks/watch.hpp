// What the checks of a run have in common: one value for each CPU, and how a finding is written.
// Internal to model/checks/.
#pragma once

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "model/checks/finding.hpp"
#include "model/checks/judged.hpp"
#include "model/events.hpp"

namespace cpuhp {

/// One T for each CPU that is asked for.
template <typename T>
class PerCpu {
 public:
  T& operator[](CpuId cpu) {
    if (cpu >= values_.size()) values_.resize(std::size_t{cpu} + 1);
    return values_[cpu];
  }
  std::size_t size() const { return values_.size(); }

 private:
  std::vector<T> values_;
};

/// Enters without their exits, by the context that executes them.
class OpenEnters {
 public:
  std::vector<const Event*>& of(const Event& e) { return of(e.on, e.role); }
  /// The task goes on on another CPU, with all that it has open.
  void move(const Event& e) {
    const std::vector<const Event*> open = std::exchange(of(e.cpu, e.role), {});
    std::vector<const Event*>& there = of(static_cast<CpuId>(e.ret), e.role);
    there.insert(there.end(), open.begin(), open.end());
  }

 private:
  std::vector<const Event*>& of(CpuId on, Role role) {
    return open_[on][static_cast<std::size_t>(role)];
  }

  PerCpu<std::array<std::vector<const Event*>, kRoles>> open_;
};

/// Events in order, and what is found in them.
class Watch {
 public:
  Watch(const EventStream& stream, const Judged& judged) : stream_(stream), judged_(judged) {}

 protected:
  const std::string& name(NameId id) const { return stream_.names[id]; }
  NameId id_of(std::string_view text) const { return stream_.names.find(text); }
  const StateTable& table() const { return judged_.table; }
  const Anchors& at() const { return judged_.table.anchors(); }
  std::string state_name(StateId state) const {
    if (!table().valid(state) || table().at(state).name.empty()) return std::to_string(state);
    return table().at(state).name;
  }

  void find(const char* invariant, const char* source, const Event& e, std::string place,
            std::string text) {
    found_.push_back({.invariant = invariant,
                      .source = source,
                      .cpu = e.cpu,
                      .time = e.time,
                      .text = std::move(text),
                      .place = std::move(place),
                      .event = static_cast<std::size_t>(&e - stream_.events.data())});
  }

  const EventStream& stream_;
  const Judged& judged_;
  std::vector<Finding> found_;
};

inline std::string cpu_text(CpuId cpu) { return "CPU " + std::to_string(cpu); }

/// A callback's enter on a walk's way down: its target is below it. (A registration's target is
/// where the CPU is.)
inline bool walks_down(const Event& enter) { return enter.value < enter.step; }

}  // namespace cpuhp
