// A stream as the checks go through it: most of it are callbacks that follow one another as the
// table says, with nothing to be found and nothing of their CPU in between. Such a stretch is one
// item, everything else an event an item.
//
//   const Outline outline = outline_of(stream, judged);
//   for (const Outline::Item item : outline.items())
//     if (item.is_stretch()) outline.stretch(item).callbacks;   // 40
//     else if (item.is_event()) stream.events[item.event()].kind;
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

/// Plain callbacks of one CPU, each entered and left at once: without an error, by the task, under
/// the symbol and with the state that belong there, and each the next one of its section that the
/// table has in that direction. Where CPUs walk at once, other CPUs' events may stand between them:
/// such as neither have to do with this CPU nor change anything machine-wide, so that it makes no
/// difference which came first.
struct Stretch {
  std::uint32_t first = kNoEvent;  ///< enter of the first callback
  std::uint32_t last = kNoEvent;   ///< exit of the last one
  std::uint32_t callbacks = 0;
  CpuId cpu = kNoCpu, on = kNoCpu;
  StateId before = kNoState;  ///< of the callback before it, which is no part of it
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
  /// Of the judge's table, if they had to be looked up; else empty.
  const StepNames& step_names() const { return names_; }
  /// Does no event have an earlier date than the one before it?
  bool ascends() const { return ascends_; }

  /// The events of a stretch, one after the other.
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
  mutable std::vector<std::uint32_t>
      followers_;  ///< the next event on the same CPU; made when asked
};

/// What a plain callback of a table looks like in a stream, by state and direction.
struct PlainCallback {
  NameId name = 0;             ///< 0: none is plain
  StateId follows = kNoState;  ///< the callback that comes before it
  std::uint16_t roles = 0;     ///< one bit for each that may run it
  bool own = false;            ///< runs on the CPU that it is about
};
using PlainCallbacks = std::vector<PlainCallback>;

PlainCallbacks plain_callbacks(const StateTable& table, const CallbackTable& callbacks,
                               const StepNames& names);

/// Of a kernel's trace, of a run with the notifier design's chains, or one in which states come and
/// go, each event is an item.
Outline outline_of(const EventStream& stream, const Judged& judged);
/// The same with each event as an item, whatever the run.
Outline outline_by_events(const EventStream& stream);

}  // namespace cpuhp
