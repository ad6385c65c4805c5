// JUnit XML: whatever a scenario is named, the file stays well-formed.
#include "sim/report/junit.hpp"

#include <gtest/gtest.h>

namespace cpuhp {
namespace {

TEST(JUnit, CountsAndNestsAsReadersExpect) {
  EXPECT_EQ(junit_xml({{.name = "s", .cases = {{"c", "good", ""}, {"c", "bad", "why\nmore"}}},
                       {.name = "empty"}}),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<testsuites name=\"cpuhp-sim\" tests=\"2\" failures=\"1\" errors=\"0\">\n"
            "  <testsuite name=\"s\" tests=\"2\" failures=\"1\" errors=\"0\">\n"
            "    <testcase classname=\"c\" name=\"good\"/>\n"
            "    <testcase classname=\"c\" name=\"bad\">\n"
            "      <failure message=\"why\">why&#10;more</failure>\n"
            "    </testcase>\n"
            "  </testsuite>\n"
            "  <testsuite name=\"empty\" tests=\"0\" failures=\"0\" errors=\"0\">\n"
            "  </testsuite>\n"
            "</testsuites>\n");
}

TEST(JUnit, EscapesWhatXmlCannotHold) {
  EXPECT_EQ(xml_escaped("a<b>&\"c\""), "a&lt;b&gt;&amp;&quot;c&quot;");
  EXPECT_EQ(xml_escaped("\t\n"), "&#9;&#10;");
  EXPECT_EQ(xml_escaped(std::string_view("\0\x1b[1m", 4)), "\xef\xbf\xbd\xef\xbf\xbd[1");
  EXPECT_EQ(xml_escaped("caf\xc3\xa9"), "caf\xc3\xa9");
}

}  // namespace
}  // namespace cpuhp
