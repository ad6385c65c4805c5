#include "sim/trace/trace_dat_file.hpp"

#include <zstd.h>

#include <algorithm>

#include "sim/trace/text_file.hpp"
#include "sim/trace/text_search.hpp"
#include "sim/trace/trace_dat_format.hpp"

namespace cpuhp {
namespace {

using namespace trace_dat;

constexpr std::uint32_t kPageBytesMax = 1 << 20;
constexpr std::uint64_t kFormatBytesMax = 1 << 20;

/// Returns the number after `key` in a line of a format file: 8 for "size:" in "size:8;".
std::size_t number_of(DatCursor& at, std::string_view line, std::string_view key) {
  const auto value = number_after<std::size_t>(line, key);
  if (!value || *value > kFormatBytesMax)
    at.fail("expected \"" + std::string(key) + "NUMBER;\" in \"" + std::string(line) + '"');
  return *value;
}

/// Finds a field by its name, "target" in `field:int target;  offset:12;  size:4;  signed:1;`.
DatField field_of(DatCursor& at, std::string_view format, std::string_view name) {
  std::optional<DatField> found;
  for_each_line(format, [&](std::string_view line, std::size_t, bool) {
    const std::string_view declared = line.substr(0, line.find(';'));
    if (found || !has(line, "field:") || declared.size() <= name.size() ||
        !declared.ends_with(name) || declared[declared.size() - name.size() - 1] != ' ')
      return;
    found = DatField{number_of(at, line, "offset:"), number_of(at, line, "size:"),
                     has(line, "signed:1")};
  });
  if (!found)
    at.fail("the format of an event or of a page has no field \"" + std::string(name) + '"');
  return *found;
}

/// Finds a field that is a number.
DatField number_field(DatCursor& at, std::string_view format, std::string_view name) {
  const DatField f = field_of(at, format, name);
  if (f.size != 1 && f.size != 2 && f.size != 4 && f.size != 8)
    at.fail("the field \"" + std::string(name) +
            "\" is not a number: expected a size of 1, 2, 4 or 8 bytes");
  return f;
}

class DatOpener {
 public:
  DatOpener(std::string_view bytes, const std::string& file)
      : at_(bytes, file), unclaimed_(bytes.size()) {}

  DatFile open() {
    at_.expect(kMagic, "trace.dat's magic bytes");
    const std::string_view version = at_.string();
    if (version != "6" && version != "7")
      at_.fail("the file has version \"" + std::string(version.substr(0, 16)) +
               "\" of the trace.dat format, expected 6 or 7");
    const std::uint64_t big = at_.number(1), longs = at_.number(1);
    if (big > 1 || (longs != 4 && longs != 8))
      at_.fail("expected the byte order, 0 or 1, and the size of a long, 4 or 8");
    at_.set_big_endian(big == 1);
    f_.big_endian = big == 1;
    f_.layout.page = page_size(at_);
    if (version == "6")
      version_6();
    else
      version_7();
    if (f_.formats.empty())
      at_.fail("the file has no format of a cpuhp event: record with -e cpuhp");
    return std::move(f_);
  }

 private:
  static std::uint32_t page_size(DatCursor& at) {
    const std::uint32_t page = at.u32();
    if (page < 64 || page > kPageBytesMax)
      at.fail("the page size of " + std::to_string(page) +
              " bytes is not supported, expected 64 to 1048576");
    return page;
  }

  DatCursor at_offset(std::uint64_t offset) const {
    DatCursor at = at_;
    at.seek(offset);
    return at;
  }

  // --- parts of trace.dat versions 6 and 7

  void header_info(DatCursor& at) {
    at.expect(std::string_view("header_page\0", 12), "header_page");
    const std::string_view page = at.take(at.u64());
    f_.layout.commit_size = number_field(at, page, "commit").size;
    f_.layout.data_offset = field_of(at, page, "data").offset;
    if (f_.layout.commit_size < 4 || f_.layout.data_offset < 8 + f_.layout.commit_size ||
        f_.layout.data_offset >= f_.layout.page)
      at.fail("the fields of header_page contradict each other");
    at.expect(std::string_view("header_event\0", 13), "header_event");
    at.take(at.u64());
  }

