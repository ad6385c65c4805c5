// Readers against garbage: random bytes and damaged real files give a value or one BadInput, never
// a crash, another exception or a hang.
//
// The draws are the same in each run. RC_PARAMS="max_success=100000" looks longer, and what a
// failure prints (RC_PARAMS="reproduce=...") repeats it.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <array>
#include <cstdlib>
#include <sstream>

#include "sim/scenario/costs_file.hpp"
#include "sim/scenario/table_file.hpp"
#include "sim/trace/import.hpp"
#include "sim/trace/import_evidence.hpp"
#include "sim/trace/loose_trace.hpp"
#include "sim/trace/text_file.hpp"
#include "sim/trace/trace_dat_writer.hpp"
#include "tests/sim/recordings.hpp"
#include "tests/sim/scenario_files.hpp"

namespace cpuhp {
namespace {

/// One way to damage a text: `what` at `place`, both reduced to what the text has.
struct Edit {
  std::uint8_t what = 0;
  std::uint32_t place = 0;
  std::uint8_t with = 0;
};

constexpr std::array<std::string_view, 16> kWords{
    "",  "-1", "99999999999999999999", "70000", "\n", "\t",    "\"",      ":", "[001]",
    "}", ",",  "#T end lines=1\n",     "#",     "=",  "1e999", "\xff\xfe"};

/// Begin and length of the line at `at`; of the first number from there on.
std::pair<std::size_t, std::size_t> line_at(const std::string& text, std::size_t at) {
  const std::size_t begin = at == 0 ? std::string::npos : text.rfind('\n', at - 1);
  const std::size_t first = begin == std::string::npos ? 0 : begin + 1;
  const std::size_t end = text.find('\n', first);
  return {first, (end == std::string::npos ? text.size() : end + 1) - first};
}

std::pair<std::size_t, std::size_t> number_at(const std::string& text, std::size_t at) {
  const std::size_t first = text.find_first_of("0123456789", at);
  if (first == std::string::npos) return {at, 0};
  const std::size_t end = text.find_first_not_of("0123456789", first);
  return {first, (end == std::string::npos ? text.size() : end) - first};
}

std::string damaged(std::string text, const std::vector<Edit>& edits) {
  for (const Edit& e : edits) {
    if (text.empty()) return text;
    const std::size_t at = e.place % text.size();
    const std::string word(kWords[e.with % kWords.size()]);
    const auto [line, line_size] = line_at(text, at);
    switch (e.what % 7) {
      case 0:
        text[at] = static_cast<char>(e.with);
        break;
      case 1:
        text.insert(at, word);
        break;
      case 2:
        text.erase(line, line_size);
        break;
      case 3:
        text.insert(line, text.substr(line, line_size));
        break;
      case 4:
        text.resize(at);
        break;
      case 5:
        text.erase(at, e.with);
        break;
      case 6: {
        const auto [number, size] = number_at(text, at);
        text.replace(number, size, word);
        break;
      }
    }
  }
  return text;
}

rc::Gen<std::vector<Edit>> edits() {
  return rc::gen::resize(
      8, rc::gen::container<std::vector<Edit>>(rc::gen::build<Edit>(
             rc::gen::set(&Edit::what),
             rc::gen::set(&Edit::place,
                          rc::gen::resize(100, rc::gen::inRange<std::uint32_t>(0, 1u << 30))),
             rc::gen::set(&Edit::with))));
}

rc::Gen<std::string> garbage() {
  return rc::gen::apply(
      [](const std::vector<std::uint8_t>& words, const std::string& bytes) {
        std::string text = bytes;
        for (const std::uint8_t w : words) text += std::string(kWords[w % kWords.size()]) + ' ';
        return text;
      },
      rc::gen::arbitrary<std::vector<std::uint8_t>>(), rc::gen::arbitrary<std::string>());
}

/// True when `read` ends by itself or in a BadInput that says something.
template <typename Read>
bool value_or_bad_input(Read read) {
  try {
    read();
  } catch (const BadInput& error) {
    return !error.message.empty();
  }
  return true;
}

class ReaderFuzz : public testing::Test {
 protected:
  static void SetUpTestSuite() { setenv("RC_PARAMS", "seed=20 max_success=150", 0); }

