#include "sim/campaign/pipes.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "sim/error.hpp"

namespace cpuhp {
namespace {

constexpr std::size_t kPiece = 1 << 16;

/// Returns the number of bytes read; 0 at the end of the pipe.
std::size_t read_piece(int fd, char* to, std::size_t size) {
  for (;;) {
    const ssize_t n = ::read(fd, to, size);
    if (n >= 0) return static_cast<std::size_t>(n);
    if (errno != EINTR) return 0;
  }
}

}  // namespace

PipeEnd& PipeEnd::operator=(PipeEnd&& other) noexcept {
  if (this != &other) {
    close();
    fd_ = other.fd_;
    other.fd_ = -1;
  }
  return *this;
}

void PipeEnd::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    throw BadInput{"cannot create a pipe for another worker process: " +
                   std::generic_category().message(errno)};
  return {PipeEnd(ends[0]), PipeEnd(ends[1])};
}

void TextBatch::add(std::string_view text) {
  const auto size = static_cast<std::uint32_t>(text.size());
  std::array<char, sizeof size> header{};
  std::memcpy(header.data(), &size, sizeof size);
  bytes_.append(header.data(), header.size()) += text;
}

bool TextBatch::send(int fd) const {
  std::string_view left = bytes_;
  while (!left.empty()) {
    const ssize_t n = ::write(fd, left.data(), left.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    left.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

bool send_text(int fd, std::string_view text) {
  TextBatch batch;
  batch.add(text);
  return batch.send(fd);
}

bool TextStream::read_some(int fd) {
  piece_.resize(kPiece);
  const std::size_t n = read_piece(fd, piece_.data(), piece_.size());
  bytes_.erase(0, at_);
  at_ = 0;
  bytes_.append(piece_.data(), n);
  return n > 0;
}

std::optional<std::string> TextStream::next() {
  std::uint32_t size = 0;
  if (bytes_.size() - at_ < sizeof size) return std::nullopt;
  std::memcpy(&size, bytes_.data() + at_, sizeof size);
  if (bytes_.size() - at_ - sizeof size < size) return std::nullopt;
  std::string text = bytes_.substr(at_ + sizeof size, size);
  at_ += sizeof size + size;
  return text;
}

std::optional<std::string> TextStream::receive(int fd) {
  for (;;) {
    if (auto text = next()) return text;
    if (!read_some(fd)) return std::nullopt;
  }
}

}  // namespace cpuhp