  static void tracer_formats(DatCursor& at) {
    for (std::uint32_t n = at.u32(); n > 0; --n) at.take(at.u64());
  }

  void event_formats(DatCursor& at) {
    for (std::uint32_t systems = at.u32(); systems > 0; --systems) {
      const bool ours = at.string() == "cpuhp";
      for (std::uint32_t n = at.u32(); n > 0; --n) {
        const std::string_view format = at.take(at.u64());
        if (ours) event_format(at, format);
      }
    }
  }

  void event_format(DatCursor& at, std::string_view text) {
    const std::string_view name = text.substr(0, text.find('\n'));
    DatFormat f;
    if (name == "name: cpuhp_exit")
      f.kind = EventKind::Exit;
    else if (name == "name: cpuhp_multi_enter")
      f.kind = EventKind::MultiEnter;
    else if (name != "name: cpuhp_enter")
      return;
    const bool exit = f.kind == EventKind::Exit;
    f.id = static_cast<std::uint32_t>(number_of(at, text, "\nID: "));
    f.cpu = number_field(at, text, "cpu");
    f.second = number_field(at, text, exit ? "state" : "target");
    f.idx = number_field(at, text, "idx");
    // Kernels write this field as `void * fun` or as `void *fun`.
    f.last = number_field(at, text, exit ? "ret" : has(text, " fun;") ? "fun" : "*fun");
    f_.layout.type = number_field(at, text, "common_type");
    f_.layout.pid = number_field(at, text, "common_pid");
    f_.formats.push_back(f);
  }

  /// Reads the trace clock: the name in brackets in "local [global] counter", or the only name.
  void clock(std::string_view text) {
    const std::size_t open = text.find('[');
    if (open != std::string_view::npos) text = text.substr(open + 1, text.find(']') - open - 1);
    f_.counter = text.starts_with("counter");
  }

  void add_cpu(DatCursor& at, std::uint64_t cpu, std::string_view pages, std::size_t where) {
    if (cpu >= kMaxCpus)
      at.fail("CPU " + std::to_string(cpu) + " is out of range, expected 0 to 65535");
    // Buffers must not overlap. Otherwise a small file could use the same bytes for thousands of
    // CPUs, and the resulting text would be huge.
    if (f_.unpacked.empty() || pages.data() != f_.unpacked.back().data()) {
      if (pages.size() > unclaimed_) at.fail("the CPUs' buffers overlap");
      unclaimed_ -= pages.size();
    }
    f_.cpus.push_back({static_cast<CpuId>(cpu), pages, where});
    f_.cpu_count = std::max(f_.cpu_count, static_cast<std::uint32_t>(cpu) + 1);
  }

  // --- trace.dat version 6

  void version_6() {
    header_info(at_);
    tracer_formats(at_);
    event_formats(at_);
    f_.symbols = at_.take(at_.u32());
    at_.take(at_.u32());
    f_.tasks = at_.take(at_.u64());
    const std::uint32_t cpus = at_.u32();
    std::string_view word = at_.take(10);
    if (word == std::string_view("options  \0", 10)) {
      while (const std::uint32_t option = at_.u16()) {
        const std::string_view data = at_.take(at_.u32());
        if (option == static_cast<std::uint32_t>(Option::TraceClock)) clock(data);
      }
      word = at_.take(10);
    }
    if (word != std::string_view("flyrecord\0", 10))
      at_.fail("the file has no per-CPU buffers, expected \"flyrecord\"");
    if (cpus > kMaxCpus)
      at_.fail(std::to_string(cpus) + " CPUs are too many: expected at most 65,536");
    for (std::uint32_t cpu = 0; cpu < cpus; ++cpu) {
      const std::uint64_t offset = at_.u64(), size = at_.u64();
      DatCursor data = at_offset(size > 0 ? offset : 0);
      const std::size_t where = data.at();
      add_cpu(at_, cpu, data.take(size), where);
    }
  }

  // --- trace.dat version 7

