#include "sim/trace/trace_dat_reader.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <queue>
#include <utility>
#include <vector>

#include "sim/trace/text_file.hpp"
#include "sim/trace/text_search.hpp"
#include "sim/trace/trace_dat_file.hpp"
#include "sim/trace/trace_dat_format.hpp"

namespace cpuhp {
namespace {

using namespace trace_dat;

struct DatRecord {
  std::uint64_t time = 0;
  std::string_view data;
  std::size_t at = 0;  ///< offset in the file
  /// Number of events that the kernel lost before this one; -1: unknown.
  std::int64_t missed = 0;
};

/// Reads the records of one CPU, one after the other.
class DatRing {
 public:
  DatRing(const DatFile& dat, const DatCpu& cpu, const std::string& file)
      : dat_(dat), cpu_(cpu.cpu), pages_(cpu.pages, file, dat.big_endian, cpu.at) {
    advance();
  }

  CpuId cpu() const { return cpu_; }
  const std::optional<DatRecord>& record() const { return record_; }

  void advance() {
    record_.reset();
    while (!record_) {
      if (used_ - page_.at() < 4) {
        if (pages_.left() < dat_.layout.page) return;
        begin_page();
      } else {
        entry();
      }
    }
  }

 private:
  void begin_page() {
    page_ = pages_.within(dat_.layout.page);
    time_ = page_.u64();
    const std::uint64_t commit = page_.number(dat_.layout.commit_size);
    const std::uint64_t bytes = commit & kCommitBytes;
    page_.seek(dat_.layout.data_offset);
    if (bytes > page_.left())
      page_.fail("a page header gives a data size of " + std::to_string(bytes) +
                 " bytes, which is more than the page");
    used_ = page_.at() + static_cast<std::size_t>(bytes);
    if ((commit & kMissedEvents) == 0) return;
    missed_ = -1;
    if ((commit & kMissedStored) == 0) return;
    DatCursor behind = page_;
    behind.seek(used_);
    missed_ =
        static_cast<std::int64_t>(behind.number(dat_.layout.commit_size) & 0x7fff'ffff'ffff'ffff);
  }

  void entry() {
    const std::uint32_t head = page_.u32();
    // On big-endian machines, the type is in the highest bits, otherwise in the lowest.
    const std::uint32_t type = dat_.big_endian ? head >> kDeltaBits : head & 31;
    const std::uint64_t delta =
        dat_.big_endian ? head & ((std::uint32_t{1} << kDeltaBits) - 1) : head >> 5;
    if (type == kPadding && delta == 0) return page_.seek(used_);
    if (type == kTimeStamp) {
      constexpr int kStampBits = 59;  // the page's stamp has the higher bits
      time_ = time_ >> kStampBits << kStampBits | (std::uint64_t{word()} << kDeltaBits | delta);
      return;
    }
    time_ += delta;
    if (type == kTimeExtend) {
      time_ += std::uint64_t{word()} << kDeltaBits;
      return;
    }
    std::uint64_t size = std::uint64_t{type} * 4;
    if (type == 0 || type == kPadding) {
      size = word();
      if (size < 4)
        page_.fail("the size of an entry is " + std::to_string(size) +
                   " bytes, expected at least 4");
      size = (size - 4 + 3) / 4 * 4;
    }
    const std::size_t at = pages_.at() - dat_.layout.page + page_.at();
    if (size > used_ - page_.at()) page_.fail("an entry extends beyond the data of its page");
    const std::string_view data = page_.take(size);
    if (type != kPadding) record_ = DatRecord{time_, data, at, std::exchange(missed_, 0)};
  }

  std::uint32_t word() {
    if (used_ - page_.at() < 4) page_.fail("an entry extends beyond the data of its page");
    return page_.u32();
  }

  const DatFile& dat_;
  CpuId cpu_;
  DatCursor pages_;
  DatCursor page_ = pages_.within(0);
  std::size_t used_ = 0;  ///< offset of the end of the page's data
  std::uint64_t time_ = 0;
  std::int64_t missed_ = 0;
  std::optional<DatRecord> record_;
};

/// Splits a line "NUMBER REST" of the kallsyms or of the list of tasks.
std::optional<std::pair<std::uint64_t, std::string_view>> numbered(std::string_view line,
                                                                   int base) {
  while (line.starts_with(' ')) line.remove_prefix(1);
  const auto number = take_number<std::uint64_t>(line, base);
  if (!number || !line.starts_with(' ')) return std::nullopt;
  return std::pair(*number, line.substr(1));
}

/// Finds the names of functions by their addresses.
class Symbols {
 public:
  explicit Symbols(std::string_view kallsyms) {
    for_each_line(kallsyms, [&](std::string_view line, std::size_t, bool) {
      // `ffffffff81000000 t name`; in a module, `\t[module]` follows
      if (const auto s = numbered(line, 16); s && s->second.size() > 2)
        all_.emplace_back(s->first, s->second.substr(2));
    });
    std::ranges::stable_sort(all_, {}, &Symbol::first);
  }

