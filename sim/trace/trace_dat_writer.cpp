#include "sim/trace/trace_dat_writer.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <map>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "sim/trace/trace_dat_format.hpp"
#include "sim/trace/traced_events.hpp"

namespace cpuhp {
namespace {

using namespace trace_dat;

constexpr std::size_t kPageBytes = 4'096;
constexpr std::size_t kPageHead = 16;
constexpr std::uint16_t kEnterId = 61, kMultiEnterId = 62, kExitId = 63;

/// The files events/header_page and events/header_event of a 64-bit kernel.
constexpr std::string_view kHeaderPage =
    "\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;\n"
    "\tfield: local_t commit;\toffset:8;\tsize:8;\tsigned:1;\n"
    "\tfield: int overwrite;\toffset:8;\tsize:1;\tsigned:1;\n"
    "\tfield: char data;\toffset:16;\tsize:4080;\tsigned:1;\n";
constexpr std::string_view kHeaderEvent =
    "# compressed entry header\n"
    "\ttype_len    :    5 bits\n"
    "\ttime_delta  :   27 bits\n"
    "\tarray       :   32 bits\n"
    "\n"
    "\tpadding     : type == 29\n"
    "\ttime_extend : type == 30\n"
    "\ttime_stamp : type == 31\n"
    "\tdata max type_len  == 28\n";

/// The beginning of every event's `format` file.
constexpr std::string_view kCommonFields =
    "format:\n"
    "\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"
    "\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"
    "\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n"
    "\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n"
    "\n"
    "\tfield:unsigned int cpu;\toffset:8;\tsize:4;\tsigned:0;\n";
constexpr std::string_view kEnterFields =
    "\tfield:int target;\toffset:12;\tsize:4;\tsigned:1;\n"
    "\tfield:int idx;\toffset:16;\tsize:4;\tsigned:1;\n"
    "\tfield:void * fun;\toffset:24;\tsize:8;\tsigned:0;\n"
    "\n"
    "print fmt: \"cpu: %04u target: %3d step: %3d (%ps)\", REC->cpu, REC->target, REC->idx, "
    "REC->fun\n";
constexpr std::string_view kExitFields =
    "\tfield:int state;\toffset:12;\tsize:4;\tsigned:1;\n"
    "\tfield:int idx;\toffset:16;\tsize:4;\tsigned:1;\n"
    "\tfield:int ret;\toffset:20;\tsize:4;\tsigned:1;\n"
    "\n"
    "print fmt: \" cpu: %04u  state: %3d step: %3d ret: %d\", REC->cpu, REC->state, REC->idx, "
    "REC->ret\n";

std::string format_file(std::string_view name, std::uint16_t id, std::string_view fields) {
  return fmt::format("name: {}\nID: {}\n{}{}", name, id, kCommonFields, fields);
}

/// Appends little-endian numbers to a string.
class Bytes {
 public:
  void u16(std::uint64_t v) { number(v, 2); }
  void u32(std::uint64_t v) { number(v, 4); }
  void u64(std::uint64_t v) { number(v, 8); }
  void text(std::string_view t) { bytes_ += t; }
  void string(std::string_view t) {
    bytes_ += t;
    bytes_ += '\0';
  }
  /// Appends the size of `t`, as a number of `size` bytes, and then `t`.
  void sized(std::string_view t, int size) {
    number(t.size(), size);
    text(t);
  }
  void pad(std::size_t size) { bytes_.resize(size); }
  void clear() { bytes_.clear(); }
  const std::string& str() const { return bytes_; }
  std::size_t size() const { return bytes_.size(); }

 private:
  void number(std::uint64_t v, int size) {
    for (int i = 0; i < size; ++i) bytes_ += static_cast<char>(v >> (8 * i) & 0xff);
  }
  std::string bytes_;
};

/// Returns an invented address for a function: the functions are 16 bytes apart.
std::uint64_t address(NameId name) { return 0xffffffff81000000 + std::uint64_t{name} * 16; }

struct Recorded {
  const Event* event = nullptr;
  std::uint32_t pid = 0;
};

/// Fills pages for one CPU as the kernel's ring buffer does, and calls `page` for each full one.
template <typename Page>
class PageFiller {
 public:
  explicit PageFiller(Page page) : page_(page) {}

  void add(const Recorded& r) {
    const bool exit = r.event->kind == EventKind::Exit;
    const std::size_t size = exit ? 24 : 32;
    // An entry contains the time since the previous entry. The first entry of a page needs none,
    // because the page's header has a time stamp.
    const bool extend = data_.size() > 0 && distance(r) >> kDeltaBits != 0;
    if (data_.size() + (extend ? 8 : 0) + 4 + size > kPageBytes - kPageHead) flush();
    if (data_.size() == 0) begin_ = last_ = r.event->time;
    std::uint64_t delta = distance(r);
    if (delta >> kDeltaBits != 0) {
      head(kTimeExtend, delta & ((std::uint64_t{1} << kDeltaBits) - 1));
      data_.u32(delta >> kDeltaBits);
      delta = 0;
    }
    head(static_cast<std::uint32_t>(size / 4), delta);
    payload(r, exit);
    last_ = r.event->time;
  }

  void flush() {
    if (data_.size() == 0) return;
    Bytes page;
    page.u64(static_cast<std::uint64_t>(begin_.v));
    page.u64(data_.size());
    page.text(data_.str());
    page.pad(kPageBytes);
    page_(page.str());
    data_.clear();
  }

