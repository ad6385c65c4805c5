// A stream in the form in which the checks read it. Most events belong to callbacks that follow one
// another as in the table, with nothing to report. A sequence of such callbacks on one CPU is
// called a stretch, and is one item. Every other event is an item of its own.
//
// Internal to model/checks/.
#pragma once

#include <cstdint>
#include <vector>

#include "model/checks/judged.hpp"
#include "model/checks/walk/callbacks.hpp"
#include "model/checks/walk/walks.hpp"
#include "model/events.hpp"

namespace cpuhp {

/// A sequence of plain callbacks of one CPU. A plain callback succeeds, is left right after it is
/// entered, and has the right task, symbol and state. It is the next callback of the table in its
/// section and direction. In designs where several CPUs walk at the same time, events of other CPUs
/// may come in between if they neither concern this CPU nor change anything machine-wide.
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
  /// Returns the names of the callbacks of the judged table, or none when outline_of() did not have
  /// to look them up.
  const StepNames& step_names() const { return names_; }
  /// True when the times of the events never decrease.
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
  /// By event: the next event on the same CPU. Computed on first use.
  mutable std::vector<std::uint32_t> followers_;
};

/// How to recognise a plain callback in a stream. There is one PlainCallback for each state and
/// direction.
struct PlainCallback {
  NameId name = 0;             ///< 0: this callback never counts as plain
  StateId follows = kNoState;  ///< state of the callback that must come just before
  std::uint16_t roles = 0;     ///< one bit for each role that may run it
  bool own = false;            ///< the plugged CPU runs the callback itself
};
using PlainCallbacks = std::vector<PlainCallback>;

PlainCallbacks plain_callbacks(const StateTable& table, const CallbackTable& callbacks,
                               const StepNames& names);

/// Returns the outline of a stream. In a kernel's trace, in a run of the notifier design, and in a
/// run that registers or removes states, each event is an item of its own.
Outline outline_of(const EventStream& stream, const Judged& judged);
/// Returns an outline in which each event is an item of its own, whatever the stream.
Outline outline_by_events(const EventStream& stream);

}  // namespace cpuhp