  /// Returns the name as printed by `%ps`.
  std::string name(std::uint64_t address) const {
    const auto after = std::ranges::upper_bound(all_, address, {}, &Symbol::first);
    if (after == all_.begin()) return fmt::format("0x{:x}", address);
    std::string name(std::prev(after)->second);
    std::replace(name.begin(), name.end(), '\t', ' ');
    return name;
  }

 private:
  using Symbol = std::pair<std::uint64_t, std::string_view>;
  std::vector<Symbol> all_;
};

class DatText {
 public:
  DatText(const DatFile& dat, const std::string& file)
      : dat_(dat), file_(file), symbols_(dat.symbols) {
    for_each_line(dat.tasks, [&](std::string_view line, std::size_t, bool) {
      if (const auto task = numbered(line, 10)) comms_[task->first] = task->second;
    });
    for (const DatCpu& cpu : dat.cpus) rings_.emplace_back(dat, cpu, file);
  }

  std::string make() {
    fmt::format_to(std::back_inserter(text_), "cpus={}\n", dat_.cpu_count);
    for (std::size_t i = 0; i < rings_.size(); ++i) queue(i);
    while (!queue_.empty()) {
      const std::size_t i = queue_.top().second;
      queue_.pop();
      line(rings_[i].cpu(), *rings_[i].record());
      if (text_.size() > kMaxTextBytes)
        refuse(file_, 0, "the trace is too large: expected at most 256 MiB of text");
      rings_[i].advance();
      queue(i);
    }
    return fmt::to_string(text_);
  }

 private:
  /// Queues a CPU by the time of its next record. The lowest CPU goes first among equal times.
  void queue(std::size_t i) {
    if (const auto& record = rings_[i].record()) queue_.emplace(record->time, i);
  }

  void line(CpuId on, const DatRecord& r) {
    const auto out = std::back_inserter(text_);
    if (r.missed != 0)
      fmt::format_to(out, "CPU:{} [{}EVENTS DROPPED]\n", on,
                     r.missed > 0 ? fmt::format("{} ", r.missed) : "");
    DatCursor data(r.data, file_, dat_.big_endian, r.at);
    const std::uint64_t type = unsigned_of(data, dat_.layout.type);
    const auto format = std::ranges::find(dat_.formats, type, &DatFormat::id);
    if (format == dat_.formats.end()) return text_.push_back('\n');
    head(on, r.time, signed_of(data, dat_.layout.pid));
    const std::uint64_t cpu = unsigned_of(data, format->cpu);
    const std::int64_t second = signed_of(data, format->second);
    const std::int64_t step = signed_of(data, format->idx);
    if (format->kind == EventKind::Exit)
      fmt::format_to(out, "cpuhp_exit:  cpu: {:04}  state: {:3} step: {:3} ret: {}\n", cpu, second,
                     step, signed_of(data, format->last));
    else
      fmt::format_to(out, "{}: cpu: {:04} target: {:3} step: {:3} ({})\n",
                     format->kind == EventKind::Enter ? "cpuhp_enter" : "cpuhp_multi_enter", cpu,
                     second, step, symbols_.name(unsigned_of(data, format->last)));
  }

  void head(CpuId on, std::uint64_t time, std::int64_t pid) {
    const auto comm = comms_.find(static_cast<std::uint64_t>(pid));
    const std::string_view name = pid == 0               ? "<idle>"
                                  : comm == comms_.end() ? "<...>"
                                                         : comm->second;
    const auto out = std::back_inserter(text_);
    fmt::format_to(out, "{:>16}-{:<7} [{:03}] ", name, pid, on);
    if (dat_.counter)
      fmt::format_to(out, "{}: ", time);
    else
      fmt::format_to(out, "{}.{:09}: ", time / 1'000'000'000, time % 1'000'000'000);
  }

  static std::uint64_t unsigned_of(DatCursor& data, const DatField& f) {
    data.seek(f.offset);
    return data.number(f.size);
  }
  static std::int64_t signed_of(DatCursor& data, const DatField& f) {
    const int shift = 64 - 8 * static_cast<int>(f.size);
    return static_cast<std::int64_t>(unsigned_of(data, f) << shift) >> shift;
  }

  const DatFile& dat_;
  const std::string& file_;
  Symbols symbols_;
  std::map<std::uint64_t, std::string_view> comms_;
  std::vector<DatRing> rings_;
  using Next = std::pair<std::uint64_t, std::size_t>;  ///< time of a record, index of its ring
  std::priority_queue<Next, std::vector<Next>, std::greater<>> queue_;
  fmt::memory_buffer text_;
};

}  // namespace

bool is_trace_dat(std::string_view bytes) { return bytes.starts_with(kMagic); }

std::string trace_dat_text(std::string_view bytes, const std::string& file) {
  const DatFile dat = open_trace_dat(bytes, file);
  return DatText(dat, file).make();
}

}  // namespace cpuhp
