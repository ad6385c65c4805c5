// The events of one CPU, in the order of execution. They are stored in blocks, without formatting.
#pragma once

#include <array>
#include <cstddef>
#include <memory_resource>
#include <new>
#include <span>
#include <utility>
#include <vector>

#include "model/events.hpp"

namespace cpuhp {

class CpuLog {
 public:
  static constexpr std::size_t kBlock = 64;  // 2 KiB: a CPU with few events needs little memory

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
  ~CpuLog() {
    for (Block* block : blocks_) memory_->deallocate(block, sizeof(Block), alignof(Block));
  }

  void append(const Event& e) { push() = e; }
  /// Appends an event, which the caller fills in.
  Event& push() {
    if (next_ == end_) grow();
    return *next_++;
  }
  std::size_t size() const {
    return used_ == 0 ? 0 : used_ * kBlock - static_cast<std::size_t>(end_ - next_);
  }
  Event& operator[](std::size_t i) { return (*blocks_[i / kBlock])[i % kBlock]; }
  const Event& operator[](std::size_t i) const { return (*blocks_[i / kBlock])[i % kBlock]; }

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
    const std::size_t before = b * kBlock, n = size();
    if (before >= n) return {};
    return {blocks_[b]->data(), n - before < kBlock ? n - before : kBlock};
  }
  /// Removes the events, and keeps the memory.
  void clear() {
    used_ = 0;
    next_ = end_ = nullptr;
  }

  void truncate(std::size_t n) {
    used_ = (n + kBlock - 1) / kBlock;
    next_ = used_ == 0 ? nullptr : blocks_[used_ - 1]->data() + (n - (used_ - 1) * kBlock);
    end_ = used_ == 0 ? nullptr : blocks_[used_ - 1]->data() + kBlock;
  }

 private:
  using Block = std::array<Event, kBlock>;
  void grow() {
    if (used_ == blocks_.size())
      // NOLINTNEXTLINE(cppcoreguidelines-owning-memory): `memory_` owns the block
      blocks_.push_back(::new (memory_->allocate(sizeof(Block), alignof(Block))) Block);
    next_ = blocks_[used_++]->data();
    end_ = next_ + kBlock;
  }

  std::pmr::memory_resource* memory_;
  std::vector<Block*> blocks_;
  std::size_t used_ = 0;
  Event* next_ = nullptr;
  Event* end_ = nullptr;
};

}  // namespace cpuhp
