// trace.dat: Debian's trace-cmd reads what is written, event by event as the text has it; and what
// trace-cmd writes is read.
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <memory>
#include <sstream>

#include "sim/error.hpp"
#include "sim/trace/ftrace_writer.hpp"
#include "sim/trace/loose_trace.hpp"
#include "sim/trace/text_file.hpp"
#include "sim/trace/trace_dat_reader.hpp"
#include "sim/trace/trace_dat_writer.hpp"
#include "tests/sim/many_runs.hpp"
#include "tests/sim/test_folder.hpp"
#include "tests/sim/text_events.hpp"

namespace cpuhp {
namespace {

using namespace test;

std::string trace_dat(const EventStream& stream) {
  std::ostringstream out;
  write_trace_dat(out, stream);
  return std::move(out).str();
}

/// What a command prints; its own complaints, too.
std::string printed(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen((command + " 2>&1").c_str(), "r"), pclose);
  std::string text;
  char buffer[65'536];
  while (const std::size_t n = std::fread(buffer, 1, sizeof buffer, pipe.get()))
    text.append(buffer, n);
  return text;
}

/// comm and pid of every event.
std::vector<std::string> tasks(const Ftrace& t) {
  std::vector<std::string> all;
  for (const TraceSource& s : t.sources)
    all.push_back(t.stream.names[s.comm] + '-' + std::to_string(s.pid));
  return all;
}

/// Module names stand in our text, as in a kernel's; trace-cmd leaves them out.
std::vector<TextEvent> without_modules(std::vector<TextEvent> events) {
  for (TextEvent& e : events) {
    std::string& name = std::get<std::string>(e);
    name = name.substr(0, name.find(" ["));
  }
  return events;
}

EventStream small_run(std::uint64_t seed = 3) {
  EventStream stream;
  with_bare_simulator([&](Simulator& s) { stream = s.run(random_machine(seed)).stream; });
  return stream;
}

TEST(TraceDat, EveryRunReadsBackToTheNanosecond) {
  for_each_run([&](const ManyRun& run) {
    const std::string bytes = trace_dat(run.result.stream);
    ASSERT_TRUE(is_trace_dat(bytes));
    const std::string text = trace_dat_text(bytes, "t.dat");
    const Ftrace back = parse_ftrace(text, "t.dat");
    ASSERT_EQ(text_events(back.stream, 1), text_events(run.result.stream, 1));
    const Ftrace ours = parse_ftrace(format_ftrace(run.result.stream), "t.txt");
    ASSERT_EQ(tasks(back), tasks(ours));
  });
}

TEST(TraceDat, TraceCmdReportsWhatTheTextSays) {
  const TestFolder folder;
  std::size_t events = 0, runs = 0;
  for_each_run(
      [&](const ManyRun& run) {
        if (run.result.events > 20'000 || (run.scenario && run.name.size() % 3 != 0)) return;
        const std::string path = folder.write("t.dat", trace_dat(run.result.stream));
        const std::string exact = printed("trace-cmd report -t " + path);
        const std::string rounded = printed("trace-cmd report " + path);
        ASSERT_TRUE(exact.starts_with("cpus=")) << exact.substr(0, 400);
        const Ftrace ours = parse_ftrace(format_ftrace(run.result.stream, {.decimals = 9}), "txt");
        const Ftrace theirs = parse_ftrace(exact, "report -t");
        ASSERT_EQ(text_events(theirs.stream, 1), without_modules(text_events(ours.stream, 1)));
        ASSERT_EQ(tasks(theirs), tasks(ours));
        const Ftrace coarse = parse_ftrace(rounded, "report");
        ASSERT_EQ(text_events(coarse.stream, 1), without_modules(text_events(ours.stream, 1'000)));
        events += ours.stream.events.size();
        ++runs;
      },
      25);
  EXPECT_GT(events, 5'000u);
  EXPECT_GT(runs, 40u);
}

/// Lines of what is reported are lines of `trace-cmd report`.
TEST(TraceDat, HasTheLinesOfTraceCmdReport) {
  const TestFolder folder;
  const std::string bytes = trace_dat(small_run());
  const std::string report = printed("trace-cmd report -t " + folder.write("t.dat", bytes));
  const Ftrace ours = parse_ftrace(trace_dat_text(bytes, "t.dat"), "t.dat");
  const Ftrace theirs = parse_ftrace(report, "report");
  ASSERT_FALSE(ours.sources.empty());
  ASSERT_EQ(ours.sources.size(), theirs.sources.size());
  for (std::size_t i = 0; i < ours.sources.size(); ++i)
    ASSERT_EQ(ours.sources[i].line, theirs.sources[i].line);
}

/// trace-cmd's own files: version 7, packed or not.
TEST(TraceDat, ReadsWhatTraceCmdWrites) {
  const TestFolder folder;
  const EventStream stream = small_run();
  const std::string path = folder.write("t.dat", trace_dat(stream));
  for (const char* how : {"--file-version 7 --compression zstd",
                          "--file-version 7 --compression none", "--file-version 6"}) {
    SCOPED_TRACE(how);
    const std::string other = folder.path("other.dat");
    const std::string said = printed("trace-cmd convert -i " + path + " -o " + other + ' ' + how);
    ASSERT_TRUE(std::filesystem::exists(other)) << said;
    const Ftrace back = read_ftrace(other);
    EXPECT_EQ(text_events(back.stream, 1), text_events(stream, 1));
    std::filesystem::remove(other);
  }
}

/// Also gzip'd; and wherever a trace is read.
TEST(TraceDat, IsToldByItsContent) {
  const TestFolder folder;
  const EventStream stream = small_run();
  const std::string path = folder.write("trace.txt", trace_dat(stream));
  printed("gzip -k " + path);
  for (const std::string& file : {path, path + ".gz"}) {
    EXPECT_EQ(text_events(read_ftrace(file).stream, 1), text_events(stream, 1));
    EXPECT_EQ(text_events(read_loose_trace(file).trace.stream, 1), text_events(stream, 1));
    EXPECT_EQ(text_events(read_recording(file).traces().at(0)->stream, 1), text_events(stream, 1));
    EXPECT_THROW(read_text(file), BadInput);
  }
}

/// A file of ours as a big-endian kernel has it: every number turned round in its place, the two
/// parts of an entry's head at the opposite ends.
class BigEndian {
 public:
  explicit BigEndian(std::string bytes) : b_(std::move(bytes)) {}

  std::string turned() {
    at_ = 10;  // the magic
    string();
    b_[at_] = 1;
    at_ += 2;
    const std::size_t page = number(4);
    for (int header = 0; header < 2; ++header) string(), skip(number(8));
    for (std::size_t n = number(4); n > 0; --n) skip(number(8));
    for (std::size_t systems = number(4); systems > 0; --systems) {
      string();
      for (std::size_t n = number(4); n > 0; --n) skip(number(8));
    }
    skip(number(4));  // symbols
    skip(number(4));  // formats of trace_printk()
    skip(number(8));  // tasks
    const std::size_t cpus = number(4);
    options();
    string();
    std::vector<std::pair<std::size_t, std::size_t>> data;
    for (std::size_t cpu = 0; cpu < cpus; ++cpu) {
      const std::size_t at = number(8);
      data.emplace_back(at, number(8));
    }
    for (const auto& [begin, size] : data)
      for (std::size_t at = begin; at < begin + size; at += page) turn_page(at);
    return std::move(b_);
  }

 private:
  void skip(std::size_t size) { at_ += size; }
  void string() { at_ = b_.find('\0', at_) + 1; }
  std::size_t number(std::size_t size) {
    std::size_t value = 0;
    for (std::size_t i = size; i-- > 0;)
      value = value << 8 | static_cast<unsigned char>(b_[at_ + i]);
    put(value, size);
    return value;
  }
  void put(std::size_t value, std::size_t size) {
    for (std::size_t i = size; i-- > 0; value >>= 8) b_[at_ + i] = static_cast<char>(value & 0xff);
    at_ += size;
  }
  void options() {
    constexpr std::size_t kCpuCount = 8;
    string();
    while (const std::size_t id = number(2)) {
      const std::size_t size = number(4);
      id == kCpuCount ? void(number(4)) : skip(size);
    }
  }
  void turn_page(std::size_t at) {
    at_ = at;
    number(8);  // date
    const std::size_t used = number(8);
    for (const std::size_t end = at_ + used; at_ < end;) entry();
  }
  void entry() {
    constexpr std::size_t kExtend = 30;
    const std::size_t head = number(4), type = head & 31;
    at_ -= 4;
    put(type << 27 | head >> 5, 4);
    if (type == kExtend) return void(number(4));
    number(2);  // the event's number; its flags are bytes
    skip(2);
    for (int i = 0; i < 5; ++i) number(4);  // pid, and four fields
    if (type == 8) number(8);               // the callback's address
  }

  std::string b_;
  std::size_t at_ = 0;
};

TEST(TraceDat, ReadsWhatABigEndianKernelWrites) {
  const TestFolder folder;
  const std::string little = trace_dat(small_run()), big = BigEndian(little).turned();
  ASSERT_EQ(little.size(), big.size());
  ASSERT_NE(little, big);
  const std::string text = trace_dat_text(little, "t.dat");
  EXPECT_GT(text.size(), 1'000u);
  EXPECT_EQ(trace_dat_text(big, "t.dat"), text);
  // The file is what it should be: trace-cmd reads the same.
  const auto report = [&](const std::string& bytes) {
    return printed("trace-cmd report -t " + folder.write("t.dat", bytes));
  };
  EXPECT_EQ(report(big), report(little));
}

/// Two events far apart, on one page: the first page's commit word and entries by hand.
class HandMade : public testing::Test {
 protected:
  HandMade() {
    const NameId f = stream_.names.intern("f");
    stream_.events = {
        {.time = 5_ns, .cpu = 1, .on = 0, .name = f, .step = 3, .value = 9},
        {.time = 4_s, .cpu = 1, .on = 0, .step = 3, .value = -3, .kind = EventKind::Exit}};
    bytes_ = trace_dat(stream_);
    page_ = bytes_.size() - 4'096;
  }
  std::string text() const { return trace_dat_text(bytes_, "t.dat"); }
  std::string error() const {
    try {
      text();
    } catch (const BadInput& bad) {
      return bad.what();
    }
    return "no error";
  }
  void set(std::size_t at, std::uint32_t word) {
    for (std::size_t i = 0; i < 4; ++i)
      bytes_[page_ + at + i] = static_cast<char>(word >> 8 * i & 0xff);
  }

  static constexpr const char* kFirst =
      "       swapper/0-1       [000] 0.000000005: cpuhp_enter: cpu: 0001 target:   9 step:   3 "
      "(f)\n";
  static constexpr const char* kSecond =
      "       swapper/0-1       [000] 4.000000000: cpuhp_exit:  cpu: 0001  state:  -3 step:   3 "
      "ret: 0\n";
  EventStream stream_{.nr_cpus = 1};
  std::string bytes_;
  std::size_t page_ = 0;
};

TEST_F(HandMade, ALongGapIsATimeExtend) {
  EXPECT_EQ(text(), "cpus=1\n" + std::string(kFirst) + kSecond);
  EXPECT_EQ(static_cast<unsigned char>(bytes_[page_ + 16 + 36]) & 31, 30);
}

TEST_F(HandMade, LostEventsAreTold) {
  set(12, 0);
  set(8, (16 + 36 + 8 + 28 - 16) | 1u << 31);
  EXPECT_EQ(text(), "cpus=1\nCPU:0 [EVENTS DROPPED]\n" + std::string(kFirst) + kSecond);
  set(8, (36 + 8 + 28) | 3u << 30);
  set(16 + 36 + 8 + 28, 7);
  EXPECT_EQ(text(), "cpus=1\nCPU:0 [7 EVENTS DROPPED]\n" + std::string(kFirst) + kSecond);
  EXPECT_THROW(require_complete(parse_ftrace(text(), "t.dat")), BadInput);
  EXPECT_EQ(parse_loose_trace(text(), "t.dat").notes.at(0).kind, TraceNote::Kind::Lost);
}

TEST_F(HandMade, AbsoluteStampsAndPadding) {
  set(16 + 36, (4'000'000'000u & ((1u << 27) - 1)) << 5 | 31);
  set(16 + 36 + 4, 4'000'000'000u >> 27);
  EXPECT_EQ(text(), "cpus=1\n" + std::string(kFirst) + kSecond);
  set(16, 29 | 3u << 5);  // the first entry becomes padding of 32 bytes
  set(20, 36 - 4);
  EXPECT_EQ(text(), "cpus=1\n" + std::string(kSecond));
  set(16, 29);  // padding to the end of the page
  EXPECT_EQ(text(), "cpus=1\n");
}

TEST_F(HandMade, OneBufferIsNotManyCpus) {
  stream_.nr_cpus = 64;
  bytes_ = trace_dat(stream_);
  const std::size_t first = bytes_.find("flyrecord") + 10, entry = 16;
  const std::string buffer = bytes_.substr(first, entry);
  for (std::size_t cpu = 1; cpu < stream_.nr_cpus; ++cpu)
    bytes_.replace(first + cpu * entry, entry, buffer);
  EXPECT_NE(error().find("the CPUs' buffers overlap"), std::string::npos) << error();
}

TEST_F(HandMade, BadEntriesAreToldWithTheirPlace) {
  set(16, 28);
  EXPECT_EQ(error(), "t.dat: byte " + std::to_string(page_ + 20) +
                         ": an entry extends beyond the data of its page");
  set(8, 5'000);
  EXPECT_EQ(error(),
            "t.dat: byte " + std::to_string(page_ + 16) +
                ": a page header gives a data size of 5000 bytes, which is more than the page");
  bytes_.resize(page_ + 100);
  EXPECT_NE(error().find(": the file ends early"), std::string::npos) << error();
  bytes_.resize(12);
  EXPECT_EQ(error(), "t.dat: byte 12: the file ends early");
}

}  // namespace
}  // namespace cpuhp
