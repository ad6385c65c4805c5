#include "sim/report/html/columns.hpp"

#include <zlib.h>

#include <cassert>
#include <string_view>

namespace cpuhp {

/// Appends a number in LEB128: seven bits for each byte, low bits first.
void Columns::put(std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>((value & 0x7f) | 0x80);
  bytes_ += static_cast<char>(value);
}

void Columns::add(const std::vector<std::int64_t>& values) {
  put(values.size());
  for (const std::int64_t v : values)
    put((static_cast<std::uint64_t>(v) << 1) ^ static_cast<std::uint64_t>(v >> 63));  // zigzag
}

std::string Columns::text() const {
  uLongf size = compressBound(static_cast<uLong>(bytes_.size()));
  std::string packed(size, '\0');
  [[maybe_unused]] const int failed = compress2(reinterpret_cast<Bytef*>(packed.data()), &size,
                                                reinterpret_cast<const Bytef*>(bytes_.data()),
                                                static_cast<uLong>(bytes_.size()), 6);
  assert(failed == Z_OK);
  packed.resize(size);
  return base64(packed);
}

std::string base64(const std::string& bytes) {
  constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k)
      group = group << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    for (std::size_t k = 0; k < 4; ++k)
      text += i + k > bytes.size() ? '=' : digits[group >> (18 - 6 * k) & 0x3f];
  }
  return text;
}

}  // namespace cpuhp
