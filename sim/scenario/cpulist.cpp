#include "sim/scenario/cpulist.hpp"

#include <algorithm>

#include "model/sysfs/text.hpp"

namespace cpuhp {

namespace {

class Reader {
 public:
  Reader(std::string_view text, CpuId nr_cpus) : text_(text), nr_cpus_(nr_cpus), mask_(nr_cpus) {}

  ParsedCpuList read() {
    if (text_ == "all") {
      for (CpuId cpu = 0; cpu < nr_cpus_; ++cpu) mask_.set(cpu);
    } else if (!text_.empty()) {
      while (region() && take(',')) {
      }
      if (error_.empty() && at_ != text_.size())
        fail("expected ',' or the end of the CPU list, found \"" + rest() + "\"");
    }
    if (!error_.empty()) return {std::nullopt, error_, error_at_};
    return {std::move(mask_), {}, 0};
  }

 private:
  bool region() {
    const std::size_t begin = at_;
    const auto first = cpu();
    if (!first) return false;
    if (!take('-')) {
      mask_.set(*first);
      return true;
    }
    const auto last = cpu();
    if (!last) return false;
    if (*last < *first) {
      at_ = begin;
      return fail("the last CPU of the range is lower than its first CPU: \"" + rest() + "\"");
    }
    return take(':') ? stride(*first, *last) : fill(*first, *last, 1, 1);
  }

  bool stride(CpuId first, CpuId last) {
    const std::size_t begin = at_;
    const auto used = number();
    if (!used || !take('/'))
      return fail("expected USED/GROUP, such as 1/2, after ':', found \"" + rest() + "\"");
    const auto group = number();
    if (!group || *group == 0 || *used == 0 || *used > *group) {
      at_ = begin;
      return fail("expected USED/GROUP with 1 <= USED <= GROUP, found \"" + rest() + "\"");
    }
    return fill(first, last, *used, *group);
  }

  bool fill(CpuId first, CpuId last, std::uint64_t used, std::uint64_t group) {
    for (std::uint64_t cpu = first; cpu <= last; ++cpu)
      if ((cpu - first) % group < used) mask_.set(static_cast<CpuId>(cpu));
    return true;
  }

  std::optional<CpuId> cpu() {
    const std::size_t begin = at_;
    if (nr_cpus_ > 0 && take('N')) return nr_cpus_ - 1;
    const auto n = number();
    if (!n) {
      fail(at_ == text_.size()
               ? "expected a CPU number at the end of \"" + std::string(text_) + "\""
               : "expected a CPU number, found \"" + rest() + "\"");
      return std::nullopt;
    }
    if (*n < nr_cpus_) return static_cast<CpuId>(*n);
    const std::string digits(text_.substr(begin, at_ - begin));
    at_ = begin;
    fail("CPU " + digits + " is out of range, expected 0 to " +
         std::to_string(nr_cpus_ == 0 ? 0 : nr_cpus_ - 1));
    return std::nullopt;
  }

  std::optional<std::uint64_t> number() {
    const std::size_t begin = at_;
    std::uint64_t n = 0;
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9')
      n = std::min<std::uint64_t>(n * 10 + static_cast<std::uint64_t>(text_[at_++] - '0'), kHuge);
    return at_ == begin ? std::nullopt : std::optional(n);
  }

  bool take(char c) {
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  bool fail(std::string sentence) {
    if (error_.empty()) {
      error_ = std::move(sentence);
      error_at_ = at_;
    }
    return false;
  }

  std::string rest() const { return std::string(text_.substr(at_, kShown)); }

  static constexpr std::uint64_t kHuge = 1'000'000'000;  ///< larger numbers are cut to this
  /// how many letters of the list a message shows
  static constexpr std::size_t kShown = 32;
  std::string_view text_;
  CpuId nr_cpus_;
  CpuMask mask_;
  std::size_t at_ = 0;
  std::string error_;
  std::size_t error_at_ = 0;
};

}  // namespace

ParsedCpuList parse_cpulist(std::string_view text, CpuId nr_cpus) {
  return Reader(text, nr_cpus).read();
}

std::string print_cpulist(const CpuMask& mask) { return cpulist_text(mask); }

}  // namespace cpuhp
