// The tables that have a row for each value: where a row stands, and what the page says.
#include "model/event_kinds.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "model/operation.hpp"
#include "tests/page_section.hpp"

namespace cpuhp {
namespace {

TEST(Rows, AreFoundByValueAndByName) {
  EXPECT_EQ(to_string(EventKind::AtomicSleep), "atomic_sleep");
  EXPECT_EQ(row_named(kOperations, "suspend")->value, OpKind::Suspend);
  EXPECT_EQ(row_named(kOperations, "suspended"), nullptr);
}

TEST(Rows, OutOfPlaceAreSeen) {
  constexpr std::array<Named<OpKind>, 2> swapped{
      {{OpKind::Shutdown, "", ""}, {OpKind::Boot, "", ""}}};
  EXPECT_FALSE(in_order(swapped));
}

TEST(EventKinds, HaveANameEach) {
  std::set<std::string_view> names;
  for (const EventKindInfo& kind : kEventKindInfos) {
    EXPECT_FALSE(kind.doc.empty()) << kind.name;
    EXPECT_TRUE(names.insert(kind.name).second) << kind.name;
  }
}

TEST(EventKinds, AreShownOnThePage) {
  std::string text = "| kind | what happened |\n|---|---|\n";
  for (const EventKindInfo& kind : kEventKindInfos)
    text += "| `" + std::string(kind.name) + "` | " + std::string(kind.doc) + " |\n";
  test::expect_section("docs/reference/trace-formats.md", "kinds of events", text);
}

}  // namespace
}  // namespace cpuhp