 private:
  std::uint64_t distance(const Recorded& r) const {
    return static_cast<std::uint64_t>((r.event->time - last_).v);
  }
  void head(std::uint32_t type, std::uint64_t delta) { data_.u32(delta << 5 | type); }

  void payload(const Recorded& r, bool exit) {
    const Event& e = *r.event;
    data_.u16(exit ? kExitId : e.kind == EventKind::Enter ? kEnterId : kMultiEnterId);
    data_.u16(0);  // flags and preemption count are 0
    data_.u32(r.pid);
    data_.u32(e.cpu);
    data_.u32(static_cast<std::uint32_t>(std::int32_t{e.value}));
    data_.u32(static_cast<std::uint32_t>(std::int32_t{e.step}));
    data_.u32(exit ? static_cast<std::uint32_t>(e.ret) : 0);
    if (!exit) data_.u64(address(e.name));
  }

  Page page_;
  Bytes data_;
  Ns begin_{}, last_{};
};

template <typename Page>
void fill_pages(const std::vector<Recorded>& records, Page page) {
  PageFiller<Page> filler(page);
  for (const Recorded& r : records) filler.add(r);
  filler.flush();
}

/// The parts of the file before the pages of the CPUs.
class DatHead {
 public:
  explicit DatHead(const EventStream& stream) : stream_(stream) {}

  void add(const Event& e, const TracedTask& task) {
    if (task.pid != 0) tasks_.emplace(task.pid, task.comm);
    if (e.kind == EventKind::Exit) return;
    called_.resize(stream_.names.size());
    called_[e.name] = true;
  }

  /// `pages`: the number of pages of each CPU.
  std::string bytes(const std::vector<std::size_t>& pages) {
    Bytes b;
    b.text(kMagic);
    b.string("6");
    b.text(std::string_view("\0\x08", 2));  // little-endian, 8 bytes a long
    b.u32(kPageBytes);
    b.string("header_page");
    b.sized(kHeaderPage, 8);
    b.string("header_event");
    b.sized(kHeaderEvent, 8);
    b.u32(0);  // events of the tracers: none
    formats(b);
    b.sized(symbols(), 4);
    b.sized("", 4);  // formats of trace_printk(): none
    b.sized(tasks(), 8);
    b.u32(pages.size());
    options(b, pages.size());
    data_table(b, pages);
    return b.str();
  }

 private:
  static void formats(Bytes& b) {
    b.u32(1);
    b.string("cpuhp");
    b.u32(3);
    b.sized(format_file("cpuhp_enter", kEnterId, kEnterFields), 8);
    b.sized(format_file("cpuhp_multi_enter", kMultiEnterId, kEnterFields), 8);
    b.sized(format_file("cpuhp_exit", kExitId, kExitFields), 8);
  }

  /// Returns symbols as in /proc/kallsyms, where a module's name follows after a tab.
  std::string symbols() const {
    std::string text;
    for (NameId id = 0; id < called_.size(); ++id) {
      if (!called_[id]) continue;
      std::string name = stream_.names[id];
      if (const std::size_t module = name.find(" ["); module != std::string::npos)
        name[module] = '\t';
      text += fmt::format("{:016x} t {}\n", address(id), name);
    }
    return text;
  }

  std::string tasks() const {
    std::string text;
    for (const auto& [pid, comm] : tasks_) text += fmt::format("{} {}\n", pid, comm);
    return text;
  }

  static void options(Bytes& b, std::size_t cpus) {
    const auto option = [&](Option id, std::string_view data) {
      b.u16(static_cast<std::uint16_t>(id));
      b.sized(data, 4);
    };
    b.string("options  ");
    Bytes count;
    count.u32(cpus);
    option(Option::CpuCount, count.str());
    option(Option::TraceClock, std::string_view("local [global] counter\0", 23));
    option(Option::Version, std::string_view("cpuhp-sim\0", 10));
    b.u16(0);
  }

  static void data_table(Bytes& b, const std::vector<std::size_t>& pages) {
    b.string("flyrecord");
    const std::size_t end = b.size() + 16 * pages.size();
    std::size_t at = (end + kPageBytes - 1) / kPageBytes * kPageBytes;
    const std::size_t begin = at;
    for (const std::size_t n : pages) {
      b.u64(at);
      b.u64(n * kPageBytes);
      at += n * kPageBytes;
    }
    b.pad(begin);
  }

  const EventStream& stream_;
  std::map<std::uint32_t, std::string> tasks_;
  std::vector<bool> called_;
};

}  // namespace

void write_trace_dat(std::ostream& out, const EventStream& stream) {
  DatHead head(stream);
  std::vector<std::vector<Recorded>> cpus(std::max<CpuId>(stream.nr_cpus, 1));
  TracedEvents traced(stream);
  for (const Event& e : stream.events) {
    const auto task = traced.next(e);
    if (!task) continue;
    head.add(e, *task);
    cpus[e.on].push_back({&e, task->pid});
  }
  // The table of CPUs comes before the pages, so the pages are counted first.
  std::vector<std::size_t> pages(cpus.size());
  for (std::size_t cpu = 0; cpu < cpus.size(); ++cpu)
    fill_pages(cpus[cpu], [&](const std::string&) { ++pages[cpu]; });
  const auto write = [&](const std::string& bytes) {
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  };
  write(head.bytes(pages));
  for (const std::vector<Recorded>& records : cpus) fill_pages(records, write);
}

}  // namespace cpuhp
