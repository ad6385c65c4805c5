// Every recording of a real kernel, replayed: each operation comes out as it was recorded.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "sim/conform/conform.hpp"
#include "sim/report/conform_report.hpp"
#include "tests/page_section.hpp"
#include "tests/truth/recordings.hpp"

namespace cpuhp {
namespace {

Conformance replayed(const std::string& recording) {
  const Recording r = read_recording((kRecordings / recording).string());
  Conformance c = prepare_conformance(r, table_path(recording), "twin.json");
  with_simulator(max_cpus(c), [&](Simulator& s) { run_conformance(c, s); });
  return c;
}

class Truth : public testing::TestWithParam<std::string> {};

TEST_P(Truth, IsReproduced) {
  const Conformance c = replayed(GetParam());
  EXPECT_GT(c.operations(), 0u);
  EXPECT_TRUE(c.ok()) << conform_text(c, {});
}

INSTANTIATE_TEST_SUITE_P(Recordings, Truth, testing::ValuesIn(recordings()), recording_name);

/// A row a kernel, over all its recordings.
std::string conformance_table() {
  struct Row {
    std::size_t files = 0, operations = 0, identical = 0, with_events = 0,
                identical_with_events = 0;
    std::set<std::string> sequences;
  };
  std::map<std::string, Row> rows;
  for (const std::string& recording : recordings()) {
    const Recording r = read_recording((kRecordings / recording).string());
    Conformance c = prepare_conformance(r, table_path(recording), "twin.json");
    with_bare_simulator([&](Simulator& s) { run_conformance(c, s); });
    Row& row = rows[recording.substr(0, recording.find('/'))];
    ++row.files;
    row.operations += c.operations();
    row.identical += c.identical();
    row.with_events += c.with_events();
    row.identical_with_events += c.identical_with_events();
    for (const Replay& replay : c.replays)
      for (const UnitResult& unit : replay.units)
        if (unit.events > 0) row.sequences.insert(unit.sequence);
  }
  std::string table =
      "| kernel | recordings | operations | identical | with events | identical | distinct "
      "sequences "
      "|\n|---|--:|--:|--:|--:|--:|--:|\n";
  for (const auto& [kernel, row] : rows) {
    table += "| " + kernel;
    for (const std::size_t n : {row.files, row.operations, row.identical, row.with_events,
                                row.identical_with_events, row.sequences.size()})
      table += " | " + std::to_string(n);
    table += " |\n";
  }
  return table;
}

TEST(TruthCounts, AreShownInTheValidationPage) {
  test::expect_section("docs/validation.md", "conformance", conformance_table());
}

}  // namespace
}  // namespace cpuhp
