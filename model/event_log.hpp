// The events of one CPU, in the order of execution. They are stored in blocks, without formatting.
#pragma once

#include <cstddef>
#include <memory_resource>
#include <span>
#include <utility>
#include <vector>

#include "model/events.hpp"

namespace cpuhp {

class CpuLog {
 public:
  /// Number of events in the first block. A CPU with few events needs little memory.
  static constexpr std::size_t kFirst = 8;
  static constexpr std::size_t kBlock = 32;  ///< number of events in each further block: 1 KiB

  /// `memory`: allocates the blocks. Must outlive the log.
  explicit CpuLog(std::pmr::memory_resource* memory = std::pmr::new_delete_resource())
      : memory_(memory) {}
  CpuLog(CpuLog&& other) noexcept
      : memory_(other.memory_),
        blocks_(std::exchange(other.blocks_, {})),
        used_(std::exchange(other.used_, 0)),
        next_(std::exchange(other.next_, nullptr)),
        end_(std::exchange(other.end_, nullptr)) {}
  CpuLog& operator=(CpuLog&&) = delete;
  ~CpuLog() { free_all(); }

  void append(const Event& e) { push() = e; }
  /// Appends an event, which the caller fills in.
  Event& push() {
    if (next_ == end_) grow();
    return *next_++;
  }
  std::size_t size() const {
    return used_ == 0 ? 0 : begin_of(used_) - static_cast<std::size_t>(end_ - next_);
  }
  Event& operator[](std::size_t i) { return at(i); }
  const Event& operator[](std::size_t i) const { return at(i); }

  /// Adds `by` to the times of all events later than `from`, because the CPU was stopped for the
  /// time `by`.
  void shift_tail(Ns from, Ns by) {
    for (std::size_t i = size(); i-- > 0 && (*this)[i].time > from;) (*this)[i].time += by;
  }
  /// Removes all events later than `from`, and returns them, oldest first.
  std::vector<Event> take_tail(Ns from) {
    std::size_t keep = size();
    while (keep > 0 && (*this)[keep - 1].time > from) --keep;
    std::vector<Event> tail;
    for (std::size_t i = keep; i < size(); ++i) tail.push_back((*this)[i]);
    truncate(keep);
    return tail;
  }
  /// Inserts an event by its time. The event of an interrupt handler may be earlier than events
  /// that the CPU has already simulated.
  void insert(const Event& e) {
    append(e);
    for (std::size_t i = size() - 1; i > 0 && (*this)[i - 1].time > (*this)[i].time; --i)
      std::swap((*this)[i - 1], (*this)[i]);
  }
  /// Moves the events from index `from` on to their places by time. Such an event goes before an
  /// event of the same time for which `later` returns true, and after all others of that time.
  template <typename Later>
  void settle(std::size_t from, Later later) {
    for (std::size_t i = from; i < size(); ++i)
      for (std::size_t j = i; j > 0; --j) {
        Event& before = (*this)[j - 1];
        Event& e = (*this)[j];
        if (before.time < e.time || (before.time == e.time && !later(before))) break;
        std::swap(before, e);
      }
  }
  /// Returns the b-th block of events; empty when the log has fewer blocks.
  std::span<const Event> block(std::size_t b) const {
    if (b >= used_) return {};
    const std::size_t left = b + 1 < used_ ? 0 : static_cast<std::size_t>(end_ - next_);
    return {blocks_[b], size_of(b) - left};
  }
  /// Gives the memory of the b-th block back. Until clear(), only later blocks may be looked at.
  void free_block(std::size_t b) {
    if (Event* const events = std::exchange(blocks_[b], nullptr))
      memory_->deallocate(events, size_of(b) * sizeof(Event), alignof(Event));
  }
  /// Removes the events, and gives their memory back.
  void free_all() {
    for (std::size_t b = 0; b < blocks_.size(); ++b) free_block(b);
    clear();
  }
  /// Removes the events, and keeps the memory.
  void clear() { truncate(0); }

  void truncate(std::size_t n) {
    used_ = n == 0 ? 0 : block_of(n - 1) + 1;
    next_ = n == 0 ? nullptr : &at(n - 1) + 1;
    end_ = n == 0 ? nullptr : blocks_[used_ - 1] + size_of(used_ - 1);
  }

 private:
  static constexpr std::size_t size_of(std::size_t b) { return b == 0 ? kFirst : kBlock; }
  /// Returns the number of events in the blocks before the b-th one.
  static constexpr std::size_t begin_of(std::size_t b) {
    return b == 0 ? 0 : kFirst + (b - 1) * kBlock;
  }
  static constexpr std::size_t block_of(std::size_t i) { return (i + kBlock - kFirst) / kBlock; }
  Event& at(std::size_t i) const {
    return i < kFirst ? blocks_[0][i] : blocks_[block_of(i)][(i - kFirst) % kBlock];
  }
  void grow() {
    if (used_ == blocks_.size()) blocks_.push_back(nullptr);
    Event*& block = blocks_[used_];
    const std::size_t size = size_of(used_++);
    if (block == nullptr)
      block = static_cast<Event*>(memory_->allocate(size * sizeof(Event), alignof(Event)));
    next_ = block;
    end_ = next_ + size;
  }

  std::pmr::memory_resource* memory_;
  std::vector<Event*> blocks_;
  std::size_t used_ = 0;
  Event* next_ = nullptr;
  Event* end_ = nullptr;
};

}  // namespace cpuhp
