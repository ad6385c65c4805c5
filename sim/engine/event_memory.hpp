// Memory for a run's events. It uses large pages, because a run may need a hundred megabytes: small
// pages would cost many page faults and TLB misses.
#pragma once

#include <cstddef>
#include <memory_resource>

namespace cpuhp {

/// Asks the kernel for large pages. When there are none, the memory keeps its small pages.
void wish_large_pages(void* memory, std::size_t size);

/// An allocator of blocks, from chunks of memory. It does not reuse a freed block by itself: when
/// all blocks of a chunk are freed, the chunk goes back to the system. All blocks have to be freed
/// before its end.
class EventMemory final : public std::pmr::memory_resource {
 public:
  EventMemory() = default;
  ~EventMemory() override;
  EventMemory(const EventMemory&) = delete;
  EventMemory& operator=(const EventMemory&) = delete;
  /// Number of bytes in blocks that are not freed.
  std::size_t held() const { return held_; }

 private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override;
  void do_deallocate(void* block, std::size_t bytes, std::size_t alignment) override;
  bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }

  struct Chunk;
  void add_chunk();
  static void unmap(Chunk* chunk);

  Chunk* filled_ = nullptr;  ///< the chunk that blocks are taken from
  std::byte* next_ = nullptr;
  std::byte* end_ = nullptr;
  std::size_t held_ = 0;
};

}  // namespace cpuhp
