#include "model/sysfs/text.hpp"

#include <cerrno>
#include <cstdint>
#include <limits>

namespace cpuhp {
namespace {

constexpr CpuId kChunk = 32;

std::string chunk_text(const CpuMask& mask, CpuId from, CpuId bits) {
  std::uint32_t value = 0;
  for (CpuId bit = 0; bit < bits; ++bit)
    if (mask.test(from + bit)) value |= std::uint32_t{1} << bit;
  std::string text;
  for (CpuId digits = (bits + 3) / 4; digits-- > 0;)
    text += "0123456789abcdef"[value >> (4 * digits) & 0xf];
  return text;
}

}  // namespace

std::string cpulist_text(const CpuMask& mask) {
  std::string list;
  for (CpuId first = mask.first(); first != kNoCpu;) {
    CpuId last = first;
    while (mask.test(last + 1)) ++last;
    if (!list.empty()) list += ',';
    list += std::to_string(first);
    if (last != first) list += '-' + std::to_string(last);
    first = mask.next(last + 1);
  }
  return list;
}

std::string cpumask_text(const CpuMask& mask, CpuId bits) {
  std::string text;
  for (CpuId end = bits; end > 0;) {
    const CpuId width = end % kChunk == 0 ? kChunk : end % kChunk;
    end -= width;
    text += (text.empty() ? "" : ",") + chunk_text(mask, end, width);
  }
  return text;
}

int parse_bool(std::string_view text, bool words, bool* value) {
  const char first = text.empty() ? '\0' : text[0];
  if (words && (first == 't' || first == 'T')) return *value = true, 0;
  if (words && (first == 'f' || first == 'F')) return *value = false, 0;
  const char second = text.size() < 2 ? '\0' : text[1];
  if (first == 'y' || first == 'Y' || first == '1') return *value = true, 0;
  if (first == 'n' || first == 'N' || first == '0') return *value = false, 0;
  if (first != 'o' && first != 'O') return -EINVAL;
  if (second == 'n' || second == 'N') return *value = true, 0;
  if (second == 'f' || second == 'F') return *value = false, 0;
  return -EINVAL;
}

int parse_int(std::string_view text, int* value) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  // As in the kernel, a number of more than 64 bits is -ERANGE even when other characters follow.
  std::uint64_t n = 0;
  std::size_t digits = 0;
  bool overflow = false;
  for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits) {
    const auto digit = static_cast<std::uint64_t>(text[digits] - '0');
    overflow = overflow || n > (std::numeric_limits<std::uint64_t>::max() - digit) / 10;
    n = n * 10 + digit;
  }
  if (overflow) return -ERANGE;
  if (digits == 0) return -EINVAL;
  text.remove_prefix(digits);
  if (text.starts_with('\n')) text.remove_prefix(1);
  if (!text.empty()) return -EINVAL;
  const std::uint64_t most = std::uint64_t{std::numeric_limits<int>::max()} + (negative ? 1 : 0);
  if (n > most) return -ERANGE;
  *value =
      static_cast<int>(negative ? -static_cast<std::int64_t>(n) : static_cast<std::int64_t>(n));
  return 0;
}

bool same_word(std::string_view text, std::string_view word) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  return text == word;
}

}  // namespace cpuhp
