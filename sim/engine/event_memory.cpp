#include "sim/engine/event_memory.hpp"

#include <sys/mman.h>

#include <cstdint>
#include <cstdlib>
#include <new>
#include <utility>

namespace cpuhp {
namespace {

constexpr std::size_t kLargePage = std::size_t{2} << 20;
/// The first chunk is smaller than a large page, which would take the kernel longer to clear. It is
/// enough for a small machine.
constexpr std::size_t kFirstChunk = std::size_t{256} << 10;
constexpr std::size_t kChunk = 8 * kLargePage;

}  // namespace

void wish_large_pages(void* memory, std::size_t size) {
  const auto begin = reinterpret_cast<std::uintptr_t>(memory);
  const std::uintptr_t first = (begin + kLargePage - 1) / kLargePage * kLargePage;
  const std::uintptr_t end = (begin + size) / kLargePage * kLargePage;
  if (first < end) madvise(reinterpret_cast<void*>(first), end - first, MADV_HUGEPAGE);
}

void EventMemory::add_chunk() {
  const std::size_t size = chunks_.empty() ? kFirstChunk : kChunk;
  const std::size_t alignment = chunks_.empty() ? std::size_t{4096} : kLargePage;
  // NOLINTNEXTLINE(cppcoreguidelines-owning-memory)
  chunks_.emplace_back(std::aligned_alloc(alignment, size));
  void* const chunk = chunks_.back().get();
  if (chunk == nullptr) throw std::bad_alloc();
  wish_large_pages(chunk, size);
  next_ = static_cast<std::byte*>(chunk);
  end_ = next_ + size;
}

void* EventMemory::do_allocate(std::size_t bytes, std::size_t) {
  if (!free_.empty()) {
    void* const block = free_.back();
    free_.pop_back();
    return block;
  }
  // All blocks have the same size, a power of two, so each begins properly aligned.
  if (static_cast<std::size_t>(end_ - next_) < bytes) add_chunk();
  return std::exchange(next_, next_ + bytes);
}

}  // namespace cpuhp
