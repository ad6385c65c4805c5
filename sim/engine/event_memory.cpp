#include "sim/engine/event_memory.hpp"

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

namespace cpuhp {
namespace {

constexpr std::size_t kLargePage = std::size_t{2} << 20;
/// The first chunk is smaller than a large page, which would take the kernel longer to clear. It is
/// enough for a small machine.
constexpr std::size_t kFirstChunk = std::size_t{256} << 10;

}  // namespace

void wish_large_pages(void* memory, std::size_t size) {
  const auto begin = reinterpret_cast<std::uintptr_t>(memory);
  const std::uintptr_t first = (begin + kLargePage - 1) / kLargePage * kLargePage;
  const std::uintptr_t end = (begin + size) / kLargePage * kLargePage;
  if (first < end) madvise(reinterpret_cast<void*>(first), end - first, MADV_HUGEPAGE);
}

/// The head of a chunk. A chunk begins at a multiple of kLargePage and is no larger, so that the
/// address of a block tells its chunk.
struct alignas(64) EventMemory::Chunk {
  std::size_t size;
  std::size_t blocks = 0;  ///< number of blocks that are not freed
};

EventMemory::~EventMemory() {
  if (filled_ != nullptr) unmap(filled_);
}

void EventMemory::unmap(Chunk* chunk) { munmap(chunk, chunk->size); }

void EventMemory::add_chunk() {
  const std::size_t size = filled_ == nullptr ? kFirstChunk : kLargePage;
  // The mapping is longer, so that it contains a chunk that begins at a multiple.
  void* const whole =
      mmap(nullptr, size + kLargePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (whole == MAP_FAILED) throw std::bad_alloc();
  auto* const begin = static_cast<std::byte*>(whole);
  const std::size_t before = -reinterpret_cast<std::uintptr_t>(whole) % kLargePage;
  if (before > 0) munmap(begin, before);
  if (before < kLargePage) munmap(begin + before + size, kLargePage - before);
  wish_large_pages(begin + before, size);
  // NOLINTNEXTLINE(cppcoreguidelines-owning-memory): the mapping owns the chunk
  filled_ = ::new (begin + before) Chunk{.size = size};
  next_ = begin + before + sizeof(Chunk);
  end_ = begin + before + size;
}

void* EventMemory::do_allocate(std::size_t bytes, std::size_t) {
  if (static_cast<std::size_t>(end_ - next_) < bytes) add_chunk();
  ++filled_->blocks;
  held_ += bytes;
  return std::exchange(next_, next_ + bytes);
}

void EventMemory::do_deallocate(void* block, std::size_t bytes, std::size_t) {
  held_ -= bytes;
  const std::size_t offset = reinterpret_cast<std::uintptr_t>(block) % kLargePage;
  auto* const chunk = reinterpret_cast<Chunk*>(static_cast<std::byte*>(block) - offset);
  if (--chunk->blocks > 0) return;
  if (chunk == filled_)
    next_ = reinterpret_cast<std::byte*>(chunk + 1);
  else
    unmap(chunk);
}

}  // namespace cpuhp