  /// `read(path)` of a file that holds `seed` damaged, and of one that holds garbage.
  template <typename Read>
  void survives(const std::string& name, const std::string& seed, Read read) {
    const auto holds = [&](const std::string& text) {
      // A new file each time: to overwrite one waits for the disk.
      std::filesystem::remove(folder_.path(name));
      const std::string path = folder_.write(name, text);
      RC_ASSERT(value_or_bad_input([&] { read(path); }));
    };
    EXPECT_TRUE(rc::check(name + " damaged", [&] { holds(damaged(seed, *edits())); }));
    EXPECT_TRUE(rc::check(name + " of garbage", [&] { holds(*garbage()); }));
  }

  const ScenarioFolder folder_;
};

TEST_F(ReaderFuzz, Ftrace) {
  const std::string seed = read_text(kRecordings61 + "A-boot-smp2.txt.gz") +
                           read_text(kRecordings61 + "X-functrace-smp4.txt.gz").substr(0, 20'000);
  survives("trace.txt", seed, [](const std::string& path) { require_complete(read_ftrace(path)); });
}

/// Bytes of a trace.dat, also those that say how long something is; and of trace-cmd's own, packed.
TEST_F(ReaderFuzz, TraceDat) {
  std::ostringstream bytes;
  write_trace_dat(bytes, read_ftrace(kRecordings61 + "C-offline-online-cpu1-smp4.txt.gz").stream);
  const auto read = [](const std::string& path) { read_loose_trace(path); };
  survives("trace.dat", bytes.str(), read);
  survives("trace-7.dat", file_text(source_path("tests/data/trace/offline-one-cpu.v7.dat")), read);
}

TEST_F(ReaderFuzz, Recordings) {
  for (const char* file : {"F-isolcpus-smp4.txt.gz", "D-parsing-smp2.txt.gz"})
    survives("recording.txt", read_text(kRecordings61 + file),
             [](const std::string& path) { read_recording(path); });
}

TEST_F(ReaderFuzz, StatesAndKernelLogs) {
  const std::string recording = read_text(kRecordings61 + "B-states-smp4.txt.gz");
  survives("recorded-states.txt", recording, [](const std::string& path) { read_states(path); });
  std::string plain;
  for (const NamedState& s : parse_recording(recording, "").states)
    plain += std::to_string(s.id) + ": " + s.name + "\n";
  survives("states.txt", plain, [](const std::string& path) { read_states(path); });
  survives("dmesg.txt", "[    1.000120] smpboot: Booting Node 0 Processor 1 APIC 0x1\n",
           [](const std::string& path) { read_dmesg(path); });
}

TEST_F(ReaderFuzz, Import) {
  const std::string states = kRecordings61 + "B-states-smp4.txt.gz";
  survives("cycle.txt", read_text(kRecordings61 + "C-offline-online-cpu1-smp4.txt.gz"),
           [&](const std::string& path) {
             const Import made = import_table({.states = states, .traces = {path}});
             made.costs_text();
           });
}

TEST_F(ReaderFuzz, Scenarios) {
  survives("s.json", file_text(source_path("tests/data/scenario/full.json")),
           [](const std::string& path) { load_scenario(path); });
}

TEST_F(ReaderFuzz, TablesAndCosts) {
  survives("t.json", file_text(source_path("tests/data/scenario/table.json")),
           [](const std::string& path) { load_table(path); });
  const StateTable table = load_table(folder_.path("table.json")).table;
  survives("c.json", file_text(source_path("tests/data/scenario/costs.json")),
           [&](const std::string& path) { load_costs(path, table); });
}

TEST_F(ReaderFuzz, SetOverrides) {
  const std::string path =
      folder_.write("s.json", file_text(source_path("tests/data/scenario/full.json")));
  const std::vector<std::string> seeds{"/machine/sockets=4",
                                       "/design=async",
                                       "/operations/-={\"op\":\"down\",\"cpu\":3}",
                                       "/costs/1/states/perf:online/startup/0/work/1=[1,2]",
                                       "/expect/state/3=online",
                                       "/faults/0/errno=EIO"};
  const auto holds = [&](const std::string& argument) {
    RC_ASSERT(value_or_bad_input([&] { load_scenario(path, {parse_set_override(argument)}); }));
  };
  EXPECT_TRUE(rc::check("damaged overrides",
                        [&] { holds(damaged(*rc::gen::elementOf(seeds), *edits())); }));
  EXPECT_TRUE(rc::check("garbage overrides", [&] { holds("/" + *garbage()); }));
}

}  // namespace
}  // namespace cpuhp
