// The tables that have a row for each value: where a row stands, and what the page says.
#include "model/events.hpp"

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

template <typename Rows>
std::string table(std::string text, const Rows& rows) {
  text += " |\n|---|---|\n";
  for (const auto& row : rows)
    text += "| `" + std::string(row.name) + "` | " + std::string(row.doc) + " |\n";
  return text;
}

TEST(EventKinds, AreShownOnThePage) {
  const char* const page = "docs/reference/trace-formats.md";
  test::expect_section(page, "kinds of events", table("| kind | what happened", kEventKindInfos));
  test::expect_section(page, "roles", table("| role | who executes the event", kRoleInfos));
}

}  // namespace
}  // namespace cpuhp
