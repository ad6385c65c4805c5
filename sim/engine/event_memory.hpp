// Memory for a run's events. It uses large pages, because a run may need a hundred megabytes: small
// pages would cost many page faults and TLB misses.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <memory_resource>
#include <vector>

namespace cpuhp {

/// Asks the kernel for large pages. When there are none, the memory keeps its small pages.
void wish_large_pages(void* memory, std::size_t size);

/// An allocator for blocks of one size. It reuses freed blocks, and returns memory to the system
/// only at its end.
class EventMemory final : public std::pmr::memory_resource {
 public:
  EventMemory() = default;
  EventMemory(const EventMemory&) = delete;
  EventMemory& operator=(const EventMemory&) = delete;

 private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override;
  void do_deallocate(void* block, std::size_t, std::size_t) override { free_.push_back(block); }
  bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }
  void add_chunk();

  struct Free {
    void operator()(void* chunk) const { std::free(chunk); }  // NOLINT(*-owning-memory)
  };
  std::vector<std::unique_ptr<void, Free>> chunks_;
  std::vector<void*> free_;
  std::byte* next_ = nullptr;
  std::byte* end_ = nullptr;
};

}  // namespace cpuhp