  void version_7() {
    packing_ = at_.string();
    at_.string();
    if (packing_ != "none" && packing_ != "zstd")
      at_.fail("the file is compressed with \"" + std::string(packing_.substr(0, 16)) +
               "\", expected zstd or none");
    std::uint64_t next = at_.u64();
    while (next != 0) {
      // Offsets of option sections must increase, so that a damaged file cannot cause an endless
      // loop.
      if (next <= last_options_)
        at_.fail("an option section refers to itself or to an earlier one, expected a later one");
      last_options_ = next;
      next = options(section(at_offset(next)));
    }
  }

  /// Returns the contents of a section, decompressed.
  DatCursor section(DatCursor at) {
    at.u16();
    const bool packed = (at.u16() & 1) != 0;
    at.u32();
    DatCursor body = at.within(at.u64());
    if (!packed) return body;
    std::string& full = f_.unpacked.emplace_back();
    unpack(body, full);
    return {full, at_.file(), f_.big_endian};
  }

  /// Appends the next piece of compressed data to `to`, decompressed.
  void unpack(DatCursor& at, std::string& to) {
    const std::uint64_t size = at.u32(), full = at.u32();
    const std::string_view raw = at.take(size);
    unpacked_bytes_ += full;
    if (unpacked_bytes_ > kMaxTextBytes)
      at.fail("the file is too large: expected at most 256 MiB after decompression");
    const std::size_t begin = to.size();
    to.resize(begin + full);
    if (ZSTD_decompress(to.data() + begin, full, raw.data(), raw.size()) != full)
      at.fail("the zstd data is broken");
  }

  std::uint64_t options(DatCursor at) {
    for (;;) {
      const auto id = static_cast<Option>(at.u16());
      DatCursor data = at.within(at.u32());
      switch (id) {
        case Option::Done:
          return data.u64();
        case Option::Buffer:
          buffer(data);
          break;
        case Option::TraceClock:
          clock(data.bytes());
          break;
        case Option::HeaderInfo:
        case Option::EventFormats:
        case Option::Symbols:
        case Option::Tasks:
          part(id, section(at_offset(data.u64())));
          break;
        default:
          break;
      }
    }
  }

  void part(Option id, DatCursor body) {
    if (id == Option::HeaderInfo) header_info(body);
    if (id == Option::EventFormats) event_formats(body);
    if (id == Option::Symbols) f_.symbols = body.take(body.u32());
    if (id == Option::Tasks) f_.tasks = body.take(body.u64());
  }

  /// Reads the buffer of a trace instance. Only the top-level instance is used, which has no name.
  void buffer(DatCursor data) {
    const std::uint64_t offset = data.u64();
    if (!data.string().empty()) return;
    clock(data.string());
    f_.layout.page = page_size(data);
    DatCursor head = at_offset(offset);
    head.u16();
    const bool packed = (head.u16() & 1) != 0;
    for (std::uint32_t n = data.u32(); n > 0; --n) {
      const std::uint64_t cpu = data.u32(), begin = data.u64(), size = data.u64();
      DatCursor pages = at_offset(size > 0 ? begin : 0);
      const std::size_t where = pages.at();
      // Compressed pages begin with the number of their chunks, and `size` is not needed.
      const bool pieces = packed && size > 0;
      add_cpu(data, cpu, pieces ? chunks(pages) : pages.take(size), where);
    }
  }

  /// Returns one CPU's pages, which are compressed in chunks.
  std::string_view chunks(DatCursor at) {
    std::string& all = f_.unpacked.emplace_back();
    for (std::uint32_t n = at.u32(); n > 0; --n) unpack(at, all);
    return all;
  }

  DatCursor at_;
  DatFile f_;
  std::string_view packing_ = "none";
  std::uint64_t last_options_ = 0;
  std::uint64_t unpacked_bytes_ = 0;
  std::size_t unclaimed_;  ///< number of bytes that no CPU's pages have claimed
};

}  // namespace

DatFile open_trace_dat(std::string_view bytes, const std::string& file) {
  return DatOpener(bytes, file).open();
}

}  // namespace cpuhp
