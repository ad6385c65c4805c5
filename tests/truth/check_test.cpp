// What real kernels did breaks no invariant; what is done to their traces does.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "sim/analysis/check_trace.hpp"
#include "sim/error.hpp"
#include "sim/scenario/table_file.hpp"
#include "sim/trace/text_file.hpp"
#include "tests/truth/damage.hpp"
#include "tests/truth/recordings.hpp"

namespace cpuhp {
namespace {

using test::Damage, test::kDamages, test::Victim;

StateTable table_of(const std::string& recording) {
  return load_table(table_path(recording)).table;
}

bool has_events(const std::string& recording) {
  return read_text((kRecordings / recording).string()).find(": cpuhp_exit:") != std::string::npos;
}

std::string texts(const TraceReport& r) {
  std::string all;
  for (std::size_t i = 0; i < r.findings.size(); ++i)
    all += std::to_string(r.lines[i]) + ": " + r.findings[i].invariant + ": " + r.findings[i].text +
           '\n';
  return all;
}

class Recorded : public testing::TestWithParam<std::string> {};

TEST_P(Recorded, BreaksNothing) {
  const LooseTrace t = read_loose_trace((kRecordings / GetParam()).string());
  const StateTable table = table_of(GetParam());
  for (const StateTable* known : {static_cast<const StateTable*>(nullptr), &table}) {
    const TraceReport r = check_trace(t, {.table = known});
    EXPECT_TRUE(r.findings.empty()) << (known ? "with" : "without") << " a table\n" << texts(r);
    EXPECT_EQ(r.skipped, 0u);
    EXPECT_EQ(r.unmatched, 0u);
    EXPECT_EQ(r.design, "kernel");
  }
}

std::vector<std::string> recordings_with_events() {
  std::vector<std::string> all = recordings();
  std::erase_if(all, [](const std::string& name) { return !has_events(name); });
  return all;
}

INSTANTIATE_TEST_SUITE_P(Recordings, Recorded, testing::ValuesIn(recordings_with_events()),
                         recording_name);

/// How much of the damage has to be found, in per cent, as measured. Less than all: what is lost of
/// the first boot of a CPU has nothing beside it in its trace that would tell, and a way back that
/// fails at its last step ends as one that does not (docs/reference/check.md). In a boot whose CPUs fail
/// in two ways, each way back is the only one of its kind.
int wanted(Damage kind) {
  switch (kind) {
    case Damage::OneSidedDropped:
    case Damage::OtherState:
      return 98;
    case Damage::OtherResult:
      return 96;
    case Damage::WalkDropped:
      return 97;
    case Damage::TeardownDropped:
    case Damage::BracketDropped:
      return 99;
    default:
      return 100;
  }
}

class Damaged : public testing::TestWithParam<std::size_t> {};

TEST_P(Damaged, IsFound) {
  constexpr int kPlaces = 3;
  const auto kind = static_cast<Damage>(GetParam());
  int tried = 0, found = 0;
  std::string missed;
  for (const std::string& recording : recordings()) {
    if (!has_events(recording)) continue;
    const std::string text = read_text((kRecordings / recording).string());
    // While modules come and go, their callbacks are not judged.
    if (text.find("\n#M ") != std::string::npos) continue;
    const Victim victim(text);
    const StateTable table = table_of(recording);
    for (int place = 0; place < kPlaces; ++place) {
      Victim v = victim;
      test::Draws draws(static_cast<std::uint64_t>(place) * 1'000 + GetParam());
      const auto done = damage(v, kind, draws);
      if (!done) break;
      ++tried;
      const TraceReport r = check_trace(parse_loose_trace(v.text(), recording), {.table = &table});
      if (r.findings.empty())
        missed += recording + ':' + *done + '\n';
      else
        ++found;
    }
  }
  EXPECT_GT(tried, 10);
  EXPECT_GE(found * 100, tried * wanted(kind)) << found << " of " << tried << '\n' << missed;
}

INSTANTIATE_TEST_SUITE_P(Kinds, Damaged, testing::Range(std::size_t{0}, kDamages),
                         [](const testing::TestParamInfo<std::size_t>& tested) {
                           return test_name(
                               std::string(test::to_string(static_cast<Damage>(tested.param))));
                         });

}  // namespace
}  // namespace cpuhp
