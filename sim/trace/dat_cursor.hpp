// Reads the bytes of a binary file one after the other. At the end of the bytes it throws BadInput,
// "trace.dat: byte 16: the file ends early". Internal to the readers of trace.dat.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sim/error.hpp"

namespace cpuhp {

class DatCursor {
 public:
  /// `base`: offset of the bytes in the file.
  DatCursor(std::string_view bytes, const std::string& file, bool big_endian = false,
            std::size_t base = 0)
      : bytes_(bytes), file_(&file), big_endian_(big_endian), base_(base) {}

  [[noreturn]] void fail(const std::string& message) const {
    throw BadInput{BadInputAt{.file = *file_,
                              .message = "byte " + std::to_string(base_ + at_) + ": " + message}};
  }
  std::size_t at() const { return at_; }
  std::size_t left() const { return bytes_.size() - at_; }
  void seek(std::uint64_t at) {
    if (at > bytes_.size())
      fail("refers to byte " + std::to_string(at) + ", which is beyond the end of the file");
    at_ = static_cast<std::size_t>(at);
  }
  std::string_view take(std::uint64_t size) {
    if (size > left()) fail("the file ends early");
    const std::string_view taken = bytes_.substr(at_, static_cast<std::size_t>(size));
    at_ += taken.size();
    return taken;
  }
  std::uint64_t number(std::size_t size) {
    std::uint64_t value = 0;
    const std::string_view raw = take(size);
    for (std::size_t i = 0; i < size; ++i)
      value |= std::uint64_t{static_cast<unsigned char>(raw[i])}
               << 8 * (big_endian_ ? size - 1 - i : i);
    return value;
  }
  std::uint32_t u16() { return static_cast<std::uint32_t>(number(2)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
  std::uint64_t u64() { return number(8); }
  /// Returns the text up to the next NUL, and skips both.
  std::string_view string() {
    const std::size_t end = bytes_.find('\0', at_);
    if (end == std::string_view::npos) fail("expected a string that ends with a NUL byte");
    const std::string_view text = bytes_.substr(at_, end - at_);
    at_ = end + 1;
    return text;
  }
  void expect(std::string_view text, const char* what) {
    if (!bytes_.substr(at_).starts_with(text)) fail("expected \"" + std::string(what) + '"');
    at_ += text.size();
  }
  /// Returns a cursor over the next `size` bytes, and skips these.
  DatCursor within(std::uint64_t size) {
    const std::size_t begin = at_;
    return {take(size), *file_, big_endian_, base_ + begin};
  }
  std::string_view bytes() const { return bytes_; }
  const std::string& file() const { return *file_; }
  bool big_endian() const { return big_endian_; }
  void set_big_endian(bool big) { big_endian_ = big; }

 private:
  std::string_view bytes_;
  const std::string* file_;
  bool big_endian_;
  std::size_t base_;
  std::size_t at_ = 0;
};

}  // namespace cpuhp
