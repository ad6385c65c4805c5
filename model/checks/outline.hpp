// A stream in the form in which the checks go through it. Most of a stream is callbacks that follow
// one another as the table has them, with nothing to report and no other event of their CPU in
// between. Such a stretch is one item; every other event is an item of its own.
//
// Internal to model/checks/.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "model/checks/callbacks.hpp"
#include "model/checks/judged.hpp"
#include "model/checks/walks.hpp"
#include "model/events.hpp"

namespace cpuhp {

/// Plain callbacks of one CPU. Each is entered and left at once: without an error, by the right
/// task, with the right symbol and state. Each is the next callback that the table has in its
/// section and direction. Where several CPUs walk at once, events of other CPUs may be in between,
/// but only those that do not concern this CPU and change nothing machine-wide: their order does
/// not matter.
struct Stretch {
  std::uint32_t first = kNoEvent;  ///< enter of the first callback
  std::uint32_t last = kNoEvent;   ///< exit of the last one
  std::uint32_t callbacks = 0;
  CpuId cpu = kNoCpu, on = kNoCpu;
  StateId before = kNoState;  ///< state of the callback before the stretch
  StateId from = kNoState, to = kNoState;
  StateId target = kNoState;
  Section section = Section::None;
  Role role = Role::Control;
  bool up = true;
};

class Outline {
 public:
  class Item {
   public:
    Item() = default;
    static Item of_event(std::uint32_t event) { return Item(event); }
    static Item of_stretch(std::size_t i) { return Item(kStretch | static_cast<std::uint32_t>(i)); }

    bool is_event() const { return value_ < kStretch; }
    bool is_stretch() const { return value_ >= kStretch && value_ != kNone; }
    std::uint32_t event() const { return value_; }
    std::size_t index() const { return value_ & ~kStretch; }

   private:
    explicit Item(std::uint32_t value) : value_(value) {}

    static constexpr std::uint32_t kStretch = 0x80000000, kNone = 0xffffffff;

    std::uint32_t value_ = kNone;
  };

  const std::vector<Item>& items() const { return items_; }
  const Stretch& stretch(Item item) const { return stretches_[item.index()]; }
  const Stretch& stretch(std::size_t i) const { return stretches_[i]; }
  /// Returns the names of the callbacks of the judged table, if they had to be looked up; else
  /// empty.
  const StepNames& step_names() const { return names_; }
  /// True when no event has an earlier date than the one before it.
  bool ascends() const { return ascends_; }

  /// Calls `f` with the index of each event of a stretch, one after the other.
  template <typename F>
  void each_event(const Stretch& s, F f) const {
    for (std::uint32_t i = s.first;; i = follower(s, i)) {
      f(i);
      if (i == s.last) return;
    }
  }

 private:
  friend class Outliner;
  friend Outline outline_of(const EventStream& stream, const Judged& judged);
  friend Outline outline_by_events(const EventStream& stream);

  explicit Outline(const EventStream& stream) : stream_(stream) {}
  std::uint32_t follower(const Stretch& s, std::uint32_t i) const {
    return s.last - s.first + 1 == 2 * s.callbacks ? i + 1 : followers()[i];
  }
  const std::vector<std::uint32_t>& followers() const;

  const EventStream& stream_;
  std::vector<Item> items_;
  std::vector<Stretch> stretches_;
  StepNames names_;
  bool ascends_ = true;
  /// By event: the next event on the same CPU. Computed when first needed.
  mutable std::vector<std::uint32_t> followers_;
};

/// The properties by which a plain callback of a table is recognised in a stream, by state and
/// direction.
struct PlainCallback {
  NameId name = 0;             ///< 0: the callback is never plain
  StateId follows = kNoState;  ///< the callback that has to come before it
  std::uint16_t roles = 0;     ///< one bit for each role that may run it
  bool own = false;            ///< it is run by the CPU that it is about
};
using PlainCallbacks = std::vector<PlainCallback>;

PlainCallbacks plain_callbacks(const StateTable& table, const CallbackTable& callbacks,
                               const StepNames& names);

/// Returns the outline of a stream. In a kernel's trace, in a run of the notifier design, and in a
/// run that registers or removes states, each event is an item.
Outline outline_of(const EventStream& stream, const Judged& judged);
/// Returns an outline in which each event is an item, whatever the run.
Outline outline_by_events(const EventStream& stream);

}  // namespace cpuhp
